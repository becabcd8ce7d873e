//! [MS-XCA] 2.5 LZNT1, by a library that knows no limit of its own: it gets one chunk at a time.

use super::DecompressError;
use lanward_wire::Reader;

/// Bytes a chunk comes to at most.
const CHUNK: usize = 4096;
/// Size of a chunk's body minus one, in its header.
const SIZE_MASK: u16 = 0x0fff;

pub(super) fn decompress(data: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), DecompressError> {
    let end = out.len().saturating_add(size);
    let mut r = Reader::new(data);
    while out.len() < end {
        let mut chunk = r.clone();
        let header = chunk.u16("Chunk_header").map_err(|_| DecompressError)?;
        if header == 0 {
            break;
        }
        let length = usize::from(header & SIZE_MASK).saturating_add(3);
        let chunk = r.bytes(length, "Chunk").map_err(|_| DecompressError)?;
        let before = out.len();
        ::lznt1::decompress(chunk, out).map_err(|_| DecompressError)?;
        if out.len().saturating_sub(before) > CHUNK {
            return Err(DecompressError);
        }
    }
    if out.len() == end { Ok(()) } else { Err(DecompressError) }
}
