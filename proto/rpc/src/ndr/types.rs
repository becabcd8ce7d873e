//! Types that many interfaces share.

use super::{Alignment, NdrReader, NdrWriter};
use lanward_nt::{Guid, NtString, Sid};
use lanward_wire::{DecodeError, Encode, Writer};

/// [C706] ndr_context_handle: what a server gave a client to come back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ContextHandle {
    /// context_handle_attributes: 0
    pub attributes: u32,
    /// Which; all zero for none.
    pub uuid: Guid,
}

impl ContextHandle {
    /// The handle that stands for none.
    pub const NULL: Self = Self { attributes: 0, uuid: Guid([0; 16]) };

    /// Whether it stands for none.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }
}

/// The fixed part of an RPC_UNICODE_STRING ([MS-DTYP] 2.3.10); its characters come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnicodeStringHeader {
    /// Bytes.
    pub length: u16,
    /// Bytes there is room for.
    pub maximum_length: u16,
    /// Whether characters follow.
    pub present: bool,
}

impl NdrReader<'_> {
    /// A UUID.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn guid(&mut self, field: &'static str) -> Result<Guid, DecodeError> {
        let (a, b, c) = (self.u32(field)?, self.u16(field)?, self.u16(field)?);
        let mut rest = [0; 8];
        for byte in &mut rest {
            *byte = self.u8(field)?;
        }
        Ok(Guid::from_fields(a, b, c, rest))
    }

    /// A context handle, 20 bytes.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn context_handle(&mut self, field: &'static str) -> Result<ContextHandle, DecodeError> {
        Ok(ContextHandle { attributes: self.u32(field)?, uuid: self.guid(field)? })
    }

    /// An RPC_SID ([MS-DTYP] 2.4.2.3).
    ///
    /// # Errors
    /// Not enough bytes, counts that contradict each other, more than 15 sub-authorities.
    pub fn sid(&mut self, field: &'static str) -> Result<Sid, DecodeError> {
        let count = self.count(4, field)?;
        self.align(Alignment::Four, field)?;
        if self.u8(field)? != 1 {
            return Err(DecodeError::invalid(field, "revision"));
        }
        if u32::from(self.u8(field)?) != count || count > 15 {
            return Err(DecodeError::invalid(field, "sub-authority count"));
        }
        let authority = self.bytes(6, field)?.iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
        let sub_authorities = (0..count).map(|_| self.u32(field)).collect::<Result<Vec<_>, _>>()?;
        Ok(Sid::new(authority, &sub_authorities))
    }

    /// The fixed part of an RPC_UNICODE_STRING; [`NdrReader::unicode_string_buffer`] reads the rest where it comes.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn unicode_string(&mut self, field: &'static str) -> Result<UnicodeStringHeader, DecodeError> {
        self.structure(Alignment::Pointer, field, |r| {
            let (length, maximum_length) = (r.u16(field)?, r.u16(field)?);
            Ok(UnicodeStringHeader { length, maximum_length, present: r.pointer(field)? })
        })
    }

    /// The characters of an RPC_UNICODE_STRING whose fixed part was read; `None` for a null pointer.
    ///
    /// # Errors
    /// Not enough bytes; counts that contradict each other.
    pub fn unicode_string_buffer(
        &mut self,
        header: UnicodeStringHeader,
        field: &'static str,
    ) -> Result<Option<NtString>, DecodeError> {
        if !header.present {
            return Ok(None);
        }
        let (maximum, actual) = self.conformant_varying(2, field)?;
        if actual != u32::from(header.length / 2) || maximum != u32::from(header.maximum_length / 2) {
            return Err(DecodeError::invalid(field, "string counts"));
        }
        Ok(Some(self.units(actual, field)?))
    }

    /// An RPC_UNICODE_STRING that is an operation's own argument: its characters follow at once.
    ///
    /// # Errors
    /// As its parts.
    pub fn whole_unicode_string(&mut self, field: &'static str) -> Result<Option<NtString>, DecodeError> {
        let header = self.unicode_string(field)?;
        self.unicode_string_buffer(header, field)
    }
}

