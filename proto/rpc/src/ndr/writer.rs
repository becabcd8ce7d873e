use lanward_nt::NtString;
use lanward_wire::Writer;

/// Writes NDR values. Referent ids count up from 0x00020000 in steps of 4, so that none is used twice in a stub.
#[derive(Debug)]
pub struct NdrWriter<'b> {
    w: Writer<'b>,
    next_referent: u32,
}

const FIRST_REFERENT: u32 = 0x0002_0000;

impl<'b> NdrWriter<'b> {
    /// A writer of a stub that begins at the present end of `buf`.
    pub fn new(buf: &'b mut Vec<u8>) -> Self {
        Self::starting_at(buf, FIRST_REFERENT)
    }

    /// The same with another first referent id.
    pub fn starting_at(buf: &'b mut Vec<u8>, first_referent: u32) -> Self {
        Self { w: Writer::new(buf), next_referent: first_referent }
    }

    /// Bytes written.
    #[must_use]
    pub fn position(&self) -> usize {
        self.w.position()
    }

    /// Forgets what was written behind `position`.
    pub fn truncate(&mut self, position: usize) {
        self.w.truncate(position);
    }

    /// An aligned 16-bit integer.
    pub fn u16(&mut self, v: u16) {
        self.w.align(2);
        self.w.u16(v);
    }

    /// An aligned 32-bit integer.
    pub fn u32(&mut self, v: u32) {
        self.w.align(4);
        self.w.u32(v);
    }

    /// A unique pointer: a new referent id, or null.
    pub fn pointer(&mut self, present: bool) {
        if !present {
            self.u32(0);
            return;
        }
        let referent = self.next_referent;
        self.next_referent = referent.wrapping_add(4);
        self.u32(referent);
    }

    /// A conformant varying string of 16-bit characters; the terminator is added. What is behind a NUL in the string is left out.
    pub fn string(&mut self, v: &NtString) {
        let units = v.units().split(|u| *u == 0).next().unwrap_or_default();
        let count = u32::try_from(units.len().saturating_add(1)).unwrap_or(u32::MAX);
        for n in [count, 0, count] {
            self.u32(n);
        }
        self.w.utf16(units);
        self.w.u16(0);
    }

    /// A pointer to a string and the string right behind it, as it is for an operation's own arguments.
    pub fn string_pointer(&mut self, v: Option<&NtString>) {
        self.pointer(v.is_some());
        self.deferred_string(v);
    }

    /// The string a pointer that was written earlier points at.
    pub fn deferred_string(&mut self, v: Option<&NtString>) {
        if let Some(v) = v {
            self.string(v);
        }
    }

    /// A conformant array of bytes.
    pub fn byte_array(&mut self, v: &[u8]) {
        self.u32(u32::try_from(v.len()).unwrap_or(u32::MAX));
        self.w.bytes(v);
    }
}
