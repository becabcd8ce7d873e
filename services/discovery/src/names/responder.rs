use super::Dialect;
use super::message::{Question, answer};
use crate::Subnet;
use crate::wsd::{Allowance, Rate};
use lanward_wire::DecodeError;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Answers for one source, and for all: as for WS-Discovery.
const EACH: Rate = Rate { at_once: 10, every: Duration::from_millis(500) };
const ALL: Rate = Rate { at_once: 50, every: Duration::from_millis(40) };

/// Why a datagram has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// It is no question for one name.
    Malformed(DecodeError),
    /// Who asks is not on the link, or takes part in multicast DNS himself.
    Elsewhere,
    /// It is about another name, or one that several have.
    OtherName,
    /// Nothing of what it wants is known, which in this dialect nobody says.
    Nothing,
    /// There have been too many.
    TooMany,
}

/// Answers for one computer on one link. Values only: no clock, no I/O, no panic on input.
#[derive(Debug)]
pub struct NameResponder {
    dialect: Dialect,
    name: String,
    subnets: Vec<Subnet>,
    allowance: Allowance,
}

impl NameResponder {
    /// For the computer's name and what is next to its addresses.
    #[must_use]
    pub fn new(dialect: Dialect, name: &str, subnets: Vec<Subnet>) -> Self {
        Self { dialect, name: name.to_owned(), subnets, allowance: Allowance::new(EACH, ALL) }
    }

    /// The machine's address next to another one.
    #[must_use]
    pub fn next_to(&self, ip: IpAddr) -> Option<IpAddr> {
        self.subnets.iter().find(|subnet| subnet.contains(ip)).map(|subnet| subnet.address)
    }

    /// What a datagram to everybody on the link is answered.
    ///
    /// # Errors
    /// Why it is not.
    pub fn receive(&mut self, bytes: &[u8], from: SocketAddr, now: Duration) -> Result<Vec<u8>, Unanswered> {
        let takes_part = self.dialect == Dialect::Mdns && from.port() == self.dialect.port();
        if takes_part || from.port() == 0 || self.next_to(from.ip()).is_none() {
            return Err(Unanswered::Elsewhere);
        }
        let question = Question::decode(bytes).map_err(Unanswered::Malformed)?;
        let own = [self.name.as_str()];
        let own = own.iter().chain(self.dialect.domain()).map(|label| label.as_bytes());
        let is_own = own.clone().count() == question.labels.len()
            && own.zip(&question.labels).all(|(own, label)| own.eq_ignore_ascii_case(label));
        if !is_own || (question.conflict && self.dialect == Dialect::Llmnr) {
            return Err(Unanswered::OtherName);
        }
        let addresses: Vec<IpAddr> = self.subnets.iter().map(|subnet| subnet.address).collect();
        // By LLMNR a name that is there is told also where it has nothing of the kind ([RFC 4795] 2.3).
        if self.dialect == Dialect::Mdns && !addresses.iter().any(|address| question.wants(*address)) {
            return Err(Unanswered::Nothing);
        }
        if !self.allowance.take(from.ip(), now) {
            return Err(Unanswered::TooMany);
        }
        Ok(answer(&question, self.dialect, &addresses))
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::query;
    use super::*;
    use proptest::prelude::*;

    fn responder(dialect: Dialect) -> NameResponder {
        NameResponder::new(dialect, "Box", vec![Subnet { address: "10.0.0.2".parse().unwrap(), prefix: 24 }])
    }

    fn from(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_own_name_is_answered_on_the_link() {
        let now = Duration::ZERO;
        for dialect in [Dialect::Llmnr, Dialect::Mdns] {
            let mut responder = responder(dialect);
            let asked = query(1, dialect, "bOX");
            let said = responder.receive(&asked, from("10.0.0.9:4000"), now).unwrap();
            assert_eq!(said[said.len() - 4..], [10, 0, 0, 2]);
            assert!(said.len() <= 2 * asked.len(), "{} for {}", said.len(), asked.len());
            for other in ["10.0.1.9:4000", "10.0.0.9:0", "192.0.2.1:4000", "[fe80::1]:4000"] {
                let answered = responder.receive(&asked, from(other), now);
                assert_eq!(answered, Err(Unanswered::Elsewhere), "{other}");
            }
            for name in ["bo", "boxx", "b\u{f6}x", "local"] {
                let answered = responder.receive(&query(1, dialect, name), from("10.0.0.9:4000"), now);
                assert_eq!(answered, Err(Unanswered::OtherName), "{name}");
            }
        }
        let other = query(1, Dialect::Mdns, "box");
        let answered = responder(Dialect::Llmnr).receive(&other, from("10.0.0.9:4000"), now);
        assert_eq!(answered, Err(Unanswered::OtherName), "not one label");
        let answered = responder(Dialect::Mdns).receive(&other, from("10.0.0.9:5353"), now);
        assert_eq!(answered, Err(Unanswered::Elsewhere), "who takes part is answered by others");
    }

    #[test]
    fn a_name_that_several_have_and_a_kind_there_is_none_of() {
        let now = Duration::ZERO;
        let mut asked = query(1, Dialect::Llmnr, "box");
        asked[2] = 4;
        let answered = responder(Dialect::Llmnr).receive(&asked, from("10.0.0.9:4000"), now);
        assert_eq!(answered, Err(Unanswered::OtherName));
        for dialect in [Dialect::Llmnr, Dialect::Mdns] {
            let mut asked = query(1, dialect, "box");
            let at = asked.len() - 3;
            asked[at] = 28;
            let answered = responder(dialect).receive(&asked, from("10.0.0.9:4000"), now);
            match dialect {
                Dialect::Llmnr => assert_eq!(answered.unwrap().len(), asked.len()),
                Dialect::Mdns => assert_eq!(answered, Err(Unanswered::Nothing)),
            }
        }
    }

    #[test]
    fn a_flood_is_answered_sparingly() {
        let mut responder = responder(Dialect::Mdns);
        let asked = query(1, Dialect::Mdns, "box");
        let mut given = 0;
        for n in 0..100_000u32 {
            let source = SocketAddr::from(([10, 0, 0, u8::try_from(3 + n % 200).unwrap()], 4000));
            given += u32::from(
                responder.receive(&asked, source, Duration::from_micros(100 * u64::from(n))).is_ok(),
            );
        }
        assert!((250..=310).contains(&given), "{given} in ten seconds");
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in any::<bool>()) {
            let mut bytes = bytes;
            if head {
                bytes.splice(..0, *b"\0\0\0\0\0\x01\0\0\0\0\0\0\x03box");
            }
            for dialect in [Dialect::Llmnr, Dialect::Mdns] {
                if let Ok(said) = responder(dialect).receive(&bytes, from("10.0.0.9:4000"), Duration::ZERO) {
                    prop_assert!(said.len() <= bytes.len() + 16);
                }
            }
        }
    }
}
