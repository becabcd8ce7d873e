use crate::Utf16;
use crate::field::{counted16, index, short};
use lanward_nt::Guid;
use lanward_wire::wire_values;
use lanward_wire::{DecodeError, Reader, Writer};

wire_values! {
    /// A preauthentication integrity hash function ([MS-SMB2] 2.2.3.1.1).
    HashAlgorithm(u16) {
        /// SHA-512
        SHA_512 = 0x0001;
    }

    /// An encryption algorithm ([MS-SMB2] 2.2.3.1.2). 0 in a response says that there is none in common.
    CipherId(u16) {
        /// AES-128-CCM
        AES_128_CCM = 0x0001;
        /// AES-128-GCM
        AES_128_GCM = 0x0002;
        /// AES-256-CCM
        AES_256_CCM = 0x0003;
        /// AES-256-GCM
        AES_256_GCM = 0x0004;
    }

    /// A compression algorithm ([MS-SMB2] 2.2.3.1.3).
    CompressionAlgorithm(u16) {
        /// No compression
        NONE = 0x0000;
        /// LZNT1
        LZNT1 = 0x0001;
        /// LZ77
        LZ77 = 0x0002;
        /// LZ77+Huffman
        LZ77_HUFFMAN = 0x0003;
        /// Pattern scanning
        PATTERN_V1 = 0x0004;
        /// LZ4
        LZ4 = 0x0005;
    }

    /// A transform of data sent over RDMA ([MS-SMB2] 2.2.3.1.6).
    RdmaTransformId(u16) {
        /// None
        NONE = 0x0000;
        /// Encryption
        ENCRYPTION = 0x0001;
        /// Signing
        SIGNING = 0x0002;
    }

    /// A signing algorithm ([MS-SMB2] 2.2.3.1.7).
    SigningAlgorithmId(u16) {
        /// HMAC-SHA256
        HMAC_SHA256 = 0x0000;
        /// AES-CMAC
        AES_CMAC = 0x0001;
        /// AES-GMAC
        AES_GMAC = 0x0002;
    }

    /// The ContextType of a negotiate context ([MS-SMB2] 2.2.3.1).
    NegotiateContextType(u16) {
        /// SMB2_PREAUTH_INTEGRITY_CAPABILITIES
        PREAUTH_INTEGRITY_CAPABILITIES = 0x0001;
        /// SMB2_ENCRYPTION_CAPABILITIES
        ENCRYPTION_CAPABILITIES = 0x0002;
        /// SMB2_COMPRESSION_CAPABILITIES
        COMPRESSION_CAPABILITIES = 0x0003;
        /// SMB2_NETNAME_NEGOTIATE_CONTEXT_ID
        NETNAME_NEGOTIATE_CONTEXT_ID = 0x0005;
        /// SMB2_TRANSPORT_CAPABILITIES
        TRANSPORT_CAPABILITIES = 0x0006;
        /// SMB2_RDMA_TRANSFORM_CAPABILITIES
        RDMA_TRANSFORM_CAPABILITIES = 0x0007;
        /// SMB2_SIGNING_CAPABILITIES
        SIGNING_CAPABILITIES = 0x0008;
        /// SMB2_CONTEXTTYPE_RESERVED, which the POSIX extensions use as SMB3_POSIX_EXTENSIONS_AVAILABLE
        POSIX_EXTENSIONS_AVAILABLE = 0x0100;
    }
}

/// SMB2_COMPRESSION_CAPABILITIES_FLAG_CHAINED
pub const COMPRESSION_FLAG_CHAINED: u32 = 1;
/// SMB2_ACCEPT_TRANSPORT_LEVEL_SECURITY
pub const ACCEPT_TRANSPORT_LEVEL_SECURITY: u32 = 1;

/// The one version of the POSIX extensions there is: the name of their create context too.
pub const POSIX_EXTENSIONS_VERSION: Guid =
    Guid(*b"\x93\xad\x25\x50\x9c\xb4\x11\xe7\xb4\x23\x83\xde\x96\x8b\xcd\x7c");

/// More negotiate contexts than this in one message are refused: eight kinds exist, and the sender is not yet known.
const MAX_CONTEXTS: u16 = 256;
/// As many versions as a DataLength can say.
const MAX_VERSIONS: usize = 0xffff / 16;

