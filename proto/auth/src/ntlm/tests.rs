//! The messages of [MS-NLMP] 4.2, both ways and through the acceptor; and messages that are wrong.

use std::sync::Arc;

use lanward_nt::{FileTime, NtStatus};
use lanward_wire::{Decode, Encode, Reader};

use super::testing::{OneAccount, SERVER_CHALLENGE, hex, password_hash};
use super::*;
use crate::{Identity, ResponseVersion};

/// [MS-NLMP] 4.2.2.3 CHALLENGE_MESSAGE
const CHALLENGE_V1: &str = "4e544c4d53535000020000000c000c0038000000338202e20123456789abcdef00000000000000000000000000000000 \
    060070170000000f530065007200760065007200";

/// [MS-NLMP] 4.2.2.3 AUTHENTICATE_MESSAGE
const AUTHENTICATE_V1: &str = "4e544c4d5353500003000000180018006c00000018001800840000000c000c0048000000080008005400000010001000 \
    5c000000100010009c000000358280e20501280a0000000f44006f006d00610069006e00550073006500720043004f00 \
    4d005000550054004500520098def7b87f88aa5dafe2df779688a172def11c7d5ccdef1367c43011f30298a2ad35ece6 \
    4f16331c44bdbed927841f94518822b1b3f350c8958682ecbb3e3cb7";

/// [MS-NLMP] 4.2.3.3 CHALLENGE_MESSAGE
const CHALLENGE_V1_EXTENDED: &str = "4e544c4d53535000020000000c000c003800000033820a820123456789abcdef00000000000000000000000000000000 \
    060070170000000f530065007200760065007200";

/// [MS-NLMP] 4.2.3.3 AUTHENTICATE_MESSAGE
const AUTHENTICATE_V1_EXTENDED: &str = "4e544c4d5353500003000000180018006c00000018001800840000000c000c0048000000080008005400000010001000 \
    5c000000000000009c000000358208820501280a0000000f44006f006d00610069006e00550073006500720043004f00 \
    4d0050005500540045005200aaaaaaaaaaaaaaaa000000000000000000000000000000007537f803ae367128ca458204 \
    bde7caf81e97ed2683267232";

/// [MS-NLMP] 4.2.4.3 CHALLENGE_MESSAGE
const CHALLENGE_V2: &str = "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000 \
    060070170000000f53006500720076006500720002000c0044006f006d00610069006e0001000c005300650072007600 \
    6500720000000000";

/// [MS-NLMP] 4.2.4.3 AUTHENTICATE_MESSAGE
const AUTHENTICATE_V2: &str = "4e544c4d5353500003000000180018006c00000054005400840000000c000c0048000000080008005400000010001000 \
    5c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f00 \
    4d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927b \
    ebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e00 \
    01000c005300650072007600650072000000000000000000c5dad2544fc9799094ce1ce90bc9d03e";

fn challenge(text: &str) -> ChallengeMessage {
    let bytes = hex(text);
    let message = ChallengeMessage::decode(&mut Reader::new(&bytes)).unwrap();
    assert_eq!(message.to_bytes(), bytes);
    assert_eq!(message.server_challenge, SERVER_CHALLENGE);
    assert_eq!(message.target_name, "Server".into());
    message
}

fn authenticate(text: &str) -> AuthenticateMessage {
    let bytes = hex(text);
    let message = AuthenticateMessage::decode(&mut Reader::new(&bytes)).unwrap();
    assert_eq!(message.to_bytes(), bytes);
    let names = [&message.domain, &message.user, &message.workstation].map(ToString::to_string);
    assert_eq!(names, ["Domain", "User", "COMPUTER"]);
    assert_eq!(message.version, Some(Version { major: 5, minor: 1, build: 2600, revision: 15 }));
    assert_eq!(message.mic, None);
    message
}

#[test]
fn ms_nlmp_4_2_challenge_messages() {
    assert_eq!(challenge(CHALLENGE_V1).flags.bits(), 0xe202_8233);
    assert_eq!(challenge(CHALLENGE_V1_EXTENDED).flags.bits(), 0x820a_8233);
    let v2 = challenge(CHALLENGE_V2);
    assert_eq!(v2.flags.bits(), 0xe28a_8233);
    assert_eq!(v2.version, Some(Version { major: 6, minor: 0, build: 6000, revision: 15 }));
    assert_eq!(
        v2.target_info.pairs,
        [AvPair::NbDomainName("Domain".into()), AvPair::NbComputerName("Server".into())]
    );
}

