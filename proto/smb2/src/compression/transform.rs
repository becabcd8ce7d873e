use crate::field::{counted32, index, long};
use crate::messages::CompressionAlgorithm;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-SMB2] 2.2.42 SMB2 COMPRESSION_TRANSFORM_HEADER and what follows it: a whole compressed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompressionTransform<'a> {
    /// [MS-SMB2] 2.2.42.1 SMB2_COMPRESSION_TRANSFORM_HEADER_UNCHAINED
    Unchained {
        /// Bytes of the segment once it is decompressed: what the peer claims.
        original_compressed_segment_size: u32,
        /// How the segment is compressed.
        algorithm: CompressionAlgorithm,
        /// What stands before the segment as it is: the header of the message, or more.
        uncompressed: &'a [u8],
        /// The segment.
        compressed: &'a [u8],
    },
    /// [MS-SMB2] 2.2.42.2 SMB2_COMPRESSION_TRANSFORM_HEADER_CHAINED
    Chained {
        /// Bytes of the message once it is decompressed: what the peer claims.
        original_compressed_segment_size: u32,
        /// The payloads.
        payloads: CompressedPayloads<'a>,
    },
}

/// SMB2_COMPRESSION_FLAG_CHAINED
const FLAG_CHAINED: u16 = 1;

impl CompressionTransform<'_> {
    /// ProtocolId: 0xFC, 'S', 'M', 'B'.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xfcSMB";
}

impl<'a> Decode<'a> for CompressionTransform<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let protocol_id = r.array("ProtocolId")?;
        if protocol_id != Self::PROTOCOL_ID {
            return Err(DecodeError::unexpected("ProtocolId", u32::from_be_bytes(protocol_id)));
        }
        let original_compressed_segment_size = r.u32("OriginalCompressedSegmentSize")?;
        let mut chain = r.clone();
        let algorithm = CompressionAlgorithm(r.u16("CompressionAlgorithm")?);
        if r.u16("Flags")? == FLAG_CHAINED {
            r.rest();
            let payloads = CompressedPayloads::new(chain.rest())?;
            return Ok(Self::Chained { original_compressed_segment_size, payloads });
        }
        let offset = index(r.u32("Offset")?);
        let uncompressed = r.bytes(offset, "Offset")?;
        Ok(Self::Unchained {
            original_compressed_segment_size,
            algorithm,
            uncompressed,
            compressed: r.rest(),
        })
    }
}

impl Encode for CompressionTransform<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&Self::PROTOCOL_ID);
        match self {
            Self::Unchained { original_compressed_segment_size, algorithm, uncompressed, compressed } => {
                let (uncompressed, offset) = counted32(uncompressed);
                w.u32(*original_compressed_segment_size);
                w.u16(algorithm.0);
                w.u16(0);
                w.u32(offset);
                w.bytes(uncompressed);
                w.bytes(compressed);
            }
            Self::Chained { original_compressed_segment_size, payloads } => {
                w.u32(*original_compressed_segment_size);
                w.bytes(payloads.0);
            }
        }
    }
}

/// A list of [MS-SMB2] 2.2.42.2.1 SMB2_COMPRESSION_CHAINED_PAYLOAD_HEADER whose shape was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressedPayloads<'a>(&'a [u8]);

/// More payloads than this in one message are refused: each costs its receiver a decompression.
const MAX_PAYLOADS: usize = 1024;

impl<'a> CompressedPayloads<'a> {
    /// Checks a list from its first payload to its last.
    ///
    /// # Errors
    /// A payload is cut off, or there are more than 1024.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        for _ in 0..MAX_PAYLOADS {
            if r.is_empty() {
                return Ok(Self(bytes));
            }
            CompressedPayload::decode(&mut r)?;
        }
        Err(DecodeError::invalid("CompressionPayloadHeader", "too many"))
    }

    /// The payloads in their order; together they are the message.
    pub fn iter(self) -> impl Iterator<Item = CompressedPayload<'a>> {
        let mut r = Reader::new(self.0);
        core::iter::from_fn(move || if r.is_empty() { None } else { CompressedPayload::decode(&mut r).ok() })
    }
}

/// One payload of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressedPayload<'a> {
    /// How it is compressed; NONE where it is not.
    pub algorithm: CompressionAlgorithm,
    /// SMB2_COMPRESSION_FLAG_CHAINED (1) in the first payload of the chain.
    pub flags: u16,
    /// Bytes it has once decompressed, where the algorithm is LZNT1, LZ77, LZ77+Huffman or LZ4.
    pub original_payload_size: Option<u32>,
    /// The payload; a [`PatternPayload`] with PATTERN_V1.
    pub data: &'a [u8],
}

const fn has_original_size(algorithm: CompressionAlgorithm) -> bool {
    matches!(
        algorithm,
        CompressionAlgorithm::LZNT1
            | CompressionAlgorithm::LZ77
            | CompressionAlgorithm::LZ77_HUFFMAN
            | CompressionAlgorithm::LZ4
    )
}

impl<'a> Decode<'a> for CompressedPayload<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let algorithm = CompressionAlgorithm(r.u16("CompressionAlgorithm")?);
        let flags = r.u16("Flags")?;
        let len = index(r.u32("Length")?);
        let payload = &mut Reader::new(r.bytes(len, "Payload")?);
        let original_payload_size =
            if has_original_size(algorithm) { Some(payload.u32("OriginalPayloadSize")?) } else { None };
        Ok(Self { algorithm, flags, original_payload_size, data: payload.rest() })
    }
}

impl Encode for CompressedPayload<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let size = has_original_size(self.algorithm).then_some(self.original_payload_size.unwrap_or(0));
        let size_len = if size.is_some() { 4 } else { 0 };
        w.u16(self.algorithm.0);
        w.u16(self.flags);
        w.u32(long(self.data.len().saturating_add(size_len)));
        if let Some(size) = size {
            w.u32(size);
        }
        w.bytes(self.data);
    }
}

/// [MS-SMB2] 2.2.42.2.2 SMB2_COMPRESSION_PATTERN_PAYLOAD_V1: one byte, many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternPayload {
    /// The byte.
    pub pattern: u8,
    /// How many times: what the peer claims.
    pub repetitions: u32,
}

impl Decode<'_> for PatternPayload {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let pattern = r.u8("Pattern")?;
        r.skip(3, "Reserved1")?;
        Ok(Self { pattern, repetitions: r.u32("Repetitions")? })
    }
}

impl Encode for PatternPayload {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.pattern);
        w.zeros(3);
        w.u32(self.repetitions);
    }
}
