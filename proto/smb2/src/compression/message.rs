use super::pattern::scan;
use super::{
    CompressedPayload, CompressedPayloads, CompressionTransform, DecompressError, PatternPayload, compress,
    decompress,
};
use crate::field::{index, long};
use crate::messages::CompressionAlgorithm;
use lanward_wire::{Decode, Encode, Reader, Writer};

/// Connection.CompressionIds and Connection.SupportsChainedCompression: how two ends agreed to make messages smaller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compression {
    /// What both can, in the client's order.
    pub algorithms: Vec<CompressionAlgorithm>,
    /// A message may be a chain of payloads.
    pub chained: bool,
}

/// Room beyond the largest read or write that a message may come to, and the size of the header it is in front of ([MS-SMB2] 3.3.5.2.1.2).
const ROOM: usize = 256 + 16;
/// In a chain, less is left as it is.
const SMALLEST: usize = 1024;
/// SMB2_COMPRESSION_FLAG_CHAINED
const FLAG_CHAINED: u16 = 1;

impl Compression {
    /// Everything there is, best first.
    pub const ALL: [CompressionAlgorithm; 5] = [
        CompressionAlgorithm::PATTERN_V1,
        CompressionAlgorithm::LZ4,
        CompressionAlgorithm::LZ77,
        CompressionAlgorithm::LZ77_HUFFMAN,
        CompressionAlgorithm::LZNT1,
    ];

    /// The message that `frame`, from its COMPRESSION_TRANSFORM_HEADER on, stands for ([MS-SMB2] 3.3.5.2.1.2). `largest` is the largest
    /// of MaxReadSize, MaxWriteSize and MaxTransactSize.
    ///
    /// # Errors
    /// Any: the connection has to end.
    pub fn decompress_message(&self, frame: &[u8], largest: u32) -> Result<Vec<u8>, DecompressError> {
        let header = CompressionTransform::decode(&mut Reader::new(frame)).map_err(|_| DecompressError)?;
        let most = index(largest).saturating_add(ROOM);
        match header {
            CompressionTransform::Unchained {
                original_compressed_segment_size,
                algorithm,
                uncompressed,
                compressed,
            } => {
                let size = index(original_compressed_segment_size);
                if size > most || uncompressed.len() > most || !self.algorithms.contains(&algorithm) {
                    return Err(DecompressError);
                }
                let mut out = uncompressed.to_vec();
                decompress(algorithm, compressed, size, &mut out)?;
                Ok(out)
            }
            CompressionTransform::Chained { original_compressed_segment_size, payloads } => {
                let size = index(original_compressed_segment_size);
                if size > most || !self.chained {
                    return Err(DecompressError);
                }
                self.decompress_chain(payloads, size)
            }
        }
    }

    /// [MS-SMB2] 3.1.5.3
    fn decompress_chain(
        &self,
        payloads: CompressedPayloads<'_>,
        size: usize,
    ) -> Result<Vec<u8>, DecompressError> {
        let mut out = Vec::new();
        for payload in payloads.iter() {
            let left = size.saturating_sub(out.len());
            let algorithm = payload.algorithm;
            if algorithm != CompressionAlgorithm::NONE && !self.algorithms.contains(&algorithm) {
                return Err(DecompressError);
            }
            let length = match algorithm {
                CompressionAlgorithm::NONE => payload.data.len(),
                CompressionAlgorithm::PATTERN_V1 => index(pattern_of(&payload)?.repetitions),
                _ => index(payload.original_payload_size.ok_or(DecompressError)?),
            };
            if length > left {
                return Err(DecompressError);
            }
            match algorithm {
                CompressionAlgorithm::NONE => out.extend_from_slice(payload.data),
                CompressionAlgorithm::PATTERN_V1 => {
                    let pattern = pattern_of(&payload)?.pattern;
                    out.resize(out.len().saturating_add(length), pattern);
                }
                _ => decompress(algorithm, payload.data, length, &mut out)?,
            }
        }
        if out.len() == size { Ok(out) } else { Err(DecompressError) }
    }

