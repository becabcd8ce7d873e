//! The options of the Compression Control Protocol (RFC 1962), of which only MPPE is one here (RFC 3078 2).

use lanward_auth::mschap::KeyStrength;

use crate::frame::Protocol;
use crate::link::{CloseReason, Encryption, MppePolicy};
use crate::negotiation::{Answer, Negotiable};
use crate::packet::{ConfigureOption, Options};

const MPPE: u8 = 18;

/// RFC 3078 2.1 "H".
const STATELESS: u32 = 0x0100_0000;
/// The key lengths and their bits, the longest first: "S", "M" and "L".
const STRENGTHS: [(KeyStrength, u32); 3] =
    [(KeyStrength::Bits128, 0x40), (KeyStrength::Bits56, 0x80), (KeyStrength::Bits40, 0x20)];

/// Encryption, in both directions. Each is agreed on apart: some peers end with keys that change in one way here and in another there.
#[derive(Debug)]
pub(crate) struct Ccp {
    required: bool,
    /// The lengths of keys that are allowed and there, the longest first.
    strengths: Vec<KeyStrength>,
    stateful: bool,
    /// The bits of how this end would receive, more than one key length where it has not heard yet which of them the peer chooses; `None` once the
    /// peer wants to hear nothing of it.
    ask: Option<u32>,
    /// How the peer wants to receive.
    granted: Option<Encryption>,
}

impl Ccp {
    /// With the keys that are there; `None` where there is nothing to encrypt with.
    pub(crate) fn new(policy: &MppePolicy, has: impl Fn(KeyStrength) -> bool) -> Option<Self> {
        let strengths: Vec<_> = STRENGTHS
            .into_iter()
            .map(|(strength, _)| strength)
            .filter(|strength| policy.strengths.contains(strength) && has(*strength))
            .collect();
        if strengths.is_empty() {
            return None;
        }
        let ask = strengths.iter().fold(STATELESS, |bits, strength| bits | bit(*strength));
        Some(Self {
            required: policy.required,
            strengths,
            stateful: policy.stateful,
            ask: Some(ask),
            granted: None,
        })
    }

    /// How packets to the peer and from it are encrypted.
    pub(crate) fn agreed(&self) -> Option<(Encryption, Encryption)> {
        let ask = self.ask?;
        Some((self.granted?, self.choose(ask).filter(|choice| bits(*choice) == ask)?))
    }

    /// The best of what some bits offer; the best there is where they offer nothing that is allowed. Stateless, unless the peer wants it otherwise and
    /// may have it.
    fn choose(&self, bits: u32) -> Option<Encryption> {
        let offered = |strength: &KeyStrength| bits & bit(*strength) != 0;
        let strength = self.strengths.iter().copied().find(offered).or(self.strengths.first().copied())?;
        Some(Encryption { strength, stateless: bits & STATELESS != 0 || !self.stateful })
    }
}

fn bit(strength: KeyStrength) -> u32 {
    STRENGTHS.into_iter().find(|(known, _)| *known == strength).map_or(0, |(_, bit)| bit)
}

fn bits(encryption: Encryption) -> u32 {
    bit(encryption.strength) | if encryption.stateless { STATELESS } else { 0 }
}

impl Negotiable for Ccp {
    const PROTOCOL: Protocol = Protocol::CCP;

    fn request(&self, out: &mut Vec<u8>) {
        if let Some(ask) = self.ask {
            ConfigureOption { kind: MPPE, value: &ask.to_be_bytes() }.encode(out);
        }
    }

    fn judge(&mut self, option: ConfigureOption<'_>, _rng: &mut dyn FnMut(&mut [u8])) -> Answer {
        if option.kind != MPPE {
            return Answer::Reject;
        }
        // One of another length says nothing, so that the best is suggested.
        let offered = option.array().map_or(STATELESS, u32::from_be_bytes);
        match self.choose(offered).map(bits) {
            None => Answer::Reject,
            Some(best) if best == offered => Answer::Ack,
            Some(best) if self.required => Answer::Insist(best.to_be_bytes().to_vec()),
            Some(best) => Answer::Nak(best.to_be_bytes().to_vec()),
        }
    }

    fn missing(&self, options: Options<'_>, _naks: u8, out: &mut Vec<u8>) {
        if self.required
            && options.iter().all(|option| option.kind != MPPE)
            && let Some(best) = self.choose(STATELESS)
        {
            ConfigureOption { kind: MPPE, value: &bits(best).to_be_bytes() }.encode(out);
        }
    }

    fn agree(&mut self, options: Options<'_>) {
        let option = options.iter().find(|option| option.kind == MPPE);
        let offered = option.and_then(|option| option.array()).map(u32::from_be_bytes);
        self.granted = offered.and_then(|bits| self.choose(bits));
    }

    fn suggested(
        &mut self,
        option: ConfigureOption<'_>,
        _rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CloseReason> {
        let wanted =
            (option.kind == MPPE && self.ask.is_some()).then(|| option.array().map(u32::from_be_bytes));
        if let Some(wanted) = wanted.flatten()
            && self.strengths.iter().any(|strength| wanted & bit(*strength) != 0)
        {
            self.ask = self.choose(wanted).map(bits);
        }
        Ok(())
    }

    fn rejected(&mut self, _option: ConfigureOption<'_>) -> Result<(), CloseReason> {
        self.ask = None;
        if self.required { Err(CloseReason::EncryptionRequired) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
