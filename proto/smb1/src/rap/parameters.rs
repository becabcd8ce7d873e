use super::Descriptor;
use crate::Text;
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer};

/// A parameter of a request, as its ParamDesc has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter<'a> {
    /// `b`: bytes.
    Bytes(&'a [u8]),
    /// `W`: a word.
    Word(u16),
    /// `D`: a double word.
    Dword(u32),
    /// `z`: a string.
    Text(NtString),
    /// `O`: a pointer that leads nowhere, which takes no byte.
    Null,
    /// `L`: bytes of the buffer for what comes back.
    ReceiveLength(u16),
    /// `T`: bytes of the buffer that was sent.
    SendLength(u16),
    /// `P`: the number of the member that is to be changed; 0 for all.
    Member(u16),
}

/// What comes back in the parameters of a response, as the ParamDesc of its request has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// `e` and `h`: a word.
    Word(u16),
    /// `i`: a double word.
    Dword(u32),
    /// `g`: bytes, eight at most as every call that is known has them.
    Bytes([u8; 8]),
}

impl<'a> Parameter<'a> {
    /// Reads the parameters that a ParamDesc describes.
    ///
    /// # Errors
    /// Fewer bytes are left; a string without end; a letter that nobody knows.
    pub fn read_all(
        descriptor: Descriptor<'_>,
        r: &mut Reader<'a>,
        text: Text,
    ) -> Result<Vec<Self>, DecodeError> {
        let mut parameters = Vec::new();
        for item in descriptor.items() {
            parameters.push(match item.letter {
                b'b' => Self::Bytes(r.bytes(item.count, "RAPParams")?),
                b'W' => Self::Word(r.u16("RAPParams")?),
                b'D' => Self::Dword(r.u32("RAPParams")?),
                b'z' => Self::Text(terminated(r, text)?),
                b'O' => Self::Null,
                b'L' => Self::ReceiveLength(r.u16("ReceiveBufferSize")?),
                b'T' => Self::SendLength(r.u16("SendBufferSize")?),
                b'P' => Self::Member(r.u16("ParamNum")?),
                b'F' => {
                    r.skip(item.count, "Pad")?;
                    continue;
                }
                // What is only about buffers and what comes back.
                b'r' | b's' | b'e' | b'h' | b'i' | b'g' => continue,
                _ => return Err(DecodeError::invalid("ParamDesc", "a letter nobody knows")),
            });
        }
        Ok(parameters)
    }

    /// Appends parameters. The padding of a descriptor is the caller's affair.
    pub fn write_all(parameters: &[Self], w: &mut Writer<'_>, text: Text) {
        for parameter in parameters {
            match parameter {
                Self::Bytes(bytes) => w.bytes(bytes),
                Self::Word(v) | Self::ReceiveLength(v) | Self::SendLength(v) | Self::Member(v) => w.u16(*v),
                Self::Dword(v) => w.u32(*v),
                Self::Text(string) => text.oem().write(string, w),
                Self::Null => {}
            }
        }
    }
}

/// A string with its terminator: one that the message cuts off is none.
fn terminated(r: &mut Reader<'_>, text: Text) -> Result<NtString, DecodeError> {
    if r.clone().rest().contains(&0) {
        text.oem().read(r, "RAPParams")
    } else {
        Err(DecodeError::invalid("RAPParams", "a string without end"))
    }
}

impl Output {
    /// What comes back for a ParamDesc, all of it zero.
    #[must_use]
    pub fn zeros(descriptor: Descriptor<'_>) -> Vec<Self> {
        descriptor
            .items()
            .filter_map(|item| match item.letter {
                b'e' | b'h' => Some(Self::Word(0)),
                b'i' => Some(Self::Dword(0)),
                b'g' => Some(Self::Bytes([0; 8])),
                _ => None,
            })
            .collect()
    }

    pub(super) fn read_all(descriptor: Descriptor<'_>, r: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut outputs = Self::zeros(descriptor);
        for output in &mut outputs {
            match output {
                Self::Word(v) => *v = r.u16("RAPOutParams")?,
                Self::Dword(v) => *v = r.u32("RAPOutParams")?,
                Self::Bytes(v) => *v = r.array("RAPOutParams")?,
            }
        }
        Ok(outputs)
    }

    pub(super) fn write(self, w: &mut Writer<'_>) {
        match self {
            Self::Word(v) => w.u16(v),
            Self::Dword(v) => w.u32(v),
            Self::Bytes(v) => w.bytes(&v),
        }
    }
}
