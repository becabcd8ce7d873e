//! As much of X.690 DER as SPNEGO needs: single-byte tags, definite and shortest lengths.

use lanward_wire::{DecodeError, Reader};

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const GENERAL_STRING: u8 = 0x1b;
/// `[APPLICATION 0]`, what RFC 2743 3.1 wraps an initial token in.
pub(super) const APPLICATION_0: u8 = 0x60;

/// The tag of a constructed `[n]`.
pub(super) const fn context(n: u8) -> u8 {
    0xa0 | (n & 0x1f)
}

/// Reads the next tag and what it contains.
pub(super) fn any<'a>(r: &mut Reader<'a>, field: &'static str) -> Result<(u8, Reader<'a>), DecodeError> {
    let tag = r.u8(field)?;
    if tag & 0x1f == 0x1f {
        return Err(DecodeError::invalid(field, "a tag of more than one byte"));
    }
    let len = match r.u8(field)? {
        short @ ..=0x7f => usize::from(short),
        0x81 => long(usize::from(r.u8(field)?), 0x80, field)?,
        0x82 => long(usize::from(r.u16_be(field)?), 0x100, field)?,
        // Nothing that is parsed here can be longer (MAX_TOKEN); 0x80 would be an indefinite length.
        _ => return Err(DecodeError::invalid(field, "a length of this form")),
    };
    Ok((tag, Reader::new(r.bytes(len, field)?)))
}

fn long(len: usize, least: usize, field: &'static str) -> Result<usize, DecodeError> {
    if len < least {
        return Err(DecodeError::invalid(field, "a length that is not in its shortest form"));
    }
    Ok(len)
}

/// Reads the contents of a tag that has to be the next.
pub(super) fn expect<'a>(
    r: &mut Reader<'a>,
    tag: u8,
    field: &'static str,
) -> Result<Reader<'a>, DecodeError> {
    let (got, contents) = any(r, field)?;
    if got != tag {
        return Err(DecodeError::unexpected(field, u32::from(got)));
    }
    Ok(contents)
}

/// Refuses bytes behind the end.
pub(super) fn end(r: &Reader<'_>, field: &'static str) -> Result<(), DecodeError> {
    if r.is_empty() { Ok(()) } else { Err(DecodeError::invalid(field, "bytes behind the end")) }
}

/// Wraps contents (under 64 KiB; more is cut) in a tag and length.
pub(super) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let contents = contents.get(..usize::from(u16::MAX)).unwrap_or(contents);
    let [high, low] = u16::try_from(contents.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut out = vec![tag];
    match (high, low) {
        (0, ..=0x7f) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(contents);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn lengths_have_one_form() {
        for bad in [
            &[4, 0x80][..],
            &[4, 0x81, 1, 0],
            &[4, 0x82, 0, 0x81],
            &[4, 0x83, 0, 0, 1, 0],
            &[4, 2, 0],
            &[0x1f, 1, 0],
        ] {
            assert!(any(&mut Reader::new(bad), "x").is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(tag in (0u8..=0xff).prop_filter("low tags", |t| t & 0x1f != 0x1f), len in 0usize..70_000) {
            let bytes = tlv(tag, &vec![7; len]);
            let mut r = Reader::new(&bytes);
            let (got, contents) = any(&mut r, "x").unwrap();
            prop_assert_eq!((got, contents.remaining()), (tag, len.min(65_535)));
            prop_assert!(r.is_empty());
        }
    }
}
