//! Replays `corpus/` against a live server and against the parsers.

use lanward_client::Options;
use lanward_client::corpus::{Account, Pdu, Replayed, Variables, bytes, header, replay};
use lanward_smb2::oracle;
use lanward_testsuite::corpus::cases;
use lanward_testsuite::{ALICE, Site};
use lanward_wire::Encode as _;
use std::time::Duration;

#[test]
fn a_live_server_survives_the_corpus() {
    let site = Site::new().unwrap();
    let account = Account { user: ALICE.0, password: ALICE.1, share: "data" };
    let mut wrong = Vec::new();
    for case in cases().unwrap() {
        assert_eq!(case.pdus.len(), case.expectation.answers.len(), "{}: an answer for each PDU", case.name);
        let replayed = replay(site.address, account, &case, Duration::from_secs(10));
        let Replayed { answers, echo } = replayed.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        // Whoever is still connected is still served.
        assert!(echo.is_none_or(|answer| answer == "0x00000000"), "{}: ECHO", case.name);
        if answers != case.expectation.answers {
            wrong.push(format!("{}: {answers:?}, not {:?}", case.name, case.expectation.answers));
        }
        // The next client is served, and nothing is left.
        let (mut next, tree) = site.alice(Options::default()).unwrap();
        next.write_file(tree, "next", case.name.as_bytes()).unwrap();
        drop(next);
        site.settles().unwrap_or_else(|left| panic!("{}: {left:?}", case.name));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_parsers_survive_the_corpus() {
    for case in cases().unwrap() {
        for pdu in &case.pdus {
            let v = Variables { session: 1, tree: 1, file: [1; 16], message_id: 1 };
            let message = match pdu {
                Pdu::Stream(hex) | Pdu::Frame(hex) => bytes(hex, &v).unwrap(),
                Pdu::Body(command, hex) => {
                    [header(*command, &v).to_bytes(), bytes(hex, &v).unwrap()].concat()
                }
            };
            oracle::fuzz_decode(&message);
            if let Some(body) = message.get(64..) {
                lanward_auth::oracle::decoders(body);
            }
            if let Ok(links) = lanward_smb2::compound::split(&message, 16) {
                assert_eq!(links.last().map(|l| l.range.end), Some(message.len()), "{}", case.name);
            }
        }
    }
}
