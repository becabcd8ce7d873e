use core::fmt;

use lanward_wire::{Decode, Reader};

use super::{ControlMessage, ControlMessageType};

/// Cuts messages out of the stream ([RFC 2637] 1.5, 3.1.1). Each header field is judged as soon as it is there; nothing is ever skipped to
/// find the next message.
#[derive(Debug)]
pub struct Framing {
    buffer: [u8; ControlMessage::MAX_LEN],
    len: usize,
    /// Octets of the message that has begun, once its type is known.
    exact: usize,
    reserved: u32,
}

/// Where the stream stops being one of control messages. Nothing can be read from it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramingError {
    /// Length is not that of any message, or not that of this type.
    Length(u16),
    /// PPTP Message Type is not that of a control message.
    MessageType(u16),
    /// Magic Cookie is another one.
    Magic(u32),
    /// There is no such Control Message Type.
    ControlMessageType(u16),
}

impl Framing {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: [0; ControlMessage::MAX_LEN], len: 0, exact: 0, reserved: 0 }
    }

    /// The next message, or `None` when all of `input` is taken. Call it until then.
    ///
    /// # Errors
    /// The stream is of no further use; every later call gives an error, too.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<ControlMessage>, FramingError> {
        loop {
            self.judge()?;
            if self.exact != 0 && self.len == self.exact {
                let whole = self.buffer.get(..self.exact).unwrap_or_default();
                let message = ControlMessage::decode(&mut Reader::new(whole));
                if whole.get(10..12) != Some(&[0, 0]) {
                    self.reserved = self.reserved.saturating_add(1);
                }
                (self.len, self.exact) = (0, 0);
                // What has passed `judge` decodes: every field of every message may have any value.
                return message.map(Some).map_err(|_| FramingError::Length(0));
            }
            if input.is_empty() {
                return Ok(None);
            }
            self.take(input);
        }
    }

    /// Whether a message has begun that is not whole.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.len != 0
    }

    /// Messages so far whose Reserved0 was not zero, which is suffered.
    #[must_use]
    pub const fn reserved_not_zero(&self) -> u32 {
        self.reserved
    }

    /// Takes what is still wanting up to the next field that can be judged.
    fn take(&mut self, input: &mut &[u8]) {
        let want = match self.len {
            0..2 => 2,
            2..4 => 4,
            4..8 => 8,
            8..10 => 10,
            _ => self.exact,
        };
        let place = self.buffer.get_mut(self.len..want).unwrap_or_default();
        let (taken, rest) = input.split_at_checked(place.len()).unwrap_or((input, &[]));
        for (to, from) in place.iter_mut().zip(taken) {
            *to = *from;
        }
        self.len = self.len.saturating_add(taken.len());
        *input = rest;
    }

    fn judge(&mut self) -> Result<(), FramingError> {
        let mut r = Reader::new(self.buffer.get(..self.len).unwrap_or_default());
        let Ok(len) = r.u16_be("Length") else { return Ok(()) };
        if !(16..=ControlMessage::MAX_LEN).contains(&usize::from(len)) {
            return Err(FramingError::Length(len));
        }
        let Ok(message_type) = r.u16_be("PPTP Message Type") else { return Ok(()) };
        if message_type != ControlMessage::CONTROL {
            return Err(FramingError::MessageType(message_type));
        }
        let Ok(magic) = r.u32_be("Magic Cookie") else { return Ok(()) };
        if magic != ControlMessage::MAGIC {
            return Err(FramingError::Magic(magic));
        }
        let Ok(control_type) = r.u16_be("Control Message Type") else { return Ok(()) };
        let Some(exact) = ControlMessageType(control_type).exact_len() else {
            return Err(FramingError::ControlMessageType(control_type));
        };
        if exact != usize::from(len) {
            return Err(FramingError::Length(len));
        }
        self.exact = exact;
        Ok(())
    }
}

impl Default for Framing {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(len) => write!(f, "Length {len} is not that of its type"),
            Self::MessageType(other) => write!(f, "PPTP Message Type {other} is no control message"),
            Self::Magic(other) => write!(f, "Magic Cookie {other:#010x}"),
            Self::ControlMessageType(other) => write!(f, "unknown Control Message Type {other}"),
        }
    }
}

impl core::error::Error for FramingError {}
