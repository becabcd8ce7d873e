//! What fuzz targets call with arbitrary bytes, and tests replay. Each holds whatever the bytes are; it panics when that is not so.

use std::sync::Arc;

use lanward_nt::{FileTime, NtString};
use lanward_wire::{Decode, Encode, Reader};

use crate::ntlm::{AuthenticateMessage, ChallengeMessage, NegotiateMessage, NtResponse, TargetInfo};
use crate::spnego::NegToken;
use crate::{
    AcceptorConfig, AccountLookup, Accounts, Claim, Credentials, Identity, InitiatorConfig, InitiatorNonces,
    NtHash, NtlmPolicy, SpnegoAcceptor, SpnegoInitiator, Step,
};

/// Every decoder takes the bytes; what decodes and is encoded decodes and encodes to the same.
///
/// # Panics
/// A decoder and its encoder disagree.
pub fn decoders(data: &[u8]) {
    fn there_and_back<T: for<'a> Decode<'a> + Encode>(data: &[u8]) {
        if let Ok(value) = T::decode(&mut Reader::new(data)) {
            let bytes = value.to_bytes();
            let again = T::decode(&mut Reader::new(&bytes)).map(|v| v.to_bytes());
            assert_eq!(again, Ok(bytes), "a value changed on its way through its bytes");
        }
    }
    there_and_back::<NegotiateMessage>(data);
    there_and_back::<ChallengeMessage>(data);
    there_and_back::<TargetInfo>(data);
    there_and_back::<AuthenticateMessage>(data);
    if let Ok(message) = AuthenticateMessage::decode(&mut Reader::new(data)) {
        let _ = NtResponse::parse(&message.nt_response);
    }
    match NegToken::decode(data) {
        Ok(NegToken::Init(init)) => {
            assert_eq!(
                NegToken::decode(&init.to_bytes()),
                Ok(NegToken::Init(init.clone())),
                "a NegTokenInit changed"
            );
        }
        Ok(NegToken::Resp(resp)) => {
            assert_eq!(
                NegToken::decode(&resp.to_bytes()),
                Ok(NegToken::Resp(resp.clone())),
                "a NegTokenResp changed"
            );
        }
        Err(_) => {}
    }
}

/// An acceptor takes the tokens of a client that knows no password. Each token is preceded by its 16-bit little-endian length. Nobody
/// gets in but as nobody.
///
/// # Panics
/// Somebody got in.
pub fn acceptor(data: &[u8]) {
    let policy = NtlmPolicy { ntlmv1: data.len().is_multiple_of(2), ..NtlmPolicy::default() };
    let mut acceptor = SpnegoAcceptor::new(Arc::new(AcceptorConfig { policy, ..AcceptorConfig::default() }));
    for token in tokens(data) {
        if let Ok(Step::Done { context, .. }) = acceptor.step(token, &Nobody, FileTime(0), [7; 8]) {
            assert_eq!(context.identity, Identity::Anonymous, "somebody got in");
        }
    }
}

/// An initiator takes the tokens of an arbitrary server, framed as for [`acceptor`].
///
/// # Panics
/// Never, unless something is wrong.
pub fn initiator(data: &[u8]) {
    let credentials =
        Credentials::User { domain: NtString::default(), user: "user".into(), nt_hash: NtHash::new([3; 16]) };
    let config = InitiatorConfig {
        credentials,
        workstation: NtString::default(),
        target_name: None,
        ntlmv1: data.len().is_multiple_of(2),
    };
    let mut initiator = SpnegoInitiator::new(config);
    let nonces = InitiatorNonces { client_challenge: [1; 8], random_session_key: [2; 16] };
    for token in tokens(data) {
        let _ = initiator.step(token, FileTime(0), &nonces);
    }
}

struct Nobody;

impl Accounts for Nobody {
    fn look_up(&self, _claim: &Claim, _now: FileTime) -> AccountLookup {
        AccountLookup::Unknown
    }

    fn tried(&self, _claim: &Claim, _right: bool, _now: FileTime) {}
}

fn tokens(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut r = Reader::new(data);
    core::iter::from_fn(move || {
        let len = usize::from(r.u16("length").ok()?);
        r.bytes(len.min(r.remaining()), "token").ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that look enough like messages to get past their first fields.
    fn near_messages() -> impl Strategy<Value = Vec<u8>> {
        let prologue = prop_oneof![
            Just(b"NTLMSSP\0\x01\0\0\0".to_vec()),
            Just(b"NTLMSSP\0\x02\0\0\0".to_vec()),
            Just(b"NTLMSSP\0\x03\0\0\0".to_vec()),
            Just(vec![0x60, 0x10, 6, 6, 0x2b, 6, 1, 5, 5, 2, 0xa0, 6, 0x30, 4, 0xa0, 2, 0x30, 0]),
            Just(vec![0xa1, 0x0a, 0x30, 8, 0xa2, 6, 4, 4]),
            Just(Vec::new()),
        ];
        let small = prop_oneof![Just(0u8), 0u8..130, any::<u8>()];
        (prologue, proptest::collection::vec(small, 0..200)).prop_map(|(mut a, b)| {
            a.extend(b);
            a
        })
    }

    fn framed() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(near_messages(), 1..5).prop_map(|tokens| {
            tokens.iter().flat_map(|t| [&(t.len() as u16).to_le_bytes()[..], t].concat()).collect()
        })
    }

    proptest! {
        #[test]
        fn decoders_hold(data in near_messages()) { decoders(&data); }

        #[test]
        fn acceptor_holds(data in framed()) { acceptor(&data); }

        #[test]
        fn initiator_holds(data in framed()) { initiator(&data); }
    }
}