    /// Appends `message` to `out` behind a COMPRESSION_TRANSFORM_HEADER, its first `plain` bytes as they are ([MS-SMB2] 3.1.4.4).
    /// `false`, with `out` as it was: that would not be smaller.
    pub fn compress_message(&self, message: &[u8], plain: usize, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        let (head, body) = message.split_at_checked(plain).unwrap_or((&[], message));
        if self.chained {
            self.compress_chain(head, body, out);
        } else {
            self.compress_one(head, body, out);
        }
        let smaller = (1..message.len()).contains(&out.len().saturating_sub(start));
        if !smaller {
            out.truncate(start);
        }
        smaller
    }

    /// The first algorithm of the list that makes a stream of bytes.
    fn stream_algorithm(&self) -> Option<CompressionAlgorithm> {
        let is_stream = |a: &&CompressionAlgorithm| **a != CompressionAlgorithm::PATTERN_V1;
        self.algorithms.iter().find(is_stream).copied()
    }

    fn compress_one(&self, uncompressed: &[u8], body: &[u8], out: &mut Vec<u8>) {
        let Some(algorithm) = self.stream_algorithm() else { return };
        let mut compressed = Vec::new();
        if !compress(algorithm, body, &mut compressed) || compressed.len() >= body.len() {
            return;
        }
        let header = CompressionTransform::Unchained {
            original_compressed_segment_size: long(body.len()),
            algorithm,
            uncompressed,
            compressed: &compressed,
        };
        header.encode(&mut Writer::new(out));
    }

    fn compress_chain(&self, head: &[u8], body: &[u8], out: &mut Vec<u8>) {
        let mut payloads = Vec::new();
        push(&mut payloads, CompressionAlgorithm::NONE, None, head);
        let patterns = self.algorithms.contains(&CompressionAlgorithm::PATTERN_V1);
        let (forward, backward) = if patterns { scan(body) } else { (None, None) };
        let runs = |p: &Option<PatternPayload>| p.map_or(0, |p| index(p.repetitions));
        let (first, last) = (runs(&forward), body.len().saturating_sub(runs(&backward)));
        push_pattern(&mut payloads, forward);
        let between = body.get(first..last).unwrap_or_default();
        let mut compressed = Vec::new();
        let algorithm = self.stream_algorithm().filter(|_| between.len() > SMALLEST);
        match algorithm.filter(|a| compress(*a, between, &mut compressed)) {
            Some(algorithm) if compressed.len() < between.len() => {
                push(&mut payloads, algorithm, Some(long(between.len())), &compressed);
            }
            _ => push(&mut payloads, CompressionAlgorithm::NONE, None, between),
        }
        push_pattern(&mut payloads, backward);
        let Ok(payloads) = CompressedPayloads::new(&payloads) else { return };
        let original_compressed_segment_size = long(head.len().saturating_add(body.len()));
        CompressionTransform::Chained { original_compressed_segment_size, payloads }
            .encode(&mut Writer::new(out));
    }
}

fn pattern_of(payload: &CompressedPayload<'_>) -> Result<PatternPayload, DecompressError> {
    PatternPayload::decode(&mut Reader::new(payload.data)).map_err(|_| DecompressError)
}

fn push_pattern(payloads: &mut Vec<u8>, pattern: Option<PatternPayload>) {
    let Some(pattern) = pattern else { return };
    let mut data = Vec::new();
    pattern.encode(&mut Writer::new(&mut data));
    push(payloads, CompressionAlgorithm::PATTERN_V1, None, &data);
}

/// Adds a payload, unless there is nothing in it; the first says that it begins a chain.
fn push(payloads: &mut Vec<u8>, algorithm: CompressionAlgorithm, size: Option<u32>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    let flags = if payloads.is_empty() { FLAG_CHAINED } else { 0 };
    CompressedPayload { algorithm, flags, original_payload_size: size, data }
        .encode(&mut Writer::new(payloads));
}
