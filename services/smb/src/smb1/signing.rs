//! Signatures of a connection ([MS-CIFS] 3.3.5.2.3, [MS-SMB] 3.3.5.1, 3.3.5.3).

use lanward_nt::Sid;
use lanward_smb1::{Command, Flags2, Header, Mac, SequenceNumber, SigningKey, WideMd5};
use lanward_sys::Md5Vectors;
use lanward_wire::{Decode as _, Reader};
use std::sync::Arc;

/// [MS-CIFS] 3.3.1.3: IsSigningActive, SigningSessionKey, SigningChallengeResponse and ServerNextReceiveSequenceNumber.
#[derive(Debug, Default)]
pub(crate) struct Signing {
    key: Option<Arc<SigningKey>>,
    /// Whose logon the key came from, and who knows it.
    owner: Option<Sid>,
    next: SequenceNumber,
}

/// What the answer to a request is signed with.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) sequence: SequenceNumber,
}

/// The MAC that a request has if this is its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    sequence: SequenceNumber,
    mac: Mac,
}

/// A request that does not carry the signature it must, and what its refusal is signed with.
#[derive(Debug)]
pub(crate) struct Forged(pub(crate) Turn);

impl Signing {
    pub(crate) const fn is_active(&self) -> bool {
        self.key.is_some()
    }

    /// Whether what is signed here proves somebody else.
    pub(crate) fn is_anothers(&self, user: &Sid) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner != user)
    }

    /// What each of several requests must carry if those before it do.
    pub(crate) fn expect<'a>(&self, requests: impl Iterator<Item = &'a [u8]>) -> Vec<Option<Expected>> {
        let Some(key) = &self.key else { return requests.map(|_| None).collect() };
        let mut next = self.next;
        let numbered: Vec<(&[u8], SequenceNumber)> = requests
            .map(|message| {
                let sequence = next;
                let cancels =
                    Header::decode(&mut Reader::new(message)).is_ok_and(|h| h.command == Command::NT_CANCEL);
                next = next.next(!cancels);
                (message, sequence)
            })
            .collect();
        let macs = side_by_side(|wide| key.macs(&numbered, wide)).into_iter().zip(&numbered);
        macs.map(|(mac, (_, sequence))| Some(Expected { sequence: *sequence, mac })).collect()
    }

    /// Verifies a request and takes its sequence number; answers what its response is signed with, if signing is active. A forged one takes none.
    /// `expected` is of use only as long as all before it was as expected.
    pub(crate) fn receive(
        &mut self,
        command: Command,
        message: &[u8],
        expected: Option<Expected>,
    ) -> Result<Option<Turn>, Forged> {
        let Some(key) = &self.key else { return Ok(None) };
        let turn = Turn { key: Arc::clone(key), sequence: self.next.answer() };
        let verified = match expected.filter(|expected| expected.sequence == self.next) {
            Some(expected) => SigningKey::carries(message, &expected.mac),
            None => key.verify(message, self.next),
        };
        if !verified {
            return Err(Forged(turn));
        }
        self.next = self.next.next(command != Command::NT_CANCEL);
        Ok(Some(turn))
    }

    /// The first user with a key of its own has logged on: from here on all is signed, this response with the number 1. `None` if it was before.
    pub(crate) fn activate(&mut self, key: SigningKey, owner: &Sid) -> Option<Turn> {
        if self.is_active() {
            return None;
        }
        self.owner = Some(owner.clone());
        let key = Arc::new(key);
        self.key = Some(Arc::clone(&key));
        self.next = SequenceNumber(2);
        Some(Turn { key, sequence: SequenceNumber(1) })
    }
}

/// Computes MACs with what this processor has for several at once.
pub(crate) fn side_by_side<T>(compute: impl FnOnce(Option<WideMd5<'_>>) -> T) -> T {
    match Md5Vectors::detect() {
        Some(vectors) => compute(Some(&|states, messages| vectors.blocks(states, messages))),
        None => compute(None),
    }
}

/// [MS-SMB] 3.3.5.3, "Activating Signing": whether the logon of a named user begins it. `required`: Server.MessageSigningPolicy is Required, else
/// Enabled.
pub(crate) const fn activates(required: bool, request: Flags2) -> bool {
    required
        || request.contains(Flags2::SECURITY_SIGNATURE_REQUIRED)
        || request.contains(Flags2::SECURITY_SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_processors_macs_are_those_of_each_message(
            response in 0usize..80,
            messages in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 40..200), 1usize..40), 0..18),
        ) {
            let key = SigningKey::new(&[7; 16], &vec![9; response]);
            let messages: Vec<Vec<u8>> = messages.iter().map(|(bytes, times)| bytes.repeat(*times)).collect();
            let numbered: Vec<(&[u8], SequenceNumber)> =
                messages.iter().zip(2..).map(|(message, n)| (message.as_slice(), SequenceNumber(n))).collect();
            let macs = side_by_side(|wide| key.macs(&numbered, wide));
            prop_assert_eq!(&macs, &key.macs(&numbered, None));
            for ((message, n), mac) in numbered.into_iter().zip(macs) {
                let mut carrying = message.to_vec();
                carrying[Header::SIGNATURE].copy_from_slice(&mac);
                prop_assert!(key.verify(&carrying, n));
            }
        }
    }
}
