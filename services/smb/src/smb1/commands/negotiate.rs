//! [MS-CIFS] 3.3.5.42 and [MS-SMB] 3.3.5.2 Receiving an SMB_COM_NEGOTIATE Request

use crate::multi_protocol::smb1_dialects;
use crate::service::{now, random};
use crate::smb1::connection::{Connection, MAX_BUFFER_SIZE, NT_MAX_BUFFER_SIZE, Negotiated};
use crate::smb1::context::{Context, Fault, Outcome};
use crate::smb1::reply::Out;
use lanward_auth::SpnegoAcceptor;
use lanward_nt::NtStatus;
use lanward_server::{ConnectionProtection, SigningAlgorithm, Zone};
use lanward_smb1::messages::{
    Capabilities, LanManNegotiate, NegotiateRequest, NegotiateResponse, NegotiatedSecurity, NtNegotiate,
    SecurityMode,
};
use lanward_smb1::{Body, Dialect, DosTime, Flags2, Message};

/// DialectIndex of a client that speaks none of ours.
const NONE: u16 = 0xffff;

/// Longest raw transfer, for those who ask for one all the same.
const MAX_RAW_SIZE: u32 = 0x1_0000;

/// What the server can with every client of NT LM 0.12.
const CAPABILITIES: Capabilities = Capabilities::UNICODE
    .union(Capabilities::LARGE_FILES)
    .union(Capabilities::NT_SMBS)
    .union(Capabilities::RPC_REMOTE_APIS)
    .union(Capabilities::STATUS32)
    .union(Capabilities::LEVEL_II_OPLOCKS)
    .union(Capabilities::LOCK_AND_READ)
    .union(Capabilities::NT_FIND)
    .union(Capabilities::INFOLEVEL_PASSTHRU)
    .union(Capabilities::LARGE_READX)
    .union(Capabilities::LARGE_WRITEX);

pub(in crate::smb1) fn negotiate(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let connection = context.connection;
    if connection.negotiated().is_some() {
        return Err(Fault::Disconnect("NEGOTIATE twice"));
    }
    let request = NegotiateRequest::decode(body)?;
    let zone = connection.zone();
    let chosen =
        smb1_dialects(&zone).and_then(|(oldest, newest)| Dialect::choose(&request.dialects, oldest, newest));
    let Some((dialect_index, dialect)) = chosen else {
        tracing::info!(peer = %connection.peer, zone = zone.name, "No dialect of the client is served here");
        out.message(&NegotiateResponse::Core { dialect_index: NONE });
        return Ok(NtStatus::SUCCESS);
    };
    let asked = context.header.flags2.contains(Flags2::EXTENDED_SECURITY);
    let extended = dialect == Dialect::NtLm && asked && !zone.share_level;
    let negotiated = Negotiated {
        dialect,
        challenge: random(),
        extended_security: extended,
        capabilities: capabilities(connection, extended),
        share_level: zone.share_level,
    };
    match dialect {
        Dialect::Core | Dialect::CorePlus => out.message(&NegotiateResponse::Core { dialect_index }),
        Dialect::LanMan1 | Dialect::LanMan2 | Dialect::LanMan21 => {
            out.message(&lan_man(connection, &zone, &negotiated, dialect_index));
        }
        Dialect::NtLm => nt(connection, &zone, &negotiated, dialect_index, out),
    }
    connection.entry.set_dialect(dialect.number());
    let signing = SigningAlgorithm::Md5;
    connection.entry.set_protection(ConnectionProtection { signing, cipher: None });
    connection.settle(negotiated);
    Ok(NtStatus::SUCCESS)
}

fn capabilities(connection: &Connection, extended: bool) -> Capabilities {
    let mut capabilities = CAPABILITIES;
    if connection.service.server.is_dfs_capable() {
        capabilities |= Capabilities::DFS;
    }
    if extended {
        capabilities |= Capabilities::EXTENDED_SECURITY;
    }
    // Which shares have the extensions their volumes' levels tell; without this clients do not ask.
    if connection.zone().posix {
        capabilities |= Capabilities::UNIX;
    }
    capabilities
}

/// A client that can answer to the challenge in a way that is taken is asked to, even where passwords in plain text are taken of others.
fn security_mode(zone: &Zone, dialect: Dialect) -> SecurityMode {
    let nothing = SecurityMode::from_bits_retain(0);
    let level = if zone.share_level { nothing } else { SecurityMode::USER_SECURITY };
    // NTLMv2 proves a user; to a password of a share, and before NT, there are only the weaker responses.
    let ntlmv2 = dialect == Dialect::NtLm && !zone.share_level;
    let ntlmv1 = dialect == Dialect::NtLm && zone.ntlmv1;
    let encrypt = ntlmv2 || ntlmv1 || zone.lm || !zone.plaintext;
    level | if encrypt { SecurityMode::ENCRYPT_PASSWORDS } else { nothing }
}

fn lan_man<'a>(
    connection: &Connection,
    zone: &Zone,
    negotiated: &'a Negotiated,
    dialect_index: u16,
) -> NegotiateResponse<'a> {
    let service = &connection.service;
    NegotiateResponse::LanMan(LanManNegotiate {
        dialect_index,
        security_mode: security_mode(zone, negotiated.dialect).bits().into(),
        max_buffer_size: MAX_BUFFER_SIZE,
        max_mpx_count: service.config.max_mpx,
        max_number_vcs: 1,
        raw_mode: 0,
        session_key: connection.entry.id(),
        server_time: DosTime::from_file_time(now(), 0),
        server_time_zone: 0,
        challenge: &negotiated.challenge,
        domain_name: (negotiated.dialect == Dialect::LanMan21)
            .then(|| service.acceptor.nb_domain_name.clone()),
    })
}

fn nt(connection: &Connection, zone: &Zone, negotiated: &Negotiated, dialect_index: u16, out: &mut Out) {
    let mut mode = security_mode(zone, Dialect::NtLm) | SecurityMode::SIGNATURES_ENABLED;
    if connection.service.server.asks_for_signing(zone) {
        mode |= SecurityMode::SIGNATURES_REQUIRED;
    }
    let hint = SpnegoAcceptor::hint();
    let config = &connection.service.acceptor;
    let security = if negotiated.extended_security {
        let server_guid = connection.service.server.identity().guid;
        NegotiatedSecurity::Extended { server_guid, security_blob: &hint }
    } else {
        NegotiatedSecurity::Challenge {
            challenge: &negotiated.challenge,
            domain_name: config.nb_domain_name.clone(),
            server_name: config.nb_computer_name.clone(),
        }
    };
    out.message(&NegotiateResponse::Nt(NtNegotiate {
        dialect_index,
        security_mode: mode,
        max_mpx_count: connection.service.config.max_mpx,
        max_number_vcs: 1,
        max_buffer_size: NT_MAX_BUFFER_SIZE.into(),
        max_raw_size: MAX_RAW_SIZE,
        session_key: connection.entry.id(),
        capabilities: negotiated.capabilities,
        system_time: now(),
        server_time_zone: 0,
        security,
    }));
}
