//! Pipes as SMB1 tells of them ([MS-CIFS] 2.2.1.3 SMB_NMPIPE_STATUS).

use lanward_server::PipeOpen;
use lanward_smb1::{PipeStatus, ResourceType};

/// ICount: as many instances as are wanted.
const ANY_NUMBER: u16 = 0xff;

/// How an open pipe is.
pub(crate) fn status(pipe: &PipeOpen) -> PipeStatus {
    let mode = pipe.mode();
    let mut status = PipeStatus::from_bits_retain(ANY_NUMBER);
    status.set(PipeStatus::MESSAGE_TYPE, pipe.is_message_type());
    status.set(PipeStatus::MESSAGE_READ, mode.message_read);
    status.set(PipeStatus::NONBLOCKING, mode.nonblocking);
    status
}

/// What opens are told that it is.
pub(crate) fn kind(pipe: &PipeOpen) -> ResourceType {
    if pipe.is_message_type() { ResourceType::MESSAGE_MODE_PIPE } else { ResourceType::BYTE_MODE_PIPE }
}

/// Bytes that can be read now, as far as 16 bits count.
pub(crate) fn available(pipe: &PipeOpen) -> u16 {
    let available = pipe.peek(0, &mut Vec::new()).map_or(0, |peek| peek.available);
    u16::try_from(available).unwrap_or(u16::MAX)
}
