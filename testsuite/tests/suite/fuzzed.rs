//! The oracles of the fuzz targets, over their seeds and over random bytes of a fixed seed.

use lanward_client::{Create, Options};
use lanward_nt::security::{Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::SecurityInformation;
use lanward_testsuite::{Plan, Site, oracle, rap_oracle, rpc_oracle, smb1_oracle};
use lanward_wire::Encode;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fs;
use std::path::Path;

/// The committed inputs of a fuzz target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has seeds");
    paths.into_iter().map(|p| fs::read(p).unwrap()).collect()
}

#[test]
fn seeds_of_the_connection() {
    let site = Site::new().unwrap();
    seeds("connection").iter().for_each(|seed| oracle::connection(&site, seed));
    site.alice(Options::default()).unwrap();
}

#[test]
fn seeds_of_the_smb1_connection() {
    let site = smb1_oracle::site().unwrap();
    for (seed, bytes) in seeds("smb1_connection").iter().enumerate() {
        assert!(smb1_oracle::connection(&site, bytes) > 0, "seed {seed} says nothing that is understood");
    }
}

#[test]
fn what_an_input_did_to_files_is_not_there_for_the_next() {
    let site = smb1_oracle::site().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let nobody = SecurityDescriptor { dacl: Some(Some(Acl::default())), ..SecurityDescriptor::default() };
    let root = c.create(tree, &Create::open("", AccessMask::WRITE_DAC)).unwrap().file;
    c.set_security(root, SecurityInformation::DACL, &nobody.to_bytes()).unwrap();
    c.close(root).unwrap();
    let file = Create::new_file("victim");
    assert_eq!(c.create(tree, &file).unwrap_err().status(), Some(NtStatus::ACCESS_DENIED));
    drop(c);
    smb1_oracle::connection(&site, &[]);
    oracle::connection(&site, &[2]);
}

#[test]
fn seeds_of_the_decoders() {
    seeds("nbns").iter().for_each(|seed| lanward_netbios::oracle::names(seed));
    seeds("datagrams").iter().for_each(|seed| lanward_netbios::oracle::datagrams(seed));
    seeds("wsd").iter().for_each(|seed| lanward_discovery::oracle::messages(seed));
    seeds("smb1").iter().for_each(|seed| lanward_smb1::oracle::fuzz_decode(seed));
    seeds("rap").iter().for_each(|seed| lanward_smb1::oracle::fuzz_rap(seed));
    seeds("smb2").iter().for_each(|seed| lanward_smb2::oracle::fuzz_decode(seed));
    seeds("compression").iter().for_each(|seed| lanward_smb2::oracle::fuzz_compression(seed));
    seeds("auth").iter().for_each(|seed| lanward_auth::oracle::decoders(seed));
    seeds("auth_acceptor").iter().for_each(|seed| lanward_auth::oracle::acceptor(seed));
    seeds("auth_initiator").iter().for_each(|seed| lanward_auth::oracle::initiator(seed));
    seeds("nt").iter().for_each(|seed| oracle::nt(seed));
    seeds("rpc_pdus").iter().for_each(|seed| lanward_rpc::oracle::pdus(seed));
    seeds("rpc_stubs").iter().for_each(|seed| lanward_rpc::oracle::stubs(seed));
    for seed in seeds("rpc_association") {
        lanward_rpc::oracle::association(&seed[1..], usize::from(seed[0]));
    }
}

#[test]
fn seeds_of_dial_in() {
    seeds("ppp_authenticator")
        .iter()
        .for_each(|seed| lanward_ppp::authentication::oracle::authenticator(seed));
    seeds("ppp_authenticatee")
        .iter()
        .for_each(|seed| lanward_ppp::authentication::oracle::authenticatee(seed));
    seeds("ppp_link").iter().for_each(|seed| lanward_ppp::oracle::link(seed));
    seeds("ppp_links").iter().for_each(|seed| lanward_ppp::oracle::links(seed));
    seeds("mppe").iter().for_each(|seed| lanward_ppp::mppe::oracle::receiver(seed));
    seeds("pptp_server").iter().for_each(|seed| lanward_ppp::oracle::server_tunnel(seed));
    seeds("pptp_client").iter().for_each(|seed| lanward_ppp::oracle::client_tunnel(seed));
    seeds("pptp_tunnels").iter().for_each(|seed| lanward_ppp::oracle::tunnels(seed));
    seeds("radius").iter().for_each(|seed| lanward_radius::oracle::datagrams(seed));
}

#[test]
fn seeds_of_the_rpc_interfaces() {
    seeds("rpc_interfaces").iter().for_each(|seed| rpc_oracle::interfaces(seed));
}