#[test]
fn ms_nlmp_4_2_authenticate_messages() {
    let v1 = authenticate(AUTHENTICATE_V1);
    assert_eq!(v1.lm_response, hex("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"));
    assert_eq!(v1.encrypted_random_session_key, hex("518822b1b3f350c8958682ecbb3e3cb7"));
    assert!(matches!(NtResponse::parse(&v1.nt_response), Ok(NtResponse::V1(_))));
    assert!(authenticate(AUTHENTICATE_V1_EXTENDED).encrypted_random_session_key.is_empty());
    let v2 = authenticate(AUTHENTICATE_V2);
    let Ok(NtResponse::V2 { challenge, .. }) = NtResponse::parse(&v2.nt_response) else {
        panic!("not NTLMv2")
    };
    assert_eq!((challenge.timestamp, challenge.challenge), (FileTime(0), [0xaa; 8]));
    assert_eq!(challenge.target_info.nb_computer_name(), Some(&"Server".into()));
    assert_eq!(challenge.target_info.nb_domain_name(), Some(&"Domain".into()));
}

#[test]
fn ms_nlmp_4_2_4_calculations() {
    let key = ntowf_v2(&password_hash(), &"User".into(), &"Domain".into());
    assert_eq!(key.to_vec(), hex("0c868a403bfd7a93a3001ef22ef02e3f"));
    let target_info = challenge(CHALLENGE_V2).target_info;
    let temp = ClientChallenge { timestamp: FileTime(0), challenge: [0xaa; 8], target_info }.to_bytes();
    let proof = nt_proof(&key, &SERVER_CHALLENGE, &temp);
    assert_eq!(proof.to_vec(), hex("68cd0ab851e51c96aabc927bebef6a1c"));
    let message = authenticate(AUTHENTICATE_V2);
    assert_eq!(message.nt_response, [&proof[..], &temp].concat());
    assert_eq!(session_base_key(&key, &proof).to_vec(), hex("8de40ccadbc14a82f15cb0ad0de95ca3"));
    assert_eq!(lmv2_response(&key, &SERVER_CHALLENGE, &[0xaa; 8]), message.lm_response);
    assert_eq!(message.lm_response, hex("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"));
}

fn negotiate(flags: u32) -> Vec<u8> {
    let flags = NegotiateFlags::from_bits_retain(flags);
    NegotiateMessage { flags, domain: None, workstation: None, version: None }.to_bytes()
}

fn accept(flags: u32, message: &[u8]) -> Result<crate::SecurityContext, NtStatus> {
    let policy = NtlmPolicy { ntlmv1: true, ..NtlmPolicy::default() };
    let mut acceptor = NtlmAcceptor::new(Arc::new(AcceptorConfig { policy, ..AcceptorConfig::default() }));
    acceptor.negotiate(&negotiate(flags), SERVER_CHALLENGE, FileTime(0)).unwrap();
    acceptor.authenticate(message, &OneAccount { barred: None }, FileTime(0))
}

#[test]
fn ms_nlmp_4_2_messages_are_accepted() {
    let v2 = accept(0xe28a_8233, &hex(AUTHENTICATE_V2)).unwrap();
    assert_eq!(v2.session_key.expose(), &[0x55; 16]);
    assert!(matches!(v2.identity, Identity::User { rid: 1000, .. }));
    let v1 = accept(0xe202_8233, &hex(AUTHENTICATE_V1)).unwrap();
    assert_eq!((v1.session_key.expose(), v1.response), (&[0x55; 16], ResponseVersion::NtlmV1));
    let extended = accept(0x820a_8233, &hex(AUTHENTICATE_V1_EXTENDED)).unwrap();
    assert_eq!(extended.session_key.expose().to_vec(), hex("eb93429a8bd952f8b89c55b87f475edc"));
}

#[test]
fn lmv2_alone_is_a_legacy_response() {
    let mut message = authenticate(AUTHENTICATE_V2);
    message.nt_response.clear();
    let context = accept(0xe28a_8233, &message.to_bytes()).unwrap();
    assert_eq!(context.response, ResponseVersion::NtlmV1);
    message.lm_response[0] ^= 1;
    assert_eq!(accept(0xe28a_8233, &message.to_bytes()).unwrap_err(), NtStatus::LOGON_FAILURE);
}

#[test]
fn a_client_may_leave_the_domain_out_of_its_key() {
    let key = ntowf_v2(&password_hash(), &"User".into(), &"".into());
    let temp =
        ClientChallenge { timestamp: FileTime(0), challenge: [1; 8], target_info: TargetInfo::default() }
            .to_bytes();
    let mut message = authenticate(AUTHENTICATE_V2);
    message.nt_response = [&nt_proof(&key, &SERVER_CHALLENGE, &temp)[..], &temp].concat();
    assert!(accept(0xe28a_8233, &message.to_bytes()).is_ok());
}

