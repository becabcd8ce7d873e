//! What must hold whatever a client of SMB1 sends: a whole server takes messages made from arbitrary bytes.

use crate::{ALICE, Plan, Site};
use lanward_client::smb1::{Connection, Create, Options, Signing, Tree};
use lanward_smb1::{Command, Flags, Flags2, Header};
use lanward_wire::{Decode, Encode, Reader};
use std::io;
use std::time::Duration;

/// Messages that one input makes at most.
const MAX_MESSAGES: usize = 24;

/// The longest message the client says that it takes.
const MAX_BUFFER_SIZE: u16 = 4096;

/// A server whose only zone is one for clients of SMB1.
///
/// # Errors
/// As for [`Plan::start`].
pub fn site() -> io::Result<Site> {
    let legacy = |zone: &mut lanward_server::Zone| {
        zone.min_dialect = lanward_smb1::Dialect::Core.number();
        zone.signing_required = false;
        zone.anonymous_allowed = true;
    };
    Plan::default().zone(legacy).start()
}

/// One connection of `site`, logged on and with an empty share, takes `data`: pieces with their lengths in front, each a command, two bits of Flags2, and a body in which
/// two bytes 0xfe stand for the FID of an open file. Where the first piece is a NEGOTIATE nobody has negotiated or logged on before, and the ids
/// are the first that a server gives. Every response must be well formed and no longer than the client takes, the connection must end, and nothing
/// may be left of it. Answers how many responses say SUCCESS.
///
/// # Panics
/// Something does not hold: a fault in the server.
pub fn connection(site: &Site, data: &[u8]) -> usize {
    site.empty();
    let options = Options {
        verify: false,
        max_buffer_size: MAX_BUFFER_SIZE,
        signing: Signing::Disabled,
        ..Options::default()
    };
    let begins = pieces(data).next().and_then(|piece| piece.first()) == Some(&Command::NEGOTIATE.0);
    let reached = if begins { reach(site, options) } else { log_on(site, options) };
    let (mut peer, ids) = reached.expect("alice is served");
    let (mut raw, mut successes) = (false, 0);
    for (number, piece) in pieces(data).take(MAX_MESSAGES).enumerate() {
        let frame = message(piece, ids, u16::try_from(number).unwrap_or_default());
        raw |= piece.first() == Some(&Command::READ_RAW.0);
        if peer.send_frame(&frame).is_err() {
            break;
        }
    }
    peer.shutdown_write().ok();
    loop {
        match peer.receive_frame(Duration::from_secs(10)) {
            // Who offers SMB 2 as well may get it, and what follows makes no sense there.
            Ok(frame) if begins && frame.starts_with(b"\xfeSMB") => successes += 1,
            Ok(frame) => successes += usize::from(check(&frame, raw)),
            Err(e) if e.is_disconnect() => break,
            Err(e) => panic!("the server neither answers nor closes: {e}"),
        }
    }
    drop(peer);
    if let Err(left) = site.settles() {
        panic!("left behind: {left:?}");
    }
    successes
}

/// What the pieces are about.
#[derive(Debug, Clone, Copy)]
struct Ids {
    user: u16,
    tree: u16,
    file: u16,
}

/// Connects and says nothing.
fn reach(site: &Site, options: Options) -> lanward_client::Result<(Connection, Ids)> {
    let c = Connection::open(site.address, options.timeout(Duration::from_secs(10)))?;
    Ok((c, Ids { user: 1, tree: 1, file: 1 }))
}

fn log_on(site: &Site, options: Options) -> lanward_client::Result<(Connection, Ids)> {
    let mut c = Connection::connect(site.address, options.timeout(Duration::from_secs(10)))?;
    let session = c.login(ALICE.0, ALICE.1)?;
    let tree: Tree = c.tree_connect(&session, "data")?;
    c.write_file(tree, "\\victim", b"something to read")?;
    let access = lanward_nt::AccessMask::FILE_ALL_ACCESS;
    let file = c.create(tree, &Create::open("\\victim", access))?;
    Ok((c, Ids { user: file.tree.user_id, tree: file.tree.id, file: file.id }))
}

/// Pieces of the input: a 16-bit length and as many bytes of it as there are.
fn pieces(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_le_bytes(*length) % 4096).min(behind.len());
        let (piece, behind) = behind.split_at(length);
        rest = behind;
        Some(piece)
    })
}

fn message(piece: &[u8], ids: Ids, number: u16) -> Vec<u8> {
    let (head, body) = piece.split_at(piece.len().min(2));
    let bits = head.get(1).copied().unwrap_or_default();
    let mut flags2 = Flags2::LONG_NAMES;
    flags2.set(Flags2::UNICODE, bits & 1 != 0);
    flags2.set(Flags2::NT_STATUS, bits & 2 != 0);
    let header = Header {
        command: Command(head.first().copied().unwrap_or_default()),
        flags2,
        process_id: 0x1234,
        tree_id: ids.tree,
        user_id: ids.user,
        // Secondary requests have the id of their primary.
        multiplex_id: 64 + number / 4,
        ..Header::default()
    };
    let mut message = header.to_bytes();
    let at = message.len();
    message.extend_from_slice(body);
    if let Some(place) = message[at..].windows(2).position(|w| w == [0xfe; 2]) {
        message[at + place..][..2].copy_from_slice(&ids.file.to_le_bytes());
    }
    message
}

/// Whether a message from the server says SUCCESS; `raw`: bytes without a header may be among them.
fn check(frame: &[u8], raw: bool) -> bool {
    let header = match Header::decode(&mut Reader::new(frame)) {
        Ok(header) => header,
        Err(_) if raw => return false,
        Err(error) => panic!("the response has no header: {error}"),
    };
    let told = header.command == Command::LOCKING_ANDX;
    assert!(header.flags.contains(Flags::REPLY) || told || raw, "a response says that it is one");
    let transactions = [Command::TRANSACTION, Command::TRANSACTION2, Command::NT_TRANSACT];
    let fits = frame.len() <= usize::from(MAX_BUFFER_SIZE);
    assert!(fits || !transactions.contains(&header.command), "an answer in parts that are too long");
    header.status == 0
}
