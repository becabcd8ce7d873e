use lanward_nt::NtString;
use lanward_wire::{CodePage, DecodeError, Reader, Writer};

/// What the strings of a message are in: Unicode where SMB_FLAGS2_UNICODE is set, else the code page of the client ([MS-CIFS] 2.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Text {
    /// UTF-16LE, aligned to 2 bytes from the header on.
    pub unicode: bool,
    /// The code page of all other strings.
    pub code_page: CodePage,
}

impl Text {
    /// The same with every string in the code page: OEM_STRING.
    #[must_use]
    pub const fn oem(self) -> Self {
        Self { unicode: false, ..self }
    }

    /// A string up to its terminator, or to the end of the bytes where a client leaves that out.
    ///
    /// # Errors
    /// Half a character.
    pub fn read(self, r: &mut Reader<'_>, field: &'static str) -> Result<NtString, DecodeError> {
        if !self.unicode {
            let mut rest = r.clone();
            let rest = rest.rest();
            let length = rest.iter().position(|b| *b == 0);
            let bytes = r.bytes(length.unwrap_or(rest.len()), field)?;
            if length.is_some() {
                r.skip(1, field)?;
            }
            return Ok(NtString(self.code_page.decode(bytes)));
        }
        if r.is_empty() {
            return Ok(NtString::default());
        }
        r.align(2, field)?;
        let mut units = Vec::new();
        while r.remaining() > 1 {
            match r.u16(field)? {
                0 => break,
                unit => units.push(unit),
            }
        }
        Ok(NtString(units))
    }

    /// A string of `length` bytes; a terminator in it ends it.
    ///
    /// # Errors
    /// Fewer bytes are left.
    pub fn read_counted(
        self,
        r: &mut Reader<'_>,
        length: usize,
        field: &'static str,
    ) -> Result<NtString, DecodeError> {
        if self.unicode && length > 0 {
            r.align(2, field)?;
        }
        let bytes = r.bytes(length, field)?;
        let mut string =
            if self.unicode { NtString::from_utf16le(bytes) } else { NtString(self.code_page.decode(bytes)) };
        if let Some(end) = string.0.iter().position(|u| *u == 0) {
            string.0.truncate(end);
        }
        Ok(string)
    }

    /// A string without terminator, and without what aligns it.
    #[must_use]
    pub fn bytes(self, string: &NtString) -> Vec<u8> {
        if self.unicode {
            return string.units().iter().flat_map(|unit| unit.to_le_bytes()).collect();
        }
        self.code_page.encode(string.units()).0
    }

    /// Appends a string and its terminator.
    pub fn write(self, string: &NtString, w: &mut Writer<'_>) {
        if self.unicode {
            w.align(2);
        }
        w.bytes(&self.bytes(string));
        w.zeros(if self.unicode { 2 } else { 1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNICODE: Text = Text { unicode: true, code_page: CodePage::Cp437 };

    #[test]
    fn strings_both_ways() {
        let mut r = Reader::new(b"\x04a\x81\0rest");
        r.skip(1, "x").unwrap();
        assert_eq!(UNICODE.oem().read(&mut r, "x"), Ok("aü".into()));
        assert_eq!(UNICODE.oem().read(&mut r, "x"), Ok("rest".into()));
        let mut bytes = vec![4];
        UNICODE.write(&"aü".into(), &mut Writer::new(&mut bytes));
        assert_eq!(bytes, b"\x04a\0\xfc\0\0\0", "position 0 is where the writer began");
        let aligned = [4, 0, b'a', 0, 0xfc, 0, 0, 0, 9];
        let mut r = Reader::new(&aligned);
        r.skip(1, "x").unwrap();
        assert_eq!(UNICODE.read(&mut r, "x"), Ok("aü".into()));
        assert_eq!(r.remaining(), 1);
    }

    #[test]
    fn counted_strings_end_at_their_terminator() {
        let mut r = Reader::new(b"a\0b\0\0\0");
        assert_eq!(UNICODE.read_counted(&mut r, 6, "x"), Ok("ab".into()));
        assert!(UNICODE.read_counted(&mut r, 2, "x").is_err());
    }
}