/// [MS-SMB2] 2.2.3.1 SMB2_NEGOTIATE_CONTEXT
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegotiateContext<'a> {
    /// SMB2_PREAUTH_INTEGRITY_CAPABILITIES
    PreauthIntegrity {
        /// Hash functions offered, or the one chosen.
        hash_algorithms: Vec<HashAlgorithm>,
        /// Random bytes.
        salt: &'a [u8],
    },
    /// SMB2_ENCRYPTION_CAPABILITIES: ciphers offered, most preferred first, or the one chosen
    Encryption(Vec<CipherId>),
    /// SMB2_COMPRESSION_CAPABILITIES
    Compression {
        /// [`COMPRESSION_FLAG_CHAINED`] or 0.
        flags: u32,
        /// Algorithms offered, most preferred first.
        algorithms: Vec<CompressionAlgorithm>,
    },
    /// SMB2_NETNAME_NEGOTIATE_CONTEXT_ID: the server name that the client connects to
    NetName(Utf16<'a>),
    /// SMB2_TRANSPORT_CAPABILITIES: [`ACCEPT_TRANSPORT_LEVEL_SECURITY`] or 0
    Transport(u32),
    /// SMB2_RDMA_TRANSFORM_CAPABILITIES
    RdmaTransform(Vec<RdmaTransformId>),
    /// SMB2_SIGNING_CAPABILITIES: algorithms offered, most preferred first, or the one chosen
    Signing(Vec<SigningAlgorithmId>),
    /// SMB3_POSIX_EXTENSIONS_AVAILABLE: versions of the POSIX extensions offered, or the one chosen
    Posix(Vec<Guid>),
    /// Any other context, as it came.
    Unknown {
        /// Its type.
        context_type: NegotiateContextType,
        /// Its data.
        data: &'a [u8],
    },
}

impl<'a> NegotiateContext<'a> {
    /// The ContextType on the wire.
    #[must_use]
    pub const fn context_type(&self) -> NegotiateContextType {
        match self {
            Self::PreauthIntegrity { .. } => NegotiateContextType::PREAUTH_INTEGRITY_CAPABILITIES,
            Self::Encryption(_) => NegotiateContextType::ENCRYPTION_CAPABILITIES,
            Self::Compression { .. } => NegotiateContextType::COMPRESSION_CAPABILITIES,
            Self::NetName(_) => NegotiateContextType::NETNAME_NEGOTIATE_CONTEXT_ID,
            Self::Transport(_) => NegotiateContextType::TRANSPORT_CAPABILITIES,
            Self::RdmaTransform(_) => NegotiateContextType::RDMA_TRANSFORM_CAPABILITIES,
            Self::Signing(_) => NegotiateContextType::SIGNING_CAPABILITIES,
            Self::Posix(_) => NegotiateContextType::POSIX_EXTENSIONS_AVAILABLE,
            Self::Unknown { context_type, .. } => *context_type,
        }
    }

    fn decode_data(context_type: NegotiateContextType, data: &'a [u8]) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(data);
        Ok(match context_type {
            NegotiateContextType::PREAUTH_INTEGRITY_CAPABILITIES => {
                let (count, salt_len) = (r.u16("HashAlgorithmCount")?, r.u16("SaltLength")?);
                let hash_algorithms = decode_list_of(r, count, HashAlgorithm, "HashAlgorithms")?;
                Self::PreauthIntegrity { hash_algorithms, salt: r.bytes(salt_len.into(), "Salt")? }
            }
            NegotiateContextType::ENCRYPTION_CAPABILITIES => {
                let count = r.u16("CipherCount")?;
                Self::Encryption(decode_list_of(r, count, CipherId, "Ciphers")?)
            }
            NegotiateContextType::COMPRESSION_CAPABILITIES => {
                let count = r.u16("CompressionAlgorithmCount")?;
                r.skip(2, "Padding")?;
                let flags = r.u32("Flags")?;
                let algorithms = decode_list_of(r, count, CompressionAlgorithm, "CompressionAlgorithms")?;
                Self::Compression { flags, algorithms }
            }
            NegotiateContextType::NETNAME_NEGOTIATE_CONTEXT_ID => Self::NetName(Utf16(data)),
            NegotiateContextType::TRANSPORT_CAPABILITIES => Self::Transport(r.u32("Flags")?),
            NegotiateContextType::RDMA_TRANSFORM_CAPABILITIES => {
                let count = r.u16("TransformCount")?;
                r.skip(6, "Reserved1")?;
                Self::RdmaTransform(decode_list_of(r, count, RdmaTransformId, "RDMATransformIds")?)
            }
            NegotiateContextType::SIGNING_CAPABILITIES => {
                let count = r.u16("SigningAlgorithmCount")?;
                Self::Signing(decode_list_of(r, count, SigningAlgorithmId, "SigningAlgorithms")?)
            }
            // An end that is no whole version is passed over: what cannot be understood is not agreed on.
            NegotiateContextType::POSIX_EXTENSIONS_AVAILABLE => {
                Self::Posix(data.as_chunks::<16>().0.iter().copied().map(Guid).collect())
            }
            context_type => Self::Unknown { context_type, data },
        })
    }

    fn encode_data(&self, w: &mut Writer<'_>) {
        match self {
            Self::PreauthIntegrity { hash_algorithms, salt } => {
                let (salt, salt_len) = counted16(salt);
                w.u16(short(hash_algorithms.len()));
                w.u16(salt_len);
                hash_algorithms.iter().for_each(|a| w.u16(a.0));
                w.bytes(salt);
            }
            Self::Encryption(ciphers) => {
                w.u16(short(ciphers.len()));
                ciphers.iter().for_each(|c| w.u16(c.0));
            }
            Self::Compression { flags, algorithms } => {
                w.u16(short(algorithms.len()));
                w.u16(0);
                w.u32(*flags);
                algorithms.iter().for_each(|a| w.u16(a.0));
            }
            Self::NetName(name) => w.bytes(counted16(name.0).0),
            Self::Transport(flags) => w.u32(*flags),
            Self::RdmaTransform(ids) => {
                w.u16(short(ids.len()));
                w.zeros(6);
                ids.iter().for_each(|i| w.u16(i.0));
            }
            Self::Signing(algorithms) => {
                w.u16(short(algorithms.len()));
                algorithms.iter().for_each(|a| w.u16(a.0));
            }
            Self::Posix(versions) => versions.iter().take(MAX_VERSIONS).for_each(|v| w.bytes(&v.0)),
            Self::Unknown { data, .. } => w.bytes(counted16(data).0),
        }
    }
}

