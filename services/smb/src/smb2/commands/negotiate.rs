//! [MS-SMB2] 3.3.5.3 and 3.3.5.4: from SMB1's multi-protocol NEGOTIATE or SMB2's own to a dialect.

use crate::service::{now, random};
use crate::smb2::connection::{Connection, Negotiated};
use crate::smb2::context::{Context, Fault, Outcome};
use crate::smb2::reply::{Out, Protection, Reply};
use lanward_auth::SpnegoAcceptor;
use lanward_nt::{FileTime, NtStatus};
use lanward_server::{ConnectionProtection, Zone};
use lanward_smb2::messages::{
    Capabilities, CipherId, CompressionAlgorithm, HashAlgorithm, NegotiateContext, NegotiateRequest,
    NegotiateResponse, POSIX_EXTENSIONS_VERSION, SecurityMode, SigningAlgorithmId,
};
use lanward_smb2::{Cipher, Command, Compression, Dialect, Header, HeaderFlags, SigningAlgorithm};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::Arc;

/// Fastest first; all are sound.
const CIPHERS: [Cipher; 4] = [Cipher::Aes128Gcm, Cipher::Aes256Gcm, Cipher::Aes128Ccm, Cipher::Aes256Ccm];
const SIGNING: [SigningAlgorithm; 3] =
    [SigningAlgorithm::AesGmac, SigningAlgorithm::AesCmac, SigningAlgorithm::HmacSha256];

/// SMB2_COMPRESSION_CAPABILITIES_FLAG_CHAINED
const COMPRESSION_CHAINED: u32 = 1;

/// What the contexts of a 3.1.1 request settle.
#[derive(Debug, Default)]
struct Agreed {
    /// `Some(None)`: the client offered ciphers, none of them ours.
    cipher: Option<Option<Cipher>>,
    signing: Option<SigningAlgorithm>,
    compression: Option<Compression>,
    /// The POSIX extensions, in the one version there is.
    posix: bool,
}

