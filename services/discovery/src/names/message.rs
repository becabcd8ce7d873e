//! Questions and answers as DNS has them ([RFC 1035] 4), in which LLMNR gives two flags another meaning ([RFC 4795] 2.1.1).

use super::Dialect;
use lanward_wire::{DecodeError, Reader};
use std::net::IpAddr;

const A: u16 = 1;
const AAAA: u16 = 28;
const ANY: u16 = 255;
const IN: u16 = 1;
/// [RFC 6762] 5.4: the answer may be for who asks alone.
const UNICAST: u16 = 0x8000;

const RESPONSE: u16 = 0x8000;
const OPERATION: u16 = 0x7800;
/// In LLMNR: several have answered this already. In DNS, and of an answer: whose name it is says so.
const CONFLICT: u16 = 0x0400;

/// The most labels a name that is asked for has.
const LABELS: usize = 4;

/// A question for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// What the answer repeats.
    pub id: u16,
    /// Whether it is about a name that several have ([RFC 4795] 2.1.1, C).
    pub conflict: bool,
    /// The name.
    pub labels: Vec<&'a [u8]>,
    kind: u16,
    /// As it was written.
    written: &'a [u8],
}

impl<'a> Question<'a> {
    /// Reads a message that asks one thing. What follows the question is passed over, as options of EDNS are.
    ///
    /// # Errors
    /// It ends too early, is no question, or asks for several things.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let (id, flags) = (r.u16_be("ID")?, r.u16_be("flags")?);
        if flags & (RESPONSE | OPERATION) != 0 {
            return Err(DecodeError::unexpected("flags", flags.into()));
        }
        let counts = [r.u16_be("QDCOUNT")?, r.u16_be("ANCOUNT")?, r.u16_be("NSCOUNT")?];
        r.u16_be("ARCOUNT")?;
        if counts != [1, 0, 0] {
            return Err(DecodeError::invalid("counts", "not one question"));
        }
        let from = r.position();
        let mut labels = Vec::new();
        loop {
            let length = r.array::<1>("label")?[0];
            match length {
                0 => break,
                1..=63 if labels.len() < LABELS => labels.push(r.bytes(length.into(), "label")?),
                _ => return Err(DecodeError::invalid("label", "longer than a name that is asked for")),
            }
        }
        let (kind, class) = (r.u16_be("QTYPE")?, r.u16_be("QCLASS")?);
        if class & !UNICAST != IN {
            return Err(DecodeError::unexpected("QCLASS", class.into()));
        }
        let written = r.slice_at(from, r.position().saturating_sub(from), "question")?;
        Ok(Self { id, conflict: flags & CONFLICT != 0, labels, kind, written })
    }

    /// Whether it wants addresses like this one.
    #[must_use]
    pub const fn wants(&self, address: IpAddr) -> bool {
        let kind = if address.is_ipv4() { A } else { AAAA };
        self.kind == kind || self.kind == ANY
    }
}

/// Whether this is an answer to the question with this id.
pub(super) fn answers(bytes: &[u8], id: u16) -> bool {
    let mut r = Reader::new(bytes);
    let (Ok(other), Ok(flags)) = (r.u16_be("ID"), r.u16_be("flags")) else { return false };
    other == id
        && flags & RESPONSE != 0
        && r.skip(2, "QDCOUNT").is_ok()
        && r.u16_be("ANCOUNT").is_ok_and(|n| n > 0)
}

