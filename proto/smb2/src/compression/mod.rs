//! [MS-SMB2] 3.1.4.4 and 3.1.5.3: messages made smaller, and back, within exact limits.
//!
//! What a peer claims about a size is checked against the caller's limit before anything is decompressed, and a payload that comes to one
//! byte more or fewer than claimed is refused: that is all there was to SMBGhost and SMBleed.

mod huffman_code;
mod lz77;
mod lz77_huffman;
mod lznt1;
mod matcher;
mod message;
mod pattern;
mod transform;

pub use message::Compression;
pub use transform::{CompressedPayload, CompressedPayloads, CompressionTransform, PatternPayload};

use crate::messages::CompressionAlgorithm;

/// Bytes that are not what they claim to be compressed as, or not as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecompressError;

/// Appends exactly `size` bytes to `out`. Never more are held, but for the last 8 MiB at most that one chunk of LZNT1 may come to.
///
/// # Errors
/// An algorithm without a stream of bytes (NONE, Pattern_V1), data that is malformed, or that comes to another size. What `out` has behind its
/// old end means nothing then.
pub fn decompress(
    algorithm: CompressionAlgorithm,
    data: &[u8],
    size: usize,
    out: &mut Vec<u8>,
) -> Result<(), DecompressError> {
    match algorithm {
        CompressionAlgorithm::LZNT1 => lznt1::decompress(data, size, out),
        CompressionAlgorithm::LZ77 => lz77::decompress(data, size, out),
        CompressionAlgorithm::LZ77_HUFFMAN => lz77_huffman::decompress(data, size, out),
        CompressionAlgorithm::LZ4 => {
            let start = out.len();
            out.resize(start.saturating_add(size), 0);
            let room = out.get_mut(start..).ok_or(DecompressError)?;
            let written = lz4_flex::block::decompress_into(data, room).map_err(|_| DecompressError)?;
            if written == size { Ok(()) } else { Err(DecompressError) }
        }
        _ => Err(DecompressError),
    }
}

/// Appends `data`, compressed. `false`, with `out` as it was: the algorithm has no stream of bytes.
pub fn compress(algorithm: CompressionAlgorithm, data: &[u8], out: &mut Vec<u8>) -> bool {
    match algorithm {
        CompressionAlgorithm::LZNT1 => ::lznt1::compress(data, out),
        CompressionAlgorithm::LZ77 => lz77::compress(data, out),
        CompressionAlgorithm::LZ77_HUFFMAN => lz77_huffman::compress(data, out),
        CompressionAlgorithm::LZ4 => out.extend_from_slice(&lz4_flex::block::compress(data)),
        _ => return false,
    }
    true
}

/// Appends `length` bytes from `distance` before the end, which may overlap what is appended.
fn copy_match(
    out: &mut Vec<u8>,
    start: usize,
    size: usize,
    distance: usize,
    length: usize,
) -> Result<(), DecompressError> {
    let produced = out.len().saturating_sub(start);
    if distance == 0 || distance > produced || length > size.saturating_sub(produced) {
        return Err(DecompressError);
    }
    let from = out.len().saturating_sub(distance);
    let mut left = length;
    while left > 0 {
        // What was appended repeats what is there: each turn may take twice as much.
        let piece = left.min(out.len().saturating_sub(from));
        out.extend_from_within(from..from.saturating_add(piece));
        left = left.saturating_sub(piece);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
