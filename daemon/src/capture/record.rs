//! What comes over the control socket while a capture goes on: a letter, a length, so many bytes.

use anyhow::{Result, bail};
use lanward_server::CapturedKeys;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read};

/// Longest record: the packets of the longest frame.
const MAX_RECORD: u32 = 32 << 20;

/// A piece of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// Blocks of pcapng.
    Blocks(Vec<u8>),
    /// A line for `smb2_seskey_list`.
    Keys(String),
    /// It is over.
    End(Summary),
}

/// What became of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) frames: u64,
    /// Frames that came faster than they were taken.
    pub(crate) lost: u64,
    /// Sessions with keys.
    pub(crate) sessions: u64,
    /// It ended because it was large enough.
    pub(crate) full: bool,
}

impl Record {
    /// The keys of a session, as Wireshark keeps them: the session's id as it is sent, no session key, what opens what the server sealed, what
    /// opens what the client sealed.
    pub(super) fn keys(keys: &CapturedKeys) -> Self {
        let id = hex(&keys.session.to_le_bytes());
        Self::Keys(format!("{id},,{},{}\n", hex(&keys.to_client), hex(&keys.to_server)))
    }

    /// As it is sent.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let (letter, body) = match self {
            Self::Blocks(blocks) => (b'B', blocks.clone()),
            Self::Keys(line) => (b'K', line.clone().into_bytes()),
            Self::End(summary) => (b'E', serde_json::to_vec(summary)?),
        };
        let mut bytes = vec![letter];
        bytes.extend(u32::try_from(body.len())?.to_be_bytes());
        bytes.extend(body);
        Ok(bytes)
    }

    /// The next record; `None` if the server is gone.
    ///
    /// # Errors
    /// What comes makes no sense, or cannot be read.
    pub(crate) fn read(from: &mut impl Read) -> Result<Option<Self>> {
        let mut head = [0; 5];
        match from.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let [letter, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        if length > MAX_RECORD {
            bail!("the server's answer makes no sense");
        }
        let mut body = Vec::new();
        from.take(length.into()).read_to_end(&mut body)?;
        if body.len() != usize::try_from(length)? {
            return Ok(None);
        }
        Ok(Some(match letter {
            b'B' => Self::Blocks(body),
            b'K' => Self::Keys(String::from_utf8(body)?),
            b'E' => Self::End(serde_json::from_slice(&body)?),
            _ => bail!("the server's answer makes no sense"),
        }))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_there_and_back() {
        let keys = CapturedKeys { session: 0x0102, to_server: vec![0xaa; 2], to_client: vec![0x0b] };
        let keys = Record::keys(&keys);
        assert_eq!(keys, Record::Keys("0201000000000000,,0b,aaaa\n".to_owned()));
        let summary = Summary { frames: 3, lost: 1, sessions: 1, full: true };
        let all = [Record::Blocks(vec![7; 9]), keys, Record::End(summary)];
        let mut bytes = Vec::new();
        all.iter().for_each(|record| bytes.extend(record.to_bytes().unwrap()));
        let mut from = &bytes[..];
        for record in all {
            assert_eq!(Record::read(&mut from).unwrap(), Some(record));
        }
        assert_eq!(Record::read(&mut from).unwrap(), None);
        assert_eq!(Record::read(&mut &bytes[..7]).unwrap(), None, "cut off");
        assert!(Record::read(&mut &[b'?', 0, 0, 0, 0][..]).is_err());
        assert!(Record::read(&mut &[b'B', 0xff, 0, 0, 0][..]).is_err());
    }
}
