//! Compounds: several messages in one frame, chained by NextCommand ([MS-SMB2] 3.3.5.2.7, 3.3.4.1.3).

use core::fmt;
use core::ops::Range;

use crate::{Header, HeaderFlags};

/// One message of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it lies in the frame, with the padding up to the next message: the extent that is signed.
    pub range: Range<usize>,
    /// SMB2_FLAGS_RELATED_OPERATIONS: it takes session, tree and file from the message before it. On the first message
    /// of a frame that is for the caller to refuse ([MS-SMB2] 3.3.5.2.7.2); one without the flag behind others with it
    /// starts a new chain, as with Windows (<268>).
    pub related: bool,
}

/// Why a frame is no series of messages. The connection ends without an answer: nothing behind the fault can be told
/// from garbage ([MS-SMB2] 3.3.5.2.6, 3.3.5.2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompoundError {
    /// A message is shorter than an SMB2 header, or NextCommand leads into its own header or past the frame.
    Length,
    /// A message does not begin with 0xFE 'SMB'.
    ProtocolId,
    /// NextCommand is not a multiple of 8.
    Alignment,
    /// There are more messages than the caller takes.
    TooMany,
}

/// The messages of a frame of plaintext, in order, at least one and at most `max`. The whole frame is checked before
/// anything of it is used.
///
/// # Errors
/// [`CompoundError`]
pub fn split(frame: &[u8], max: usize) -> Result<Vec<Link>, CompoundError> {
    let mut links = Vec::with_capacity(1);
    let mut start = 0usize;
    while start < frame.len() || links.is_empty() {
        if links.len() >= max {
            return Err(CompoundError::TooMany);
        }
        let rest = frame.get(start..).unwrap_or_default();
        let end = start.saturating_add(first_message_len(rest)?);
        let related = HeaderFlags::from_bits_retain(field(rest, Header::FLAGS_OFFSET)?)
            .contains(HeaderFlags::RELATED_OPERATIONS);
        links.push(Link { range: start..end, related });
        start = end;
    }
    Ok(links)
}

/// Bytes of the first message in `rest`, with its padding: NextCommand, or all of `rest` if that is 0. Never less than a
/// header and never more than `rest`.
fn first_message_len(rest: &[u8]) -> Result<usize, CompoundError> {
    if rest.len() < Header::LEN {
        return Err(CompoundError::Length);
    }
    if !rest.starts_with(&Header::PROTOCOL_ID) {
        return Err(CompoundError::ProtocolId);
    }
    let next =
        usize::try_from(field(rest, Header::NEXT_COMMAND_OFFSET)?).map_err(|_| CompoundError::Length)?;
    if next == 0 {
        return Ok(rest.len());
    }
    if next % 8 != 0 {
        return Err(CompoundError::Alignment);
    }
    // A NextCommand that is exactly the rest would promise a message that is not there.
    if next < Header::LEN || next >= rest.len() {
        return Err(CompoundError::Length);
    }
    Ok(next)
}

/// Closes the message that begins at `start` in `frame` and reaches its end, so that another can be appended: pads it
/// with zeros to a multiple of 8 and sets its NextCommand. Gives where the next message begins. To be done before the
/// message is signed.
///
/// # Errors
/// There is no whole header at `start`, or the message is longer than 4 GiB; `frame` is as it was.
pub fn link(frame: &mut Vec<u8>, start: usize) -> Result<usize, CompoundError> {
    let message = frame.get(start..).filter(|m| m.len() >= Header::LEN).ok_or(CompoundError::Length)?;
    let len = message.len().checked_next_multiple_of(8).ok_or(CompoundError::Length)?;
    let next = u32::try_from(len).map_err(|_| CompoundError::Length)?;
    pad(frame, start);
    let at = start.saturating_add(Header::NEXT_COMMAND_OFFSET);
    if let Some(field) = frame.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *field = next.to_le_bytes();
    }
    Ok(start.saturating_add(len))
}

/// Pads the message that begins at `start` and reaches the end of `frame` with zeros to a multiple of 8: the last of a
/// compound of responses ([MS-SMB2] 3.3.4.1.3). A single response is not padded.
pub fn pad(frame: &mut Vec<u8>, start: usize) {
    let len = frame.len().saturating_sub(start).next_multiple_of(8);
    frame.resize(start.saturating_add(len), 0);
}

fn field(message: &[u8], at: usize) -> Result<u32, CompoundError> {
    let bytes = message.get(at..).and_then(<[u8]>::first_chunk).ok_or(CompoundError::Length)?;
    Ok(u32::from_le_bytes(*bytes))
}