/// `count` 16-bit integers; checks that they are there before it makes room for them.
fn decode_list_of<T>(
    r: &mut Reader<'_>,
    count: u16,
    new: impl Fn(u16) -> T,
    field: &'static str,
) -> Result<Vec<T>, DecodeError> {
    let bytes = r.bytes(usize::from(count).saturating_mul(2), field)?;
    Ok(bytes.as_chunks::<2>().0.iter().map(|c| new(u16::from_le_bytes(*c))).collect())
}

/// An array of revision numbers.
pub(super) fn decode_ids(
    r: &mut Reader<'_>,
    count: u16,
    field: &'static str,
) -> Result<Vec<u16>, DecodeError> {
    decode_list_of(r, count, |id| id, field)
}

/// A 16-bit count and as many revision numbers.
pub(super) fn encode_counted_ids(ids: &[u16], w: &mut Writer<'_>) {
    let count = short(ids.len());
    w.u16(count);
    ids.iter().take(usize::from(count)).for_each(|id| w.u16(*id));
}

/// The NegotiateContextList at `offset` from the header: each context begins at a multiple of 8.
pub(super) fn decode_list<'a>(
    r: &Reader<'a>,
    offset: u32,
    count: u16,
) -> Result<Vec<NegotiateContext<'a>>, DecodeError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if count > MAX_CONTEXTS {
        return Err(DecodeError::invalid("NegotiateContextCount", "too many"));
    }
    let offset = index(offset);
    if offset < r.position() || !offset.is_multiple_of(8) {
        return Err(DecodeError::invalid(
            "NegotiateContextOffset",
            "must be a multiple of 8 behind the fixed part",
        ));
    }
    let mut list = Reader::new(r.whole());
    list.skip(offset, "NegotiateContextOffset")?;
    let mut contexts = Vec::new();
    for _ in 0..count {
        list.align(8, "Padding")?;
        let context_type = NegotiateContextType(list.u16("ContextType")?);
        let len = list.u16("DataLength")?;
        list.skip(4, "Reserved")?;
        contexts.push(NegotiateContext::decode_data(context_type, list.bytes(len.into(), "Data")?)?);
    }
    Ok(contexts)
}

/// Pads to a multiple of 8 and writes the contexts, padding between them.
pub(super) fn encode_list(contexts: &[NegotiateContext<'_>], w: &mut Writer<'_>) {
    for context in contexts.iter().take(usize::from(u16::MAX)) {
        w.align(8);
        w.u16(context.context_type().0);
        let length_at = w.position();
        w.zeros(6);
        let data_at = w.position();
        context.encode_data(w);
        let len = short(w.position().saturating_sub(data_at));
        w.patch(length_at, &len.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::create_context_name;

    fn list(bytes: &[u8]) -> Vec<NegotiateContext<'_>> {
        decode_list(&Reader::new(bytes), 8, 1).unwrap()
    }

    #[test]
    fn posix_extensions_as_bytes() {
        let version =
            [0x93, 0xad, 0x25, 0x50, 0x9c, 0xb4, 0x11, 0xe7, 0xb4, 0x23, 0x83, 0xde, 0x96, 0x8b, 0xcd, 0x7c];
        let bytes = [&[0; 8][..], &[0x00, 0x01, 16, 0, 0, 0, 0, 0], &version].concat();
        let context = NegotiateContext::Posix(vec![POSIX_EXTENSIONS_VERSION]);
        let mut written = vec![0; 8];
        encode_list(std::slice::from_ref(&context), &mut Writer::new(&mut written));
        assert_eq!(written, bytes);
        assert_eq!(list(&bytes), [context]);
        assert_eq!(version, create_context_name::POSIX);
    }

    #[test]
    fn posix_extensions_of_another_length_offer_what_is_whole() {
        let other = [7; 16];
        let two = [&[0; 8][..], &[0x00, 0x01, 33, 0, 0, 0, 0, 0], &POSIX_EXTENSIONS_VERSION.0, &other, &[1]]
            .concat();
        assert_eq!(list(&two), [NegotiateContext::Posix(vec![POSIX_EXTENSIONS_VERSION, Guid(other)])]);
        let short = [&[0; 8][..], &[0x00, 0x01, 3, 0, 0, 0, 0, 0], &[1, 2, 3]].concat();
        assert_eq!(list(&short), [NegotiateContext::Posix(Vec::new())]);
    }
}
