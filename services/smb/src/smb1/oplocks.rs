//! Oplocks as they stand in messages ([MS-CIFS] 3.3.4.2).

use super::connection::Connection;
use super::reply::Reply;
use lanward_fsa::{BreakNotice, OplockLevel};
use lanward_smb1::messages::{Capabilities, LockType, LockingAndxRequest};
use lanward_smb1::{Command, Flags2, Header, MessageWriter};

/// Nobody's process and request: what the server asks for itself.
const UNSOLICITED: u16 = 0xffff;

/// The request that tells of a break; `None` when the open it is about is closed by now. It is never signed ([MS-CIFS] 3.3.4.1).
pub(super) fn notification(connection: &Connection, notice: BreakNotice) -> Option<Reply> {
    let BreakNotice::Oplock { open, level } = notice else { return None };
    let entry = connection.opens().values().find(|e| e.open.volatile_id() == open).cloned()?;
    let knows_level_2 = connection.client().capabilities.contains(Capabilities::LEVEL_II_OPLOCKS);
    let request = LockingAndxRequest {
        fid: entry.fid,
        lock_type: LockType::OPLOCK_RELEASE,
        new_oplock_level: u8::from(level == OplockLevel::Two && knows_level_2),
        ..LockingAndxRequest::default()
    };
    let header = Header {
        command: Command::LOCKING_ANDX,
        flags2: Flags2::LONG_NAMES,
        process_id: UNSOLICITED.into(),
        tree_id: entry.tid,
        multiplex_id: UNSOLICITED,
        ..Header::default()
    };
    Reply::unsolicited(&header, |w: &mut MessageWriter<'_>| {
        lanward_smb1::Message::encode(&request, Command::LOCKING_ANDX, w);
    })
}