pub(in crate::smb2) fn negotiate(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    if context.connection.negotiated().is_some() {
        return Err(Fault::Disconnect("NEGOTIATE twice"));
    }
    if context.header.flags.contains(HeaderFlags::SIGNED) {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let request = NegotiateRequest::decode(r)?;
    let zone = context.connection.zone();
    let dialect = choose_dialect(&zone, &request).ok_or(NtStatus::NOT_SUPPORTED)?;
    let mut agreed = if dialect == Dialect::V3_1_1 { agree(&request.contexts)? } else { Agreed::default() };
    agreed.posix &= zone.posix;
    let mut capabilities = capabilities(dialect, &request);
    if context.connection.is_netbios() {
        // [MS-SMB2] 3.3.5.4: large transfers are for direct TCP.
        capabilities.remove(Capabilities::LARGE_MTU);
    }
    if context.connection.service.server.is_dfs_capable() {
        capabilities |= Capabilities::DFS;
    }
    if dialect.is_smb3()
        && request.capabilities.contains(Capabilities::PERSISTENT_HANDLES)
        && context.connection.service.server.keeps_opens()
    {
        capabilities |= Capabilities::PERSISTENT_HANDLES;
    }
    let large = capabilities.contains(Capabilities::LARGE_MTU);
    let negotiated = Negotiated {
        dialect,
        client_guid: request.client_guid,
        client_security_mode: request.security_mode,
        client_capabilities: request.capabilities,
        client_dialects: request.dialects.clone(),
        capabilities,
        security_mode: security_mode(context.connection, &zone),
        cipher: match dialect {
            Dialect::V3_1_1 => agreed.cipher.flatten(),
            _ => capabilities.contains(Capabilities::ENCRYPTION).then_some(Cipher::Aes128Ccm),
        },
        signing: match dialect {
            Dialect::V2_0_2 | Dialect::V2_1 => SigningAlgorithm::HmacSha256,
            _ => agreed.signing.unwrap_or(SigningAlgorithm::AesCmac),
        },
        compression: agreed.compression.clone().filter(|c| !c.algorithms.is_empty()).map(Arc::new),
        posix: agreed.posix,
        max_transfer: if large { context.connection.service.config.max_transfer } else { 0x1_0000 },
    };
    let salt: [u8; 32] = random();
    let contexts = if dialect == Dialect::V3_1_1 { answer_contexts(&agreed, &salt) } else { Vec::new() };
    let hint = SpnegoAcceptor::hint();
    let response = response(context.connection, &negotiated, dialect.revision(), &hint, contexts);
    out.body(|w| response.encode(w));
    context.connection.entry.set_dialect(dialect.revision());
    context.connection.entry.set_protection(protection(&negotiated));
    if dialect != Dialect::V2_0_2 {
        context.connection.entry.set_client_guid(negotiated.client_guid);
    }
    context.connection.settle(negotiated);
    Ok(NtStatus::SUCCESS)
}

/// Answers an SMB1 NEGOTIATE that offers SMB 2: 2.0.2, or by the wildcard any.
pub(in crate::smb2) fn multi_protocol_negotiate(connection: &Connection, wildcard: bool) -> Reply {
    let zone = connection.zone();
    let revision = if wildcard { Dialect::WILDCARD } else { Dialect::V2_0_2.revision() };
    let negotiated = Negotiated {
        dialect: Dialect::V2_0_2,
        client_guid: lanward_nt::Guid::default(),
        client_security_mode: SecurityMode::default(),
        client_capabilities: Capabilities::default(),
        client_dialects: vec![Dialect::V2_0_2.revision()],
        capabilities: Capabilities::default(),
        security_mode: security_mode(connection, &zone),
        cipher: None,
        signing: SigningAlgorithm::HmacSha256,
        compression: None,
        max_transfer: 0x1_0000,
        posix: false,
    };
    let hint = SpnegoAcceptor::hint();
    let response = response(connection, &negotiated, revision, &hint, Vec::new());
    let mut out = Out::new(false);
    out.body(|w| response.encode(w));
    connection.consume_first();
    let header = Header { command: Command::NEGOTIATE, ..Header::default() }.response(NtStatus::SUCCESS);
    out.set_header(&Header { credits: 1, ..header });
    if !wildcard {
        connection.entry.set_dialect(revision);
        connection.entry.set_protection(protection(&negotiated));
        connection.settle(negotiated);
    }
    Reply::new(out, Protection::None)
}

/// What was agreed, as the live lists show it.
fn protection(negotiated: &Negotiated) -> ConnectionProtection {
    ConnectionProtection {
        signing: match negotiated.signing {
            SigningAlgorithm::HmacSha256 => lanward_server::SigningAlgorithm::HmacSha256,
            SigningAlgorithm::AesCmac => lanward_server::SigningAlgorithm::AesCmac,
            SigningAlgorithm::AesGmac => lanward_server::SigningAlgorithm::AesGmac,
        },
        cipher: negotiated.cipher.map(|cipher| match cipher {
            Cipher::Aes128Ccm => lanward_server::Cipher::Aes128Ccm,
            Cipher::Aes128Gcm => lanward_server::Cipher::Aes128Gcm,
            Cipher::Aes256Ccm => lanward_server::Cipher::Aes256Ccm,
            Cipher::Aes256Gcm => lanward_server::Cipher::Aes256Gcm,
        }),
    }
}

/// The newest dialect both ends and the zone know.
fn choose_dialect(zone: &Zone, request: &NegotiateRequest<'_>) -> Option<Dialect> {
    let allowed = |d: &Dialect| (zone.min_dialect..=zone.max_dialect).contains(&d.revision());
    Dialect::ALL.into_iter().rev().find(|d| allowed(d) && request.offers(*d))
}

fn security_mode(connection: &Connection, zone: &Zone) -> SecurityMode {
    if connection.service.server.asks_for_signing(zone) {
        SecurityMode::SIGNING_ENABLED | SecurityMode::SIGNING_REQUIRED
    } else {
        SecurityMode::SIGNING_ENABLED
    }
}

fn capabilities(dialect: Dialect, request: &NegotiateRequest<'_>) -> Capabilities {
    let mut capabilities = Capabilities::default();
    if dialect >= Dialect::V2_1 {
        capabilities |= Capabilities::LARGE_MTU | Capabilities::LEASING;
    }
    if dialect >= Dialect::V3_0 && request.capabilities.contains(Capabilities::DIRECTORY_LEASING) {
        capabilities |= Capabilities::DIRECTORY_LEASING;
    }
    // In 3.1.1 the context says it all ([MS-SMB2] 3.3.5.4).
    let has_no_context = matches!(dialect, Dialect::V3_0 | Dialect::V3_0_2);
    let offered = has_no_context && request.capabilities.contains(Capabilities::ENCRYPTION);
    if offered {
        capabilities |= Capabilities::ENCRYPTION;
    }
    if dialect.is_smb3() && request.capabilities.contains(Capabilities::MULTI_CHANNEL) {
        capabilities |= Capabilities::MULTI_CHANNEL;
    }
    capabilities
}

/// [MS-SMB2] 3.3.5.4: at most one of each context, those that are ignored here too, and a hash both ends know.
fn agree(contexts: &[NegotiateContext<'_>]) -> Result<Agreed, NtStatus> {
    let mut agreed = Agreed::default();
    let (mut hashed, mut rdma) = (false, 0);
    for context in contexts {
        match context {
            NegotiateContext::Compression { flags, algorithms } => {
                let before = agreed.compression.replace(common(*flags, algorithms));
                if before.is_some() || algorithms.is_empty() {
                    return Err(NtStatus::INVALID_PARAMETER);
                }
            }
            NegotiateContext::RdmaTransform(_) => rdma += 1,
            NegotiateContext::PreauthIntegrity { hash_algorithms, .. } => {
                if std::mem::replace(&mut hashed, true) {
                    return Err(NtStatus::INVALID_PARAMETER);
                }
                if !hash_algorithms.contains(&HashAlgorithm::SHA_512) {
                    return Err(NtStatus::SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP);
                }
            }
            NegotiateContext::Encryption(offered) => {
                let cipher = CIPHERS.into_iter().find(|c| offered.contains(&CipherId(c.id())));
                if agreed.cipher.replace(cipher).is_some() || offered.is_empty() {
                    return Err(NtStatus::INVALID_PARAMETER);
                }
            }
            NegotiateContext::Signing(offered) => {
                let signing = SIGNING.into_iter().find(|s| offered.contains(&SigningAlgorithmId(s.id())));
                if agreed.signing.is_some() || offered.is_empty() {
                    return Err(NtStatus::INVALID_PARAMETER);
                }
                agreed.signing = Some(signing.unwrap_or(SigningAlgorithm::AesCmac));
            }
            NegotiateContext::Posix(versions) => {
                agreed.posix |= versions.contains(&POSIX_EXTENSIONS_VERSION);
            }
            _ => {}
        }
    }
    if hashed && rdma <= 1 { Ok(agreed) } else { Err(NtStatus::INVALID_PARAMETER) }
}

/// [MS-SMB2] 3.3.5.4: what both can, in the client's order. A pattern is a payload of a chain only.
fn common(flags: u32, offered: &[CompressionAlgorithm]) -> Compression {
    let chained = flags & COMPRESSION_CHAINED != 0;
    let known = |a: &&CompressionAlgorithm| {
        Compression::ALL.contains(a) && (chained || **a != CompressionAlgorithm::PATTERN_V1)
    };
    let mut algorithms: Vec<CompressionAlgorithm> = Vec::new();
    for algorithm in offered.iter().filter(known) {
        if !algorithms.contains(algorithm) {
            algorithms.push(*algorithm);
        }
    }
    Compression { algorithms, chained }
}

fn answer_contexts<'a>(agreed: &Agreed, salt: &'a [u8]) -> Vec<NegotiateContext<'a>> {
    let mut contexts =
        vec![NegotiateContext::PreauthIntegrity { hash_algorithms: vec![HashAlgorithm::SHA_512], salt }];
    if let Some(cipher) = agreed.cipher {
        contexts.push(NegotiateContext::Encryption(vec![CipherId(cipher.map_or(0, Cipher::id))]));
    }
    if let Some(Compression { algorithms, chained }) = &agreed.compression {
        let flags = if *chained { COMPRESSION_CHAINED } else { 0 };
        let none = || vec![CompressionAlgorithm::NONE];
        let algorithms = if algorithms.is_empty() { none() } else { algorithms.clone() };
        contexts.push(NegotiateContext::Compression { flags, algorithms });
    }
    if let Some(signing) = agreed.signing {
        contexts.push(NegotiateContext::Signing(vec![SigningAlgorithmId(signing.id())]));
    }
    if agreed.posix {
        contexts.push(NegotiateContext::Posix(vec![POSIX_EXTENSIONS_VERSION]));
    }
    contexts
}