#[test]
fn the_key_exchange_that_was_agreed_on_must_happen() {
    let mut message = authenticate(AUTHENTICATE_V2);
    message.encrypted_random_session_key.truncate(15);
    assert_eq!(accept(0xe28a_8233, &message.to_bytes()).unwrap_err(), NtStatus::INVALID_PARAMETER);
    // Not offered, so not done, whatever the client says.
    let message = authenticate(AUTHENTICATE_V2);
    let context = accept(0xa28a_8233, &message.to_bytes()).unwrap();
    assert_eq!(context.session_key.expose().to_vec(), hex("8de40ccadbc14a82f15cb0ad0de95ca3"));
}

#[test]
fn a_mic_that_is_promised_must_be_there() {
    let key = ntowf_v2(&password_hash(), &"User".into(), &"Domain".into());
    let target_info = TargetInfo { pairs: vec![AvPair::Flags(AvFlags::MIC_PRESENT)] };
    let temp = ClientChallenge { timestamp: FileTime(0), challenge: [1; 8], target_info }.to_bytes();
    let mut message = authenticate(AUTHENTICATE_V2);
    message.nt_response = [&nt_proof(&key, &SERVER_CHALLENGE, &temp)[..], &temp].concat();
    for mic in [None, Some([0; 16])] {
        message.mic = mic;
        assert_eq!(accept(0xe28a_8233, &message.to_bytes()).unwrap_err(), NtStatus::INVALID_PARAMETER);
    }
}

#[test]
fn lengths_and_offsets_that_lie() {
    let good = hex(AUTHENTICATE_V2);
    for field in [12, 20, 28, 36, 44, 52] {
        for (len, offset) in [(0xffff_u16, 0_u32), (1, 0xffff_ffff), (24, 0xffff_fff0), (8, 0xe4), (0xe9, 0)]
        {
            let mut bytes = good.clone();
            bytes[field..field + 2].copy_from_slice(&len.to_le_bytes());
            bytes[field + 4..field + 8].copy_from_slice(&offset.to_le_bytes());
            let fits = usize::from(len) + offset as usize <= bytes.len();
            let decoded = AuthenticateMessage::decode(&mut Reader::new(&bytes));
            assert_eq!(decoded.is_ok(), fits, "field at {field}: {len} bytes at {offset}");
        }
    }
    for len in 0..good.len() {
        assert!(AuthenticateMessage::decode(&mut Reader::new(&good[..len])).is_err(), "{len}");
    }
    // NtChallengeResponse of every length that is no response.
    for len in (1..24).chain(25..44) {
        let mut message = authenticate(AUTHENTICATE_V2);
        message.nt_response.truncate(len);
        assert_eq!(
            accept(0xe28a_8233, &message.to_bytes()).unwrap_err(),
            NtStatus::INVALID_PARAMETER,
            "{len}"
        );
    }
}

#[test]
fn negotiate_messages_short_and_long() {
    let long = NegotiateMessage {
        flags: NegotiateFlags::from_bits_retain(0xe208_b233),
        domain: Some("DOMAIN".into()),
        workstation: Some("PC".into()),
        version: Some(Version::CURRENT),
    };
    assert_eq!(NegotiateMessage::decode(&mut Reader::new(&long.to_bytes())), Ok(long.clone()));
    // Old clients stop after the flags, or before the version.
    let short = hex("4e544c4d535350000100000007820000");
    assert_eq!(NegotiateMessage::decode(&mut Reader::new(&short)).unwrap().flags.bits(), 0x8207);
    assert!(NegotiateMessage::decode(&mut Reader::new(&short[..15])).is_err());
    assert!(NegotiateMessage::decode(&mut Reader::new(&long.to_bytes()[..46])).is_err());
    let neither = negotiate(0xe208_8230);
    let mut acceptor = NtlmAcceptor::new(Arc::default());
    assert_eq!(acceptor.negotiate(&neither, SERVER_CHALLENGE, FileTime(0)), Err(NtStatus::INVALID_PARAMETER));
}

#[test]
fn an_oem_client_is_answered_in_its_character_set() {
    let config = AcceptorConfig { nb_computer_name: "SERVER".into(), ..AcceptorConfig::default() };
    let mut acceptor = NtlmAcceptor::new(Arc::new(config));
    let bytes = acceptor.negotiate(&negotiate(0x0000_8206), SERVER_CHALLENGE, FileTime(7)).unwrap();
    let message = ChallengeMessage::decode(&mut Reader::new(&bytes)).unwrap();
    assert_eq!(message.target_name, "SERVER".into());
    assert!(bytes.windows(6).any(|w| w == b"SERVER"));
    assert_eq!(message.target_info.timestamp(), Some(FileTime(7)));
}
