use super::{Block, Info};
use crate::spoolss::Devmode;
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_wire::{DecodeError, Encode as _};

/// Where buffers, and what is placed from their ends, begin and end.
const ALIGNMENT: usize = 4;

/// INFO structures that wait for a buffer.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    count: u32,
    fixed: Vec<u8>,
    variable: Vec<Variable>,
    /// Bytes from the end that `variable` takes.
    tail: usize,
}

/// What an offset leads to.
#[derive(Debug, Clone)]
struct Variable {
    /// Where the fixed portion begins that the offset is in.
    block: usize,
    /// Where the offset is.
    field: usize,
    /// Bytes from the end of the buffer to its beginning.
    back: usize,
    bytes: Vec<u8>,
}

impl Packed {
    /// Structures of a level that there is.
    pub fn of<I: Info>(level: u32, entries: impl IntoIterator<Item = I>) -> Self {
        let mut packed = Self::default();
        for mut entry in entries {
            let start = packed.fixed.len();
            // Writing finds nothing that could be wrong.
            let _ = entry.members(level, &mut Filling { packed: &mut packed, start });
            packed.count = packed.count.saturating_add(1);
        }
        packed
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Bytes of the smallest buffer for them.
    #[must_use]
    pub fn needed(&self) -> u32 {
        let needed = self.fixed.len().saturating_add(self.tail).checked_next_multiple_of(ALIGNMENT);
        needed.and_then(|needed| u32::try_from(needed).ok()).unwrap_or(u32::MAX)
    }

    /// Puts them into a buffer, whose other bytes become 0. Says whether they fit; where they do not, nothing but zeros is there.
    pub fn fill(&self, buffer: &mut [u8]) -> bool {
        buffer.fill(0);
        let size = buffer.len();
        if usize::try_from(self.needed()).map_or(true, |needed| needed > size) {
            return false;
        }
        let end = size.saturating_sub(size % ALIGNMENT);
        put(buffer, 0, &self.fixed);
        for variable in &self.variable {
            let at = end.saturating_sub(variable.back);
            let offset = u32::try_from(at.saturating_sub(variable.block)).unwrap_or(0);
            put(buffer, variable.field, &offset.to_le_bytes());
            put(buffer, at, &variable.bytes);
        }
        true
    }

    fn place(&mut self, block: usize, alignment: usize, bytes: Vec<u8>) {
        let back = self.tail.saturating_add(bytes.len());
        let back = back.checked_next_multiple_of(alignment).unwrap_or(usize::MAX);
        self.tail = back;
        self.variable.push(Variable { block, field: self.fixed.len(), back, bytes });
        self.fixed.extend([0; 4]);
    }
}

fn put(buffer: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(room) = buffer.get_mut(at..at.saturating_add(bytes.len())) {
        room.copy_from_slice(bytes);
    }
}

/// A fixed portion that is written.
struct Filling<'p> {
    packed: &'p mut Packed,
    start: usize,
}

impl Filling<'_> {
    fn offset(&mut self, alignment: usize, bytes: Option<Vec<u8>>) {
        match bytes {
            Some(bytes) => self.packed.place(self.start, alignment, bytes),
            None => self.packed.fixed.extend([0; 4]),
        }
    }
}

impl Block for Filling<'_> {
    fn u16(&mut self, _: &'static str, v: &mut u16) -> Result<(), DecodeError> {
        self.packed.fixed.extend(v.to_le_bytes());
        Ok(())
    }

    fn u32(&mut self, _: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        self.packed.fixed.extend(v.to_le_bytes());
        Ok(())
    }

    fn string(&mut self, _: &'static str, v: &mut Option<NtString>) -> Result<(), DecodeError> {
        let bytes = |v: &NtString| v.units().iter().chain(&[0]).flat_map(|unit| unit.to_le_bytes()).collect();
        self.offset(2, v.as_ref().map(bytes));
        Ok(())
    }

    fn narrow(&mut self, _: &'static str, v: &mut Option<Vec<u8>>) -> Result<(), DecodeError> {
        self.offset(1, v.as_ref().map(|v| v.iter().copied().chain([0]).collect()));
        Ok(())
    }

    fn devmode(&mut self, _: &'static str, v: &mut Option<Devmode>) -> Result<(), DecodeError> {
        self.offset(ALIGNMENT, v.as_ref().map(Devmode::to_bytes));
        Ok(())
    }

    fn descriptor(&mut self, _: &'static str, v: &mut Option<SecurityDescriptor>) -> Result<(), DecodeError> {
        self.offset(ALIGNMENT, v.as_ref().map(SecurityDescriptor::to_bytes));
        Ok(())
    }

    fn counted(&mut self, _: &'static str, v: &mut Vec<u8>) -> Result<(), DecodeError> {
        let length = u32::try_from(v.len()).unwrap_or(u32::MAX);
        self.offset(ALIGNMENT, (!v.is_empty()).then(|| v.clone()));
        self.packed.fixed.extend(length.to_le_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NameInfo, PrinterInfo};
    use super::*;
    use crate::hex::hex;
    use proptest::prelude::*;

    fn names(names: &[&str]) -> Packed {
        Packed::of(1, names.iter().map(|name| NameInfo { name: Some((*name).into()) }))
    }

    /// [MS-RPRN] 2.2.2: the gap is between the last fixed portion and the first of the variable data.
    #[test]
    fn what_is_variable_lies_at_the_end() {
        let packed = names(&["RAW", "A"]);
        assert_eq!((packed.count(), packed.needed()), (2, 20));
        let mut buffer = vec![0xff; 26];
        assert!(packed.fill(&mut buffer));
        // The second offset counts from its own structure.
        let expected = hex("10000000 08000000 00000000 4100 0000 5200 4100 5700 0000 0000");
        assert_eq!(buffer, expected);
    }

    #[test]
    fn nothing_is_written_where_there_is_too_little_room() {
        let packed = names(&["RAW"]);
        for size in 0..12 {
            let mut buffer = vec![7; size];
            assert!(!packed.fill(&mut buffer), "{size}");
            assert_eq!(buffer, vec![0; size]);
        }
        assert!(names(&[]).fill(&mut []));
    }

    proptest! {
        #[test]
        fn what_is_needed_is_enough(
            texts in proptest::collection::vec("[a-z]{0,9}", 0..5),
            level in 0_u32..10,
            more in 0_usize..9,
        ) {
            let entry = |text: &String| PrinterInfo {
                printer_name: Some(text.as_str().into()),
                comment: Some("c".into()),
                devmode: Some(Devmode { driver_extra: text.clone().into_bytes(), ..Devmode::default() }),
                descriptor: Some(SecurityDescriptor::default()),
                ..PrinterInfo::default()
            };
            let packed = Packed::of(level, texts.iter().map(entry));
            let needed = usize::try_from(packed.needed()).unwrap();
            prop_assert!(packed.fill(&mut vec![1; needed + more]));
            prop_assert!(needed == 0 || !packed.fill(&mut vec![1; needed - 1]));
        }
    }
}