/// An answer with those of `addresses` that are wanted.
#[must_use]
pub fn answer(question: &Question<'_>, dialect: Dialect, addresses: &[IpAddr]) -> Vec<u8> {
    let wanted: Vec<IpAddr> = addresses.iter().copied().filter(|address| question.wants(*address)).collect();
    let flags = match dialect {
        Dialect::Llmnr => RESPONSE,
        Dialect::Mdns => RESPONSE | CONFLICT,
    };
    let count = u16::try_from(wanted.len()).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(12 + question.written.len() + 28 * wanted.len());
    for word in [question.id, flags, 1, count, 0, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes.extend_from_slice(question.written);
    for address in wanted.iter().take(count.into()) {
        // The name is that of the question, which follows the header.
        bytes.extend_from_slice(&[0xc0, 12]);
        let kind = if address.is_ipv4() { A } else { AAAA };
        for word in [kind, IN] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        let kept = u32::try_from(dialect.kept().as_secs()).unwrap_or(0);
        bytes.extend_from_slice(&kept.to_be_bytes());
        match address {
            IpAddr::V4(v4) => bytes.extend([0, 4].into_iter().chain(v4.octets())),
            IpAddr::V6(v6) => bytes.extend([0, 16].into_iter().chain(v6.octets())),
        }
    }
    bytes
}

/// Asks for all that is known of the computer's name `name`.
#[must_use]
pub fn query(id: u16, dialect: Dialect, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [id, 0, 1, 0, 0, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    for label in [name].iter().chain(dialect.domain()) {
        // Names of computers are shorter than labels may be.
        let label = label.as_bytes().get(..63).unwrap_or(label.as_bytes());
        bytes.push(u8::try_from(label.len()).unwrap_or(0));
        bytes.extend_from_slice(label);
    }
    bytes.push(0);
    for word in [ANY, IN] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Windows asks for the addresses of BOX, and what says where that is.
    const ASKED: &[u8] = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x03BOX\0\0\x01\0\x01";
    const ANSWERED: &[u8] = b"\x12\x34\x80\0\0\x01\0\x01\0\0\0\0\x03BOX\0\0\x01\0\x01\
        \xc0\x0c\0\x01\0\x01\0\0\0\x1e\0\x04\x0a\0\0\x02";

    #[test]
    fn a_question_and_its_answer() {
        let question = Question::decode(ASKED).unwrap();
        assert_eq!(
            (question.id, question.conflict, &question.labels[..]),
            (0x1234, false, &[&b"BOX"[..]][..])
        );
        let addresses = ["10.0.0.2".parse().unwrap(), "fe80::2".parse().unwrap()];
        assert_eq!(answer(&question, Dialect::Llmnr, &addresses), ANSWERED);
        assert!(answers(ANSWERED, 0x1234) && !answers(ANSWERED, 0x1235) && !answers(ASKED, 0x1234));
        let none = answer(&question, Dialect::Llmnr, &addresses[1..]);
        assert_eq!((none.len(), &none[..8]), (ASKED.len(), &b"\x12\x34\x80\0\0\x01\0\0"[..]));
        assert!(!answers(&none, 0x1234));
    }

    #[test]
    fn all_addresses_for_who_asks_once() {
        let asked = query(7, Dialect::Mdns, "box");
        assert_eq!(asked, b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x03box\x05local\0\0\xff\0\x01");
        let question = Question::decode(&asked).unwrap();
        assert_eq!(question.labels, [&b"box"[..], b"local"]);
        let said =
            answer(&question, Dialect::Mdns, &["10.0.0.2".parse().unwrap(), "fe80::2".parse().unwrap()]);
        assert_eq!((said.len(), &said[..8]), (asked.len() + 16 + 28, &b"\0\x07\x84\0\0\x01\0\x02"[..]));
        assert_eq!(said[said.len() - 24..][..10], *b"\0\x01\0\0\0\x0a\0\x10\xfe\x80");
    }

    #[test]
    fn what_is_no_question_for_one_name() {
        let with = |at: usize, octets: &[u8]| {
            let mut bytes = ASKED.to_vec();
            bytes[at..at + octets.len()].copy_from_slice(octets);
            Question::decode(&bytes).map(|question| question.conflict)
        };
        assert_eq!(with(2, &[4]), Ok(true), "C");

        for (at, octets) in
            [(2, &[0x80][..]), (2, &[8]), (4, &[0, 0]), (4, &[0, 2]), (6, &[0, 1]), (8, &[1]), (12, &[0xc0])]
        {
            assert!(with(at, octets).is_err(), "{at} {octets:?}");
        }
        for length in 0..ASKED.len() {
            assert!(Question::decode(&ASKED[..length]).is_err(), "{length}");
        }
        let long = [&ASKED[..12], &b"\x01a".repeat(5), b"\0\0\x01\0\x01"].concat();
        assert!(Question::decode(&long).is_err());
    }
}
