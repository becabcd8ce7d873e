//! Replays `corpus/` against a live server and against the parsers.

use lanward_client::{Connection, Create, Error, Options};
use lanward_smb2::{Command, Dialect, Header, TreeId, oracle};
use lanward_testsuite::corpus::{Case, Pdu, Stage, Variables, bytes, cases};
use lanward_testsuite::{ALICE, Site};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::time::Duration;

/// A client that has come as far as the case wants it.
struct Peer {
    connection: Connection,
    variables: Variables,
}

impl Peer {
    fn at(site: &Site, case: &Case) -> lanward_client::Result<Self> {
        let dialect =
            Dialect::from_revision(case.expectation.dialect).ok_or(Error::Unable("no such dialect"))?;
        let options = Options { verify: false, ..Options::only(dialect).timeout(Duration::from_secs(10)) };
        let mut peer =
            Self { connection: Connection::open(site.address, options)?, variables: Variables::default() };
        peer.advance(case.expectation.stage)?;
        peer.variables.message_id = peer.connection.next_message_id().0;
        Ok(peer)
    }

    fn advance(&mut self, stage: Stage) -> lanward_client::Result<()> {
        let (c, v) = (&mut self.connection, &mut self.variables);
        if stage == Stage::Connected {
            return Ok(());
        }
        c.negotiate()?;
        if stage == Stage::Negotiated {
            return Ok(());
        }
        let session = c.login(ALICE.0, ALICE.1)?;
        v.session = session.0;
        if stage == Stage::Session {
            return Ok(());
        }
        let tree = c.tree_connect(session, "data")?;
        v.tree = tree.id.0;
        let create = match stage {
            Stage::File => Create::new_file("victim"),
            Stage::Directory => Create::directory(""),
            _ => return Ok(()),
        };
        let create = create.disposition(lanward_smb2::messages::CreateDisposition::OPEN_IF);
        let id = c.create(tree, &create)?.file.id;
        v.file[..8].copy_from_slice(&id.persistent.to_le_bytes());
        v.file[8..].copy_from_slice(&id.volatile.to_le_bytes());
        Ok(())
    }

    fn send(&mut self, pdu: &Pdu) -> lanward_client::Result<()> {
        let (c, v) = (&mut self.connection, &mut self.variables);
        match pdu {
            Pdu::Stream(hex) => c.send_raw(&bytes(hex, v).unwrap())?,
            Pdu::Frame(hex) => c.send_frame(&bytes(hex, v).unwrap())?,
            Pdu::Body(command, hex) => {
                let body = bytes(hex, v).unwrap();
                c.send_frame(&[header(*command, v).to_bytes(), body].concat())?;
            }
        }
        v.message_id += 1;
        Ok(())
    }

    /// What came: a status, or that nothing will come any more.
    fn answer(&mut self) -> String {
        loop {
            let frame = match self.connection.receive_frame(Duration::from_secs(10)) {
                Ok(frame) => frame,
                Err(e) if e.is_disconnect() => return "disconnect".into(),
                Err(e) => return e.to_string(),
            };
            let header = Header::decode(&mut Reader::new(&frame)).unwrap();
            assert!(header.is_response());
            if header.nt_status() == lanward_nt::NtStatus::PENDING {
                continue;
            }
            if self.variables.session == 0 {
                // The next leg of an authentication.
                self.variables.session = header.session_id.0;
            }
            return format!("{:#010x}", header.status);
        }
    }
}

fn header(command: u16, v: &Variables) -> Header {
    Header {
        credit_charge: 1,
        command: Command(command),
        credits: 1,
        message_id: lanward_smb2::MessageId(v.message_id),
        tree_id: TreeId(v.tree),
        session_id: lanward_smb2::SessionId(v.session),
        ..Header::default()
    }
}

fn replay(site: &Site, case: &Case) -> Vec<String> {
    let mut peer = Peer::at(site, case).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    let mut answers = Vec::new();
    for (pdu, expected) in case.pdus.iter().zip(&case.expectation.answers) {
        if peer.send(pdu).is_err_and(|e| e.is_disconnect()) {
            answers.push("disconnect".into());
        } else if expected == "silence" {
            answers.push("silence".into());
        } else {
            answers.push(peer.answer());
        }
    }
    if !answers.iter().any(|a| a == "disconnect") {
        // Whoever is still connected is still served.
        if case.expectation.stage != Stage::Connected {
            peer.send(&Pdu::Body(Command::ECHO.0, "04000000".into())).unwrap();
            assert_eq!(peer.answer(), "0x00000000", "{}: ECHO", case.name);
        }
    }
    answers
}

#[test]
fn a_live_server_survives_the_corpus() {
    let site = Site::new().unwrap();
    let mut wrong = Vec::new();
    for case in cases().unwrap() {
        assert_eq!(case.pdus.len(), case.expectation.answers.len(), "{}: an answer for each PDU", case.name);
        let answers = replay(&site, &case);
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
