//! What the three messages share: the prologue, and fields that point into the payload ([MS-NLMP] 2.2.1).

use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer};

use super::{NegotiateFlags, SIGNATURE};

/// Reads Signature and MessageType and holds them against what is expected.
pub(super) fn prologue(r: &mut Reader<'_>, message_type: u32) -> Result<(), DecodeError> {
    if r.array("Signature")? != SIGNATURE {
        return Err(DecodeError::invalid("Signature", "not NTLMSSP"));
    }
    let got = r.u32("MessageType")?;
    if got != message_type {
        return Err(DecodeError::unexpected("MessageType", got));
    }
    Ok(())
}

/// Where a field's bytes are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pointer {
    len: usize,
    offset: usize,
}

impl Pointer {
    pub(super) fn decode(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let len = usize::from(r.u16(field)?);
        r.skip(2, field)?;
        let offset = r.u32(field)?;
        Ok(Self { len, offset: usize::try_from(offset).unwrap_or(usize::MAX) })
    }

    pub(super) fn bytes<'a>(self, r: &Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
        r.slice_at(self.offset, self.len, field)
    }

    /// The offset, unless the field is empty: then it means nothing.
    pub(super) fn start(self) -> Option<usize> {
        (self.len != 0).then_some(self.offset)
    }
}

/// Text in the negotiated character set. OEM text is read as ISO 8859-1, which is right for the ASCII names it is used with.
pub(super) fn text(bytes: &[u8], flags: NegotiateFlags) -> NtString {
    if flags.contains(NegotiateFlags::UNICODE) {
        return NtString::from_utf16le(bytes);
    }
    NtString(bytes.iter().map(|b| u16::from(*b)).collect())
}

/// The reverse of [`text`]; what ISO 8859-1 lacks becomes a question mark.
pub(super) fn text_bytes(text: &NtString, flags: NegotiateFlags) -> Vec<u8> {
    let mut out = Vec::new();
    if flags.contains(NegotiateFlags::UNICODE) {
        Writer::new(&mut out).utf16(text.units());
    } else {
        out.extend(text.units().iter().map(|u| u8::try_from(*u).unwrap_or(b'?')));
    }
    out
}

/// The payload of a message being written: fields are added in order and point behind one another.
pub(super) struct Payload {
    start: usize,
    bytes: Vec<u8>,
}

impl Payload {
    /// A payload that begins `start` bytes into the message.
    pub(super) const fn at(start: usize) -> Self {
        Self { start, bytes: Vec::new() }
    }

    /// Puts bytes (cut at 65,535) into the payload and returns the pointer to them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Pointer {
        let cut = bytes.get(..usize::from(u16::MAX)).unwrap_or(bytes);
        let pointer = Pointer { len: cut.len(), offset: self.start.saturating_add(self.bytes.len()) };
        self.bytes.extend_from_slice(cut);
        pointer
    }

    pub(super) fn finish(self, w: &mut Writer<'_>) {
        w.bytes(&self.bytes);
    }
}

/// Writes a pointer's Len, MaxLen and BufferOffset.
pub(super) fn encode_pointer(p: Pointer, w: &mut Writer<'_>) {
    let len = u16::try_from(p.len).unwrap_or(u16::MAX);
    w.u16(len);
    w.u16(len);
    w.u32(u32::try_from(p.offset).unwrap_or(u32::MAX));
}