impl NdrWriter<'_> {
    /// A UUID.
    pub fn guid(&mut self, v: &Guid) {
        let mut bytes = Vec::with_capacity(16);
        v.encode(&mut Writer::new(&mut bytes));
        self.align(Alignment::Four);
        self.bytes(&bytes);
    }

    /// A context handle, 20 bytes.
    pub fn context_handle(&mut self, v: &ContextHandle) {
        self.u32(v.attributes);
        self.guid(&v.uuid);
    }

    /// An RPC_SID.
    pub fn sid(&mut self, v: &Sid) {
        let subs = v.sub_authorities();
        self.count(subs.len());
        self.align(Alignment::Four);
        self.bytes(&[1, u8::try_from(subs.len()).unwrap_or(u8::MAX)]);
        let [_, _, authority @ ..] = v.authority().to_be_bytes();
        self.bytes(&authority);
        for sub in subs {
            self.u32(*sub);
        }
    }

    /// The fixed part of an RPC_UNICODE_STRING; [`NdrWriter::unicode_string_buffer`] writes the rest where it belongs.
    pub fn unicode_string(&mut self, v: Option<&NtString>) {
        let length = string_length(v);
        self.structure(Alignment::Pointer, |w| {
            w.u16(length);
            w.u16(length);
            w.pointer(v.is_some());
        });
    }

    /// The characters of an RPC_UNICODE_STRING whose fixed part was written.
    pub fn unicode_string_buffer(&mut self, v: Option<&NtString>) {
        let Some(v) = v else { return };
        let units = v.units().get(..usize::from(string_length(Some(v)) / 2)).unwrap_or_default();
        self.conformant_varying(units.len());
        self.units(units);
    }

    /// An RPC_UNICODE_STRING that is an operation's own result: its characters follow at once.
    pub fn whole_unicode_string(&mut self, v: Option<&NtString>) {
        self.unicode_string(v);
        self.unicode_string_buffer(v);
    }
}

/// Bytes; what a 16-bit length cannot say is cut off.
fn string_length(v: Option<&NtString>) -> u16 {
    let bytes = v.map_or(0, |v| v.units().len()).saturating_mul(2);
    u16::try_from(bytes).unwrap_or(0xfffe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransferSyntax;
    use crate::hex::hex;

    const BOTH: [TransferSyntax; 2] = [TransferSyntax::Ndr, TransferSyntax::Ndr64];

    fn written(syntax: TransferSyntax, write: impl FnOnce(&mut NdrWriter<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut NdrWriter::with_syntax(&mut bytes, syntax));
        bytes
    }

    #[test]
    fn shared_types_in_both_syntaxes() {
        let sid = Sid::new(5, &[32, 544]);
        let handle = ContextHandle { attributes: 0, uuid: Guid([7; 16]) };
        let string = Some("ab".into());
        for syntax in BOTH {
            let bytes = written(syntax, |w| {
                w.u8(1);
                w.sid(&sid);
                w.whole_unicode_string(string.as_ref());
                w.whole_unicode_string(None);
                w.context_handle(&handle);
            });
            let mut r = NdrReader::with_syntax(&bytes, syntax);
            assert_eq!(r.u8("x"), Ok(1));
            assert_eq!(r.sid("x").unwrap(), sid);
            assert_eq!(r.whole_unicode_string("x").unwrap(), string);
            assert_eq!(r.whole_unicode_string("x").unwrap(), None);
            assert_eq!(r.context_handle("x").unwrap(), handle);
            assert_eq!(r.remaining(), 0);
        }
    }

    #[test]
    fn widths_are_those_of_the_syntax() {
        let sid = Sid::new(5, &[32]);
        assert_eq!(written(TransferSyntax::Ndr, |w| w.sid(&sid)), hex("01000000 0101 000000000005 20000000"));
        assert_eq!(
            written(TransferSyntax::Ndr64, |w| w.sid(&sid)),
            hex("0100000000000000 0101 000000000005 20000000")
        );
        let string = Some("a".into());
        assert_eq!(
            written(TransferSyntax::Ndr64, |w| w.whole_unicode_string(string.as_ref())),
            hex(
                "0200 0200 00000000 0000020000000000 0100000000000000 0000000000000000 0100000000000000 6100"
            )
        );
    }

    #[test]
    fn sids_and_strings_that_contradict_themselves() {
        for bad in ["02000000 0101 000000000005 20000000 00000000", "01000000 0201 000000000005 20000000"] {
            assert!(NdrReader::new(&hex(bad)).sid("x").is_err());
        }
        let bad = hex("0400 0400 00000200 02000000 00000000 03000000 610062006300");
        assert!(NdrReader::new(&bad).whole_unicode_string("x").is_err());
    }
}
