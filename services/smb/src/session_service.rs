//! How a NetBIOS session begins (RFC 1002 5.2.2): the client says whom it calls, and is let in, sent elsewhere or turned away. What follows are the same
//! messages as on direct TCP.

use lanward_netbios::{NegativeReason, NetbiosName, SessionHeader, SessionPacket, SessionRequest};
use lanward_server::{ConnectionEntry, NetbiosSession};
use lanward_wire::Encode as _;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a client may take to say whom it calls, and to read the answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Keep-alives that are passed over before there is anything to keep alive.
const MAX_KEEP_ALIVES: usize = 4;

/// Waits for a session request and answers it. With an error the connection is over.
pub(crate) async fn establish(
    stream: &mut TcpStream,
    entry: &ConnectionEntry,
    stop: &CancellationToken,
) -> Result<(), &'static str> {
    if !entry.zone().netbios {
        tracing::info!(peer = %entry.peer(), zone = entry.zone().name, "Refused a NetBIOS session: `netbios = true` in the zone would allow it");
        return Err("NetBIOS is not served here");
    }
    let request = tokio::select! {
        received = timeout(DEADLINE, receive(stream)) => match received {
            Ok(Ok(request)) => request,
            Ok(Err(reason)) => return Err(reason),
            Err(_) => return Err("whom a session is for was not said in time"),
        },
        () = entry.disconnected() => return Err("closed by the server"),
        () = stop.cancelled() => return Err("the server stops"),
    };
    let answer = answer(entry, &request);
    match timeout(DEADLINE, stream.write_all(&answer.to_bytes())).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => return Err("the connection broke"),
        Err(_) => return Err("the client does not read"),
    }
    if answer != SessionPacket::Positive {
        tracing::debug!(peer = %entry.peer(), called = ?request.called, ?answer, "Refused a NetBIOS session");
        return Err("called somebody else");
    }
    let SessionRequest { called, calling } = request;
    entry.set_netbios_session(NetbiosSession { local: *called.as_bytes(), remote: *calling.as_bytes() });
    Ok(())
}

async fn receive(stream: &mut TcpStream) -> Result<SessionRequest, &'static str> {
    let broke = |_: io::Error| "the connection broke";
    for _ in 0..=MAX_KEEP_ALIVES {
        let mut header = [0; SessionHeader::LEN];
        stream.read_exact(&mut header).await.map_err(broke)?;
        let header = SessionHeader::decode(header, 0).map_err(|_| "no session request")?;
        let mut payload = [0; SessionHeader::MAX_CONTROL];
        let payload = &mut payload[..header.payload_len()];
        stream.read_exact(payload).await.map_err(broke)?;
        match SessionPacket::decode(header, payload) {
            Ok(SessionPacket::Request(request)) => return Ok(request),
            Ok(SessionPacket::KeepAlive) => {}
            _ => return Err("no session request"),
        }
    }
    Err("nothing but keep-alives")
}

/// Who is called: the server by any of its names or by the one for those who know only its address, somebody who is elsewhere, or nobody.
fn answer(entry: &ConnectionEntry, request: &SessionRequest) -> SessionPacket {
    let (called, server) = (&request.called, entry.server());
    let is = |name: &str| called.name().eq_ignore_ascii_case(name.as_bytes());
    let settings = server.settings();
    let elsewhere = settings.netbios.retarget.iter().find(|(name, _)| is(name));
    if let Some((_, address)) = elsewhere {
        return SessionPacket::Retarget { address: *address.ip(), port: address.port() };
    }
    if *called == NetbiosName::ANY_SERVER {
        return SessionPacket::Positive;
    }
    let own = is(&server.identity().name) || settings.netbios.aliases.iter().any(|alias| is(alias));
    match (own, called.suffix()) {
        (true, NetbiosName::SERVER) => SessionPacket::Positive,
        (true, _) => SessionPacket::Negative(NegativeReason::NOT_LISTENING_ON_CALLED),
        (false, _) => SessionPacket::Negative(NegativeReason::CALLED_NOT_PRESENT),
    }
}