fn response<'a>(
    connection: &Connection,
    negotiated: &Negotiated,
    revision: u16,
    hint: &'a [u8],
    contexts: Vec<NegotiateContext<'a>>,
) -> NegotiateResponse<'a> {
    NegotiateResponse {
        security_mode: negotiated.security_mode,
        dialect_revision: revision,
        server_guid: connection.service.server.identity().guid,
        capabilities: negotiated.capabilities,
        max_transact_size: negotiated.max_transfer,
        max_read_size: negotiated.max_transfer,
        max_write_size: negotiated.max_transfer,
        system_time: now(),
        server_start_time: FileTime(0),
        security_buffer: hint,
        contexts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::Guid;

    #[test]
    fn contexts_that_may_come_once() {
        let hash = || NegotiateContext::PreauthIntegrity {
            hash_algorithms: vec![HashAlgorithm::SHA_512],
            salt: &[1; 32],
        };
        let once = [
            NegotiateContext::Encryption(vec![CipherId(Cipher::Aes128Gcm.id())]),
            NegotiateContext::Signing(vec![SigningAlgorithmId(SigningAlgorithm::AesGmac.id())]),
            NegotiateContext::Compression { flags: 0, algorithms: vec![CompressionAlgorithm::LZ77] },
            NegotiateContext::RdmaTransform(Vec::new()),
        ];
        for context in once {
            assert!(agree(&[hash(), context.clone()]).is_ok(), "{context:?}");
            let twice = [hash(), context.clone(), context];
            assert_eq!(agree(&twice).err(), Some(NtStatus::INVALID_PARAMETER));
        }
        let nothing = NegotiateContext::Compression { flags: 0, algorithms: Vec::new() };
        assert_eq!(agree(&[hash(), nothing]).err(), Some(NtStatus::INVALID_PARAMETER));
        assert_eq!(agree(&[]).err(), Some(NtStatus::INVALID_PARAMETER));
        assert_eq!(agree(&[hash(), hash()]).err(), Some(NtStatus::INVALID_PARAMETER));
    }

    #[test]
    fn compression_both_ends_know() {
        use CompressionAlgorithm as A;
        let offered = [A(99), A::LZ77_HUFFMAN, A::PATTERN_V1, A::LZ4, A::LZ4, A::NONE];
        let chained = common(COMPRESSION_CHAINED, &offered);
        assert_eq!(
            (chained.algorithms, chained.chained),
            (vec![A::LZ77_HUFFMAN, A::PATTERN_V1, A::LZ4], true)
        );
        assert_eq!(common(0, &offered).algorithms, [A::LZ77_HUFFMAN, A::LZ4]);
        let agreed = Agreed { compression: Some(common(0, &[A(99)])), ..Agreed::default() };
        let told = NegotiateContext::Compression { flags: 0, algorithms: vec![A::NONE] };
        assert!(answer_contexts(&agreed, &[]).contains(&told));
    }

    #[test]
    fn posix_extensions_of_a_version_there_is() {
        let hash = || NegotiateContext::PreauthIntegrity {
            hash_algorithms: vec![HashAlgorithm::SHA_512],
            salt: &[1; 32],
        };
        let told = |versions: Vec<Guid>| {
            let agreed = agree(&[hash(), NegotiateContext::Posix(versions)]).unwrap();
            answer_contexts(&agreed, &[]).contains(&NegotiateContext::Posix(vec![POSIX_EXTENSIONS_VERSION]))
        };
        assert!(told(vec![Guid([1; 16]), POSIX_EXTENSIONS_VERSION]));
        assert!(!told(vec![Guid([1; 16])]) && !told(Vec::new()));
    }
}
