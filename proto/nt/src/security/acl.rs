use super::Ace;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-DTYP] 2.4.5 ACL: who may do what, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    /// Whether it is of revision 4, which object entries need, instead of 2.
    pub directory_service: bool,
    /// The entries.
    pub entries: Vec<Ace>,
}

impl Acl {
    /// A list of revision 2.
    #[must_use]
    pub const fn new(entries: Vec<Ace>) -> Self {
        Self { directory_service: false, entries }
    }
}

impl Decode<'_> for Acl {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let revision = r.u8("AclRevision")?;
        // 3 was once that of compound entries, and clients that write it mean 2.
        if !matches!(revision, 2..=4) {
            return Err(DecodeError::invalid("AclRevision", "not from 2 to 4"));
        }
        r.skip(1, "Sbz1")?;
        let size = usize::from(r.u16("AclSize")?);
        let count = r.u16("AceCount")?;
        r.skip(2, "Sbz2")?;
        let length = size.checked_sub(8).ok_or(DecodeError::invalid("AclSize", "shorter than its header"))?;
        let mut body = Reader::new(r.bytes(length, "AclSize")?);
        let entries = (0..count).map(|_| Ace::decode(&mut body)).collect::<Result<_, _>>()?;
        Ok(Self { directory_service: revision == 4, entries })
    }
}

impl Encode for Acl {
    fn encode(&self, w: &mut Writer<'_>) {
        let start = w.position();
        w.u8(if self.directory_service { 4 } else { 2 });
        w.u8(0);
        w.u16(0);
        w.u16(u16::try_from(self.entries.len()).unwrap_or(u16::MAX));
        w.u16(0);
        self.entries.iter().for_each(|ace| ace.encode(w));
        let size = u16::try_from(w.position().saturating_sub(start)).unwrap_or(u16::MAX);
        w.patch(start.saturating_add(2), &size.to_le_bytes());
    }
}
