//! The options of the IPv6 Control Protocol (RFC 5072).

use crate::frame::Protocol;
use crate::link::CloseReason;
use crate::negotiation::{Answer, Negotiable};
use crate::packet::{ConfigureOption, Options};

const INTERFACE_IDENTIFIER: u8 = 1;

/// Interface identifiers: the lower halves of both ends' link-local addresses.
#[derive(Debug)]
pub(crate) struct Ipv6cp {
    /// This end's; never zero.
    pub(crate) local: [u8; 8],
    /// The peer's; zero while it has told none.
    pub(crate) peer: [u8; 8],
}

impl Ipv6cp {
    pub(crate) fn new(rng: &mut dyn FnMut(&mut [u8])) -> Self {
        Self { local: random_identifier(rng), peer: [0; 8] }
    }
}

/// RFC 5072 4.1: a random one does not claim to be known in all the world.
fn random_identifier(rng: &mut dyn FnMut(&mut [u8])) -> [u8; 8] {
    let mut identifier = [0; 8];
    rng(&mut identifier);
    let [first, .., last] = &mut identifier;
    *first &= !0x02;
    *last |= 1;
    identifier
}

impl Negotiable for Ipv6cp {
    const PROTOCOL: Protocol = Protocol::IPV6CP;

    fn request(&self, out: &mut Vec<u8>) {
        ConfigureOption { kind: INTERFACE_IDENTIFIER, value: &self.local }.encode(out);
    }

    fn judge(&mut self, option: ConfigureOption<'_>, rng: &mut dyn FnMut(&mut [u8])) -> Answer {
        if option.kind != INTERFACE_IDENTIFIER {
            return Answer::Reject;
        }
        match option.array() {
            Some(identifier) if identifier != [0; 8] && identifier != self.local => Answer::Ack,
            // RFC 5072 4.1: what is suggested is neither zero nor this end's.
            _ => {
                let mut other = random_identifier(rng);
                if other == self.local {
                    let [_, byte, ..] = &mut other;
                    *byte = !*byte;
                }
                Answer::Insist(other.to_vec())
            }
        }
    }

    fn missing(&self, options: Options<'_>, _naks: u8, out: &mut Vec<u8>) {
        if options.bytes().is_empty() {
            let mut other = self.local;
            other.reverse();
            let [first, .., last] = &mut other;
            *first &= !0x02;
            *last = !self.local.last().copied().unwrap_or_default() | 1;
            let [_, byte, ..] = &mut other;
            *byte = byte.wrapping_add(1);
            ConfigureOption { kind: INTERFACE_IDENTIFIER, value: &other }.encode(out);
        }
    }

    fn agree(&mut self, options: Options<'_>) {
        self.peer = options.iter().find_map(|option| option.array()).unwrap_or_default();
    }

    fn suggested(
        &mut self,
        option: ConfigureOption<'_>,
        _rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CloseReason> {
        if let Some(identifier) = option.array().filter(|id| *id != [0; 8] && *id != self.peer) {
            self.local = identifier;
        }
        Ok(())
    }

    fn rejected(&mut self, _option: ConfigureOption<'_>) -> Result<(), CloseReason> {
        Err(CloseReason::AddressRefused)
    }
}