impl fmt::Display for CompoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a message of a compound does not lie within its frame",
            Self::ProtocolId => "a message does not begin with an SMB2 header",
            Self::Alignment => "a message of a compound is not aligned to 8 bytes",
            Self::TooMany => "too many messages in a compound",
        })
    }
}

impl core::error::Error for CompoundError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_message_is_the_whole_frame() {
        let frame = message(7, false);
        assert_eq!(split(&frame, 1), Ok(vec![Link { range: 0..71, related: false }]));
        assert_eq!(split(&frame, 0), Err(CompoundError::TooMany));
    }

    #[test]
    fn a_related_chain() {
        let frame = chain(&[(9, false), (0, true), (3, true)]);
        let links = split(&frame, 3).unwrap();
        assert_eq!(links.iter().map(|l| l.range.clone()).collect::<Vec<_>>(), [0..80, 80..144, 144..211]);
        assert_eq!(links.iter().map(|l| l.related).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(split(&frame, 2), Err(CompoundError::TooMany));
    }

    #[test]
    fn what_is_no_chain() {
        let with_next = |next: u32| {
            let mut frame = chain(&[(0, false), (0, false)]);
            frame[20..24].copy_from_slice(&next.to_le_bytes());
            split(&frame, 10).map(|links| links.len())
        };
        assert_eq!(with_next(64), Ok(2));
        assert_eq!(with_next(0), Ok(1));
        assert_eq!(with_next(65), Err(CompoundError::Alignment));
        assert_eq!(with_next(56), Err(CompoundError::Length), "into its own header");
        assert_eq!(with_next(72), Err(CompoundError::Length), "the rest is shorter than a header");
        assert_eq!(with_next(128), Err(CompoundError::Length), "nothing follows");
        assert_eq!(with_next(0xffff_fff8), Err(CompoundError::Length));
        assert_eq!(split(&[], 10), Err(CompoundError::Length));
        assert_eq!(split(&[0; 64], 10), Err(CompoundError::ProtocolId));
    }

    #[test]
    fn linking_a_message_that_is_not_there() {
        let mut frame = vec![1; 70];
        assert_eq!(link(&mut frame, 7), Err(CompoundError::Length));
        assert_eq!(link(&mut frame, 71), Err(CompoundError::Length));
        assert_eq!(frame, vec![1; 70]);
    }

    proptest! {
        #[test]
        fn what_is_linked_is_split(bodies in prop::collection::vec((0..100usize, any::<bool>()), 1..20)) {
            let frame = chain(&bodies);
            let links = split(&frame, bodies.len()).unwrap();
            prop_assert_eq!(links.len(), bodies.len());
            for (l, (body, related)) in links.iter().zip(&bodies) {
                prop_assert_eq!(l.related, *related);
                prop_assert_eq!(l.range.start % 8, 0);
                prop_assert!(l.range.len() >= 64 + body && l.range.len() < 64 + body + 8);
            }
            prop_assert_eq!(links.last().unwrap().range.end, frame.len());
        }

        #[test]
        fn ranges_tile_the_frame_or_there_is_an_error(
            mut frame in prop::collection::vec(any::<u8>(), 0..600),
            nexts in prop::collection::vec(0..40u32, 8),
        ) {
            for (message, next) in frame.chunks_mut(64).zip(nexts) {
                if message.len() == 64 {
                    message[..4].copy_from_slice(&Header::PROTOCOL_ID);
                    message[20..24].copy_from_slice(&(next * 8).to_le_bytes());
                }
            }
            if let Ok(links) = split(&frame, 100) {
                let mut at = 0;
                for l in links {
                    prop_assert_eq!(l.range.start, at);
                    prop_assert!(l.range.len() >= 64);
                    at = l.range.end;
                }
                prop_assert_eq!(at, frame.len());
            }
        }
    }

    fn message(body: usize, related: bool) -> Vec<u8> {
        let mut message = vec![0xaa; 64 + body];
        message[..4].copy_from_slice(&Header::PROTOCOL_ID);
        message[16..20].copy_from_slice(&if related { 4u32 } else { 0 }.to_le_bytes());
        message[20..24].copy_from_slice(&[0; 4]);
        message
    }

    fn chain(bodies: &[(usize, bool)]) -> Vec<u8> {
        let mut frame = Vec::new();
        let mut start = 0;
        for (n, (body, related)) in bodies.iter().enumerate() {
            if n > 0 {
                start = link(&mut frame, start).unwrap();
            }
            assert_eq!(frame.len(), start);
            frame.extend(message(*body, *related));
        }
        frame
    }
}
