//! The client's buffer, in which INFO structures go back ([MS-RPRN] 3.1.4.1.9).

use super::error;
use crate::win32;
use lanward_rpc::Fault;
use lanward_rpc::spoolss::Packed;

/// Most bytes of room that a client only says it has.
const MOST_ROOM: u32 = 512 * 1024;

/// What is in the client's buffer, how many bytes of it are used or would be, and how many structures there are.
pub(super) struct Answer {
    pub(super) buffer: Option<Vec<u8>>,
    pub(super) needed: u32,
    pub(super) returned: u32,
    pub(super) status: u32,
}

/// Puts structures into a client's buffer of `size` bytes, if they fit; otherwise it goes back as it came.
///
/// # Errors
/// BAD_STUB_DATA: the buffer is not as long as the client says.
pub(super) fn answer(
    buffer: Option<Vec<u8>>,
    size: u32,
    outcome: Result<Packed, u32>,
) -> Result<Answer, Fault> {
    if buffer.as_ref().is_some_and(|buffer| u32::try_from(buffer.len()) != Ok(size)) {
        return Err(Fault::BAD_STUB_DATA);
    }
    let packed = match outcome {
        Ok(packed) => packed,
        Err(status) => return Ok(Answer { buffer, needed: 0, returned: 0, status }),
    };
    let refused = |buffer, status| Answer { buffer, needed: packed.needed(), returned: 0, status };
    if packed.needed() > size {
        return Ok(refused(buffer, win32::INSUFFICIENT_BUFFER));
    }
    let Some(mut room) = buffer else {
        let status = if size == 0 { win32::SUCCESS } else { error::INVALID_USER_BUFFER };
        return Ok(refused(None, status));
    };
    packed.fill(&mut room);
    let (needed, returned) = (packed.needed(), packed.count());
    Ok(Answer { buffer: Some(room), needed, returned, status: win32::SUCCESS })
}

/// The same for a string and the NUL behind it ([MS-RPRN] 3.1.4.1.7).
///
/// # Errors
/// BAD_STUB_DATA: the buffer is not as long as the client says.
pub(super) fn answer_string(
    buffer: Option<Vec<u8>>,
    size: u32,
    outcome: Result<String, u32>,
) -> Result<Answer, Fault> {
    let refused = |status| Err(status);
    let text = match outcome {
        Ok(text) => lanward_wire::utf16le_bytes(&format!("{text}\0")),
        Err(status) => return answer(buffer, size, refused(status)),
    };
    let needed = u32::try_from(text.len()).unwrap_or(u32::MAX);
    if needed > size {
        let answer = answer(buffer, size, refused(win32::INSUFFICIENT_BUFFER))?;
        return Ok(Answer { needed, ..answer });
    }
    let answer = answer(buffer, size, refused(error::INVALID_USER_BUFFER))?;
    let Some(mut room) = answer.buffer else { return Ok(answer) };
    room.fill(0);
    room.iter_mut().zip(text).for_each(|(room, byte)| *room = byte);
    Ok(Answer { buffer: Some(room), needed, returned: 0, status: win32::SUCCESS })
}

/// What a client is given where it only says how much room it has.
///
/// # Errors
/// NO_MEMORY: nobody needs so much.
pub(super) fn zeros<T: Clone + Default>(count: u32) -> Result<Vec<T>, Fault> {
    if count > MOST_ROOM {
        return Err(Fault::NO_MEMORY);
    }
    Ok(vec![T::default(); usize::try_from(count).unwrap_or(0)])
}
