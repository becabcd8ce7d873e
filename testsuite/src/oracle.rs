//! What must hold whatever a client sends: a whole server takes frames made from arbitrary bytes.

use crate::{ALICE, Site};
use lanward_client::{Connection, Create, Options, Tree};
use lanward_nt::dfsc::{DecodedReferrals, ReferralRequest};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{NtString, Sid, fscc};
use lanward_smb2::messages::CreateDisposition;
use lanward_smb2::{Command, Header, MessageId, SessionId, TreeId, compound};
use lanward_wire::{Decode, Encode, Reader};
use std::time::Duration;

/// Frames that one input makes at most.
const MAX_FRAMES: usize = 24;

/// How the frames of an input reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// On a socket where nothing was said.
    Raw,
    /// After NEGOTIATE.
    Negotiated,
    /// With a session, a tree connect and an open file, whose ids are put into the messages.
    LoggedOn,
}

/// One connection of `site`, whose share is emptied, takes `data`: the first byte says how far it has come, the rest are pieces, each with its length in front.
/// After a log-on a piece is the body of a command, or a compound of several. Every response must be well formed, the connection must end,
/// and nothing may be left of it.
///
/// # Panics
/// Something does not hold: a fault in the server.
pub fn connection(site: &Site, data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let start = match first % 4 {
        0 => Start::Raw,
        1 => Start::Negotiated,
        _ => Start::LoggedOn,
    };
    site.empty();
    let options = Options { verify: false, ..Options::default() };
    let mut peer = Peer::new(site, start, options);
    let mut sent = 0;
    for piece in pieces(rest).take(MAX_FRAMES) {
        let frame = peer.frame(start, piece);
        if peer.connection.send_frame(&frame).is_err() {
            break;
        }
        sent += 1;
    }
    // The end of what is sent: the server answers what it has and closes.
    peer.connection.shutdown_write().ok();
    peer.read_to_end(sent);
    drop(peer);
    if let Err(left) = site.settles() {
        panic!("left behind: {left:?}");
    }
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

struct Peer {
    connection: Connection,
    tree: Option<Tree>,
    file: [u8; 16],
    next: u64,
}

impl Peer {
    fn new(site: &Site, start: Start, options: Options) -> Self {
        let connection = match start {
            Start::Raw => Connection::open(site.address, options),
            Start::Negotiated | Start::LoggedOn => site.connect(options),
        };
        let mut peer = Self {
            connection: connection.expect("the server takes another connection"),
            tree: None,
            file: [0; 16],
            next: 0,
        };
        if start == Start::LoggedOn {
            peer.log_on().expect("alice is served");
        }
        peer.next = peer.connection.next_message_id().0;
        peer
    }

    fn log_on(&mut self) -> lanward_client::Result<()> {
        let session = self.connection.login(ALICE.0, ALICE.1)?;
        let tree = self.connection.tree_connect(session, "data")?;
        let create = Create::new_file("victim").disposition(CreateDisposition::OVERWRITE_IF);
        let id = self.connection.create(tree, &create)?.file.id;
        self.tree = Some(tree);
        self.file[..8].copy_from_slice(&id.persistent.to_le_bytes());
        self.file[8..].copy_from_slice(&id.volatile.to_le_bytes());
        Ok(())
    }

    /// A raw piece is a frame as it is. Later a piece is one or more messages: a command, its flags, and its body, in which 16 bytes 0xfe
    /// stand for the open file.
    fn frame(&mut self, start: Start, piece: &[u8]) -> Vec<u8> {
        if start == Start::Raw {
            return piece.to_vec();
        }
        let mut frame = Vec::new();
        let mut parts = piece.split(|b| *b == 0xcd).peekable();
        while let Some(part) = parts.next() {
            let mut message = self.message(part);
            if parts.peek().is_some() {
                message.resize(message.len().next_multiple_of(8), 0);
                let next = u32::try_from(message.len()).unwrap_or_default();
                message[Header::NEXT_COMMAND_OFFSET..][..4].copy_from_slice(&next.to_le_bytes());
            }
            frame.extend_from_slice(&message);
        }
        frame
    }

    fn message(&mut self, part: &[u8]) -> Vec<u8> {
        let (head, body) = part.split_at(part.len().min(2));
        let flags = head.get(1).copied().unwrap_or_default();
        let header = Header {
            credit_charge: 1,
            command: Command(head.first().map_or(13, |c| u16::from(c % 20))),
            credits: 4,
            flags: lanward_smb2::HeaderFlags::from_bits_retain(u32::from(flags & 0x06)),
            message_id: MessageId(self.next),
            tree_id: self.tree.map_or(TreeId(0), |t| t.id),
            session_id: self.tree.map_or(SessionId(0), |t| t.session),
            ..Header::default()
        };
        if header.command != Command::CANCEL {
            self.next += 1;
        }
        let mut message = header.to_bytes();
        let at = message.len();
        message.extend_from_slice(body);
        if let Some(place) = message[at..].windows(16).position(|w| w.iter().all(|b| *b == 0xfe)) {
            message[at + place..][..16].copy_from_slice(&self.file);
        }
        message
    }

    fn read_to_end(&mut self, sent: usize) {
        let mut frames = 0;
        loop {
            match self.connection.receive_frame(Duration::from_secs(10)) {
                Ok(frame) => check(&frame),
                Err(e) if e.is_disconnect() => return,
                Err(e) => panic!("the server neither answers nor closes: {e}"),
            }
            frames += 1;
            // An interim response and a final one for each at most.
            assert!(frames <= 2 * sent, "more responses than requests");
        }
    }
}

/// A frame from the server: one or more whole responses.
fn check(frame: &[u8]) {
    let links = compound::split(frame, usize::MAX).expect("the response is a chain of messages");
    for link in links {
        let header = Header::decode(&mut Reader::new(&frame[link.range])).expect("the response has a header");
        assert!(header.is_response(), "a response says that it is one");
    }
}

/// The bytes as each structure of files and security; what decodes survives a round trip.
///
/// # Panics
/// A decoder and its encoder disagree.
pub fn nt(data: &[u8]) {
    there_and_back::<SecurityDescriptor>(data);
    there_and_back::<Acl>(data);
    there_and_back::<Ace>(data);
    there_and_back::<Sid>(data);
    if let Ok(list) = fscc::decode_full_ea(data) {
        assert!(list.iter().map(|ea| ea.value.len() + ea.name.len()).sum::<usize>() <= data.len());
    }
    if let Ok(names) = fscc::decode_get_ea(data) {
        assert!(names.iter().map(Vec::len).sum::<usize>() <= data.len());
    }
    there_and_back::<fscc::FileNameInformation>(data);
    there_and_back::<fscc::FilePosixInformation>(data);
    let _ = fscc::FilePosixInformation::decode_entry(&mut Reader::new(data));
    let name = NtString::from_utf16le(data).from_posix_path();
    assert_eq!(name.from_posix_path(), name);
    assert!(!name.units().iter().any(|u| matches!(u, 0x2f | 0x3a)));
    there_and_back::<fscc::FileLevelTrim>(data);
    there_and_back::<fscc::FileObjectId>(data);
    there_and_back::<fscc::FileRegion>(data);
    there_and_back::<fscc::FileRegionOutput>(data);
    there_and_back::<fscc::NtfsVolumeData>(data);
    there_and_back::<fscc::ReparsePoint>(data);
    there_and_back::<fscc::SymbolicLink>(data);
    there_and_back::<ReferralRequest>(data);
    if let Ok(request) = ReferralRequest::decode_ex(&mut Reader::new(data)) {
        assert!(2 * request.path.units().len() <= data.len());
    }
    if let Ok(answer) = DecodedReferrals::decode(&mut Reader::new(data)) {
        assert!(8 * answer.entries.len() <= data.len());
    }
}

fn there_and_back<T: for<'a> Decode<'a> + Encode>(data: &[u8]) {
    if let Ok(value) = T::decode(&mut Reader::new(data)) {
        let bytes = value.to_bytes();
        let again = T::decode(&mut Reader::new(&bytes)).map(|v| v.to_bytes());
        assert_eq!(again, Ok(bytes), "a value changed on its way through its bytes");
    }
}
