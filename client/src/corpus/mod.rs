//! Recorded attacks: what is sent, what must come of it, and how they are replayed. They lie in `testsuite/corpus`: `AREA/ID/` holds `pdus.hex`
//! and `expect.toml`.

mod replay;

pub use replay::{Account, Replayed, header, replay};

use serde::Deserialize;

/// How far a client has come before it sends what is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Connected, and nothing said.
    Connected,
    /// A dialect was negotiated.
    Negotiated,
    /// Somebody has logged on.
    Session,
    /// She has connected to a share.
    Tree,
    /// She has a file open.
    File,
    /// She has the share's root open.
    Directory,
}

/// What must come of what is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What this is, with its CVE where it has one.
    pub about: String,
    /// Where it begins.
    pub stage: Stage,
    /// The only dialect offered, as its number; 3.1.1 if it is not given.
    #[serde(default = "newest")]
    pub dialect: u16,
    /// One for each PDU: a status as `0xc000000d`, `disconnect`, or `silence` where no answer is due.
    pub answers: Vec<String>,
}

const fn newest() -> u16 {
    0x0311
}

/// One thing that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu {
    /// Bytes of the stream, frame header and all.
    Stream(String),
    /// A frame, which gets its header.
    Frame(String),
    /// The body of this command, which gets an SMB2 header and a frame header.
    Body(u16, String),
}

/// One recorded attack.
#[derive(Debug, Clone)]
pub struct Case {
    /// `AREA/ID`.
    pub name: String,
    /// What is sent.
    pub pdus: Vec<Pdu>,
    /// What must come of it.
    pub expectation: Expectation,
}

/// What stands in a recording for what differs from run to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Variables {
    /// `<session>`
    pub session: u64,
    /// `<tree>`
    pub tree: u32,
    /// `<file>`, both halves.
    pub file: [u8; 16],
    /// `<id>`, the next MessageId.
    pub message_id: u64,
}

impl Case {
    /// From what its two files say; `None` where the recording is none.
    #[must_use]
    pub fn new(name: String, expectation: Expectation, recording: &str) -> Option<Self> {
        Some(Self { name, pdus: parse(recording)?, expectation })
    }
}

fn parse(text: &str) -> Option<Vec<Pdu>> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let (kind, hex) = line.split_once(' ').unwrap_or((line, ""));
            // The bytes must be bytes whatever the variables are.
            bytes(hex, &Variables::default())?;
            Some(match kind {
                "stream" => Pdu::Stream(hex.to_owned()),
                "frame" => Pdu::Frame(hex.to_owned()),
                command => Pdu::Body(u16::from_str_radix(command, 16).ok()?, hex.to_owned()),
            })
        })
        .collect()
}

/// The bytes of a recording, with `v` in place of the names. A number of zero bytes is written `<zeros:N>`.
#[must_use]
pub fn bytes(hex: &str, v: &Variables) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = hex.trim();
    while !rest.is_empty() {
        if let Some((name, behind)) = rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
            match name {
                "session" => out.extend_from_slice(&v.session.to_le_bytes()),
                "tree" => out.extend_from_slice(&v.tree.to_le_bytes()),
                "file" => out.extend_from_slice(&v.file),
                "id" => out.extend_from_slice(&v.message_id.to_le_bytes()),
                zeros => {
                    let count: usize = zeros.strip_prefix("zeros:")?.parse().ok()?;
                    out.resize(out.len() + count, 0);
                }
            }
            rest = behind;
            continue;
        }
        let (byte, behind) = rest.split_at_checked(2)?;
        out.push(u8::from_str_radix(byte, 16).ok()?);
        rest = behind;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_for_bytes() {
        let v = Variables { session: 1, tree: 2, file: [3; 16], message_id: 4 };
        assert_eq!(bytes("0a<tree>ff", &v).unwrap(), [10, 2, 0, 0, 0, 255]);
        assert_eq!(bytes("<zeros:3><id>", &v).unwrap(), [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        for bad in ["0", "0g", "<nothing>", "<zeros:x>", "<tree"] {
            assert_eq!(bytes(bad, &v), None, "{bad}");
        }
    }

    #[test]
    fn lines_are_pdus() {
        let pdus = parse("# a comment\n\nstream 81\nframe <id>\n0005 00ff\n000d").unwrap();
        let expected = [
            Pdu::Stream("81".into()),
            Pdu::Frame("<id>".into()),
            Pdu::Body(5, "00ff".into()),
            Pdu::Body(13, String::new()),
        ];
        assert_eq!(pdus, expected);
        assert_eq!(parse("frame 0"), None);
    }
}