#[test]
fn seeds_of_rap() {
    seeds("rap_calls").iter().for_each(|seed| rap_oracle::call(seed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_call_of_rap_is_answered_within_its_bounds(
        head in prop::array::uniform4(any::<u8>()),
        small in prop::collection::vec(prop_oneof![5 => 0u8..12, 2 => any::<u8>(), 1 => 0x41u8..0x44], 0..120),
        split in any::<u8>(),
    ) {
        let length = (small.len().min(split.into()) as u16).to_le_bytes();
        rap_oracle::call(&[&head[..], &length, &small].concat());
    }
}

/// Calls of every operation number with arguments that are mostly small numbers, as counts, pointers and levels are.
fn calls() -> impl Strategy<Value = Vec<u8>> {
    let small = prop_oneof![6 => Just(0u8), 3 => 0u8..6, 1 => any::<u8>(), 1 => Just(0xfe)];
    let call = (0u8..110, prop::collection::vec(small, 0..120), any::<bool>()).prop_map(
        |(operation, mut stub, handle)| {
            if handle && stub.len() >= 20 {
                stub[..20].fill(0xfe);
            }
            let length = (stub.len() as u16).to_le_bytes();
            [vec![operation], length.to_vec(), stub].concat()
        },
    );
    (any::<u8>(), 0u8..4, prop::collection::vec(call, 1..8))
        .prop_map(|(which, how, calls)| [vec![which, how], calls.concat()].concat())
}

#[test]
fn random_calls_of_the_rpc_interfaces() {
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 400, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]),
    );
    runner
        .run(&calls(), |data| {
            rpc_oracle::interfaces(&data);
            Ok(())
        })
        .unwrap();
}

/// The body of a request, more often than not one whose StructureSize is right.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let sizes: Vec<(u8, u8)> = vec![
        (0, 36),
        (1, 25),
        (2, 4),
        (3, 9),
        (4, 4),
        (5, 57),
        (6, 24),
        (7, 24),
        (8, 49),
        (9, 49),
        (10, 48),
        (11, 57),
        (12, 4),
        (13, 4),
        (14, 33),
        (15, 32),
        (16, 41),
        (17, 33),
        (18, 24),
    ];
    let small = prop_oneof![4 => Just(0u8), 2 => 0u8..8, 1 => any::<u8>(), 1 => Just(0xff), 1 => Just(0xfe)];
    (prop::sample::select(sizes), any::<u8>(), prop::collection::vec(small, 0..140), any::<bool>()).prop_map(
        |((command, size), flags, mut rest, file)| {
            if file && rest.len() >= 40 {
                // Where FLUSH, CLOSE and LOCK have it, or READ, WRITE and the rest, one of both.
                let at = if flags & 1 == 0 { 6 } else { 14 };
                rest[at..at + 16].fill(0xfe);
            }
            [vec![command, flags & 0x04, size, 0], rest].concat()
        },
    )
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::collection::vec(body(), 1..4).prop_map(|parts| parts.join(&0xcd));
    (any::<u8>(), prop::collection::vec(piece, 1..12)).prop_map(|(start, pieces)| {
        let mut bytes = vec![start];
        for piece in pieces {
            let length = u16::try_from(piece.len()).unwrap();
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&piece);
        }
        bytes
    })
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn a_live_server_survives_made_up_requests() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    runner(300)
        .run(&input(), |bytes| {
            oracle::connection(&site, &bytes);
            Ok(())
        })
        .unwrap();
    site.alice(Options::default()).unwrap();
}

/// Messages of the transactions and what is around them, with bodies of any bytes whose counts are right often enough to be read.
fn smb1_input() -> impl Strategy<Value = Vec<u8>> {
    let command = prop::sample::select(vec![
        0x25u8, 0x26, 0x32, 0x33, 0x34, 0xa0, 0xa1, 0xa2, 0x2d, 0x2e, 0x2f, 0x24, 0x04, 0x08, 0x81, 0x2b,
        0xa4, 0x27,
    ]);
    let words = prop::collection::vec(
        prop::sample::select(vec![0u8, 0, 0, 1, 2, 5, 0x20, 0x44, 0x80, 0xfe, 0xfe, 0xff]),
        0..42,
    );
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let piece = (command, any::<u8>(), words, bytes).prop_map(|(command, bits, words, bytes)| {
        let length = u16::try_from(bytes.len()).unwrap().to_le_bytes();
        let count = u8::try_from(words.len() / 2).unwrap();
        let body = [&[command, bits, count], &words[..words.len() / 2 * 2], &length, &bytes].concat();
        [&u16::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
    });
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_live_server_of_smb1_survives_made_up_requests() {
    let site = smb1_oracle::site().unwrap();
    runner(150)
        .run(&smb1_input(), |bytes| {
            smb1_oracle::connection(&site, &bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_live_server_survives_random_bytes() {
    let site = Site::new().unwrap();
    runner(200)
        .run(&prop::collection::vec(any::<u8>(), 0..600), |bytes| {
            oracle::connection(&site, &bytes);
            Ok(())
        })
        .unwrap();
}
