use crate::messages::TransactionRequest;
use crate::{Chain, Command, Header, MessageWriter, Text};
use lanward_nt::NtString;
use lanward_wire::{Decode as _, DecodeError, Reader};

/// [MS-MAIL] 2.2.1 Mailslot Write Message: an SMB_COM_TRANSACTION that stands alone in a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailslotWrite<'a> {
    /// 0 to 9, the most important last.
    pub priority: u16,
    /// 1 for what is sent to one and arrives, 2 for everything else.
    pub class: u16,
    /// The mailslot, `\MAILSLOT\` in front.
    pub name: NtString,
    /// The message.
    pub data: &'a [u8],
}

/// TRANS_MAILSLOT_WRITE
const WRITE: u16 = 1;

impl<'a> MailslotWrite<'a> {
    /// Reads a message; names are in `text`, which has no Unicode.
    ///
    /// # Errors
    /// It is none, or a part of a larger one, which there are not ([MS-MAIL] 3.1.5).
    pub fn decode(message: &'a [u8], text: Text) -> Result<Self, DecodeError> {
        let header = Header::decode(&mut Reader::new(message))?;
        if header.command != Command::TRANSACTION {
            return Err(DecodeError::invalid("Command", "no TRANSACTION"));
        }
        let first = Chain::new(message, &header, text.oem()).next();
        let (_, mut body) = first.ok_or(DecodeError::invalid("WordCount", "nothing follows"))??;
        let request = TransactionRequest::decode(Command::TRANSACTION, &mut body)?;
        let &[WRITE, priority, class] = request.setup.as_slice() else {
            return Err(DecodeError::invalid("MailSlotOpcode", "no TRANS_MAILSLOT_WRITE"));
        };
        if usize::try_from(request.total_data) != Ok(request.data.len()) {
            return Err(DecodeError::invalid("TotalDataCount", "parts of messages do not come"));
        }
        Ok(Self { priority, class, name: request.name, data: request.data })
    }

    /// The message as it is sent.
    #[must_use]
    pub fn to_bytes(&self, text: Text) -> Vec<u8> {
        let mut bytes = Vec::new();
        let header = Header { command: Command::TRANSACTION, ..Header::default() };
        let request = TransactionRequest {
            total_data: u32::try_from(self.data.len()).unwrap_or(u32::MAX),
            timeout: 1000,
            setup: vec![WRITE, self.priority, self.class],
            name: self.name.clone(),
            data: self.data,
            ..TransactionRequest::default()
        };
        let text = text.oem();
        request.encode(
            Command::TRANSACTION,
            &mut MessageWriter::new(&mut bytes, &header).with_text(text),
            text,
        );
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_both_ways() {
        let write =
            MailslotWrite { priority: 1, class: 2, name: "\\MAILSLOT\\BROWSE".into(), data: b"\x02\0PC\0" };
        let bytes = write.to_bytes(Text::default());
        assert_eq!(bytes.get(..5), Some(&b"\xffSMB\x25"[..]));
        // WordCount 17: 14 words and three of setup.
        assert_eq!(bytes.get(32), Some(&17));
        assert_eq!(MailslotWrite::decode(&bytes, Text::default()), Ok(write));
        for end in 0..bytes.len() {
            assert!(
                MailslotWrite::decode(&bytes[..end], Text::default()).is_err(),
                "{end} bytes are not all"
            );
        }
    }

    #[test]
    fn what_is_no_write_is_refused() {
        let write = MailslotWrite { priority: 0, class: 2, name: "\\MAILSLOT\\X".into(), data: b"x" };
        let good = write.to_bytes(Text::default());
        // MailSlotOpcode, TotalDataCount, Command.
        for (place, value) in [(33 + 28, 2), (33 + 2, 9), (4, 0x72)] {
            let mut bytes = good.clone();
            bytes[place] = value;
            assert!(MailslotWrite::decode(&bytes, Text::default()).is_err(), "{place}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(place in 0usize..90, value: u8, cut in 0usize..90) {
            let write = MailslotWrite { priority: 0, class: 2, name: "\\MAILSLOT\\X".into(), data: b"some data" };
            let mut bytes = write.to_bytes(Text::default());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
            bytes.truncate(cut);
            let _ = MailslotWrite::decode(&bytes, Text::default());
        }
    }
}
