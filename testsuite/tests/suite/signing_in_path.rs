//! Somebody in the path who takes the bits of signing away (behaviour 3.3), for each bit and each dialect of SMB 2; SMB 1 is in `smb1_signing.rs`.

use lanward_client::{Connection, Create, Options, Result};
use lanward_nt::NtStatus;
use lanward_smb2::{Command, Dialect};
use lanward_testsuite::{ALICE, Plan, Proxy, Site, Toward};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// [MS-SMB2] 2.2.1.2: where Command, Status, Flags and the signature stand.
const COMMAND: usize = 12;
const STATUS: usize = 8;
const FLAGS: usize = 16;
const SIGNATURE: std::ops::Range<usize> = 48..64;
const SIGNED: u8 = 0x08;

/// What is taken away: on the way to whom, of which command, at which byte, which bits.
#[derive(Debug, Clone, Copy)]
struct Strip {
    toward: Toward,
    command: Option<Command>,
    at: usize,
    bits: u8,
}

/// SIGNING_ENABLED and SIGNING_REQUIRED where each side says them, and SMB2_FLAGS_SIGNED of every message.
const STRIPS: [Strip; 8] = [
    Strip { toward: Toward::Server, command: Some(Command::NEGOTIATE), at: 68, bits: 0x01 },
    Strip { toward: Toward::Server, command: Some(Command::NEGOTIATE), at: 68, bits: 0x03 },
    Strip { toward: Toward::Client, command: Some(Command::NEGOTIATE), at: 66, bits: 0x02 },
    Strip { toward: Toward::Client, command: Some(Command::NEGOTIATE), at: 66, bits: 0x03 },
    Strip { toward: Toward::Server, command: Some(Command::SESSION_SETUP), at: 67, bits: 0x03 },
    Strip { toward: Toward::Client, command: Some(Command::SESSION_SETUP), at: FLAGS, bits: SIGNED },
    Strip { toward: Toward::Server, command: None, at: FLAGS, bits: SIGNED },
    Strip { toward: Toward::Client, command: None, at: FLAGS, bits: SIGNED },
];

/// A message as it came to the attacker, or for the server as he sent it on.
#[derive(Debug)]
struct Seen {
    command: Command,
    status: NtStatus,
    signed: bool,
}

fn seen(message: &[u8]) -> Seen {
    Seen {
        command: Command(u16::from_le_bytes([message[COMMAND], message[COMMAND + 1]])),
        status: NtStatus(u32::from_le_bytes(message[STATUS..STATUS + 4].try_into().unwrap())),
        signed: message[FLAGS] & SIGNED != 0,
    }
}

impl Strip {
    fn apply(self, toward: Toward, message: &mut [u8]) {
        let command = seen(message).command;
        if toward != self.toward || self.command.is_some_and(|c| c != command) || message.len() <= self.at {
            return;
        }
        message[self.at] &= !self.bits;
        if self.at == FLAGS {
            message[SIGNATURE].fill(0);
        }
    }
}

fn watched(site: &Site, strip: Strip) -> (Proxy, Arc<Mutex<Vec<Seen>>>) {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&answers);
    let proxy = Proxy::start(site.address, move |toward, _, message| {
        if toward == Toward::Client {
            told.lock().unwrap().push(seen(message));
        }
        strip.apply(toward, message);
    });
    (proxy.unwrap(), answers)
}

/// As a client that believes everything it is told, so that what the server does alone decides.
fn make_a_file(proxy: &Proxy, dialect: Dialect) -> Result<()> {
    let options = Options { verify: false, ..Options::only(dialect).timeout(Duration::from_secs(5)) };
    let mut c = Connection::connect(proxy.address, options)?;
    let session = c.login(ALICE.0, ALICE.1)?;
    let tree = c.tree_connect(session, "data")?;
    c.create(tree, &Create::new_file("witness")).map(drop)
}

/// An answer within a session: not of a refused logon, not of one that goes on.
fn is_of_a_session(answer: &Seen) -> bool {
    let setup = answer.command == Command::SESSION_SETUP && answer.status != NtStatus::SUCCESS;
    answer.command != Command::NEGOTIATE && !setup
}

#[test]
fn a_server_that_requires_signing_does_and_says_nothing_unsigned() {
    for dialect in Dialect::ALL {
        for strip in STRIPS {
            let site = Plan::default().zone(|z| z.signing_required = true).start().unwrap();
            let (proxy, answers) = watched(&site, strip);
            let made = make_a_file(&proxy, dialect);
            let label = format!("{dialect}, {strip:x?}: {made:?}");
            let unsigned_requests = strip.toward == Toward::Server && strip.at == FLAGS;
            let answers = answers.lock().unwrap();
            let done = answers.iter().filter(|a| is_of_a_session(a) && a.status == NtStatus::SUCCESS);
            let (signed, unsigned): (Vec<_>, Vec<_>) = done.partition(|a| a.signed);
            assert!(unsigned.is_empty(), "{label}: {unsigned:?}");
            let beyond_the_logon = signed.iter().filter(|a| a.command != Command::SESSION_SETUP).count();
            if unsigned_requests {
                assert!(made.is_err() && beyond_the_logon == 0, "{label}");
            }
            assert_eq!(made.is_ok(), beyond_the_logon >= 2, "{label}: {signed:?}");
            drop(answers);
            drop(proxy);
            site.settles().unwrap();
        }
    }
}

#[test]
fn a_client_that_requires_signing_takes_nothing_unsigned() {
    for dialect in Dialect::ALL {
        for strip in STRIPS {
            let site = Plan::default().zone(|z| z.signing_required = false).start().unwrap();
            let (proxy, answers) = watched(&site, strip);
            let options = Options::only(dialect).signed().timeout(Duration::from_millis(500));
            let went = Connection::connect(proxy.address, options).and_then(|mut c| {
                let session = c.login(ALICE.0, ALICE.1)?;
                c.tree_connect(session, "data").map(drop)
            });
            let answers = answers.lock().unwrap();
            let label = format!("{dialect}, {strip:x?}: {went:?}");
            if strip.toward == Toward::Client && strip.at == FLAGS {
                assert!(went.is_err(), "{label}");
            }
            if went.is_ok() {
                let session = answers.iter().filter(|a| is_of_a_session(a));
                assert!(
                    session.clone().count() >= 2 && session.clone().all(|a| a.signed),
                    "{label}: {answers:?}"
                );
            }
        }
    }
}
