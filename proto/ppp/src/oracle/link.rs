use core::net::Ipv4Addr;
use core::time::Duration;

use super::accounts::judge;
use super::{Pair, SERVER, echo_request};
use crate::authentication::{Credentials, Method};
use crate::link::{Link, LinkConfig, LinkEvent};
use lanward_auth::mschap::KeyStrength;

/// The server's address in all of them.
const OWN: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);

/// Two ends' configurations, as some bits say.
fn configurations(bits: u8) -> [LinkConfig; 2] {
    let mut server = LinkConfig::server(b"lanward", OWN);
    let mut client = LinkConfig::client(Credentials::new("User", "clientPass"));
    for config in [&mut server, &mut client] {
        config.methods = match bits & 3 {
            0 => vec![Method::MsChapV2],
            1 => vec![Method::Eap],
            2 => vec![Method::MsChapV1, Method::MsChapV2],
            _ => Method::ALL.to_vec(),
        };
        config.mppe.required = bits & 4 == 0;
        config.mppe.stateful = bits & 8 != 0;
        if bits & 16 != 0 {
            config.mppe.strengths = vec![KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128];
        }
        config.ipv6 = bits & 32 != 0;
        config.compress_headers = bits & 64 == 0;
    }
    [server, client]
}

/// Any bytes as frames to one end that knows nothing of another: a byte says which end, then each frame is behind a byte of its length; a length of
/// zero lets time pass instead. Whatever is said is judged as an account store would.
///
/// # Panics
/// Where something does not hold.
pub fn link(bytes: &[u8]) {
    let Some((first, mut rest)) = bytes.split_first() else { return };
    let [server, client] = configurations(first >> 1);
    let config = if first & 1 == 0 { server } else { client };
    let mut state = 1u8;
    let mut rng = |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(5).wrapping_add(77);
            *byte = state;
        }
    };
    let mut now = Duration::ZERO;
    let mut events = Vec::new();
    let mut link = Link::new(config, now, &mut rng, &mut events);
    let mut down = false;
    while let Some((length, behind)) = rest.split_first() {
        let (frame, behind) = behind.split_at_checked(usize::from(*length)).unwrap_or((behind, &[]));
        rest = behind;
        events.clear();
        if frame.is_empty() {
            now = link.deadline().unwrap_or(now).max(now);
            link.tick(now, &mut rng, &mut events);
            assert!(link.deadline().is_none_or(|deadline| deadline > now), "a tick leaves its work undone");
        } else {
            let mut frame = frame.to_vec();
            let inner = link.receive(&mut frame, u32::from(*length & 1), now, &mut rng, &mut events);
            assert!(inner.is_none_or(|range| range.end <= frame.len()), "a packet outside of its frame");
        }
        let asked = events.iter().find_map(|event| match event {
            LinkEvent::Authenticate { token, request } => Some((*token, judge(request, "clientPass", OWN))),
            _ => None,
        });
        if let Some((token, verdict)) = asked {
            link.authenticated(token, verdict, now, &mut rng, &mut events);
        }
        // A request to begin with, an answer to what came, and what the next layers begin with.
        assert!(events.len() <= 12, "one frame leads to many: {events:?}");
        assert!(!down || events.is_empty(), "something follows the end: {events:?}");
        down |= events.iter().any(|event| matches!(event, LinkEvent::Down(_)));
    }
    // Nothing keeps a link that hears no more from its end.
    for _ in 0..1000 {
        let Some(deadline) = link.deadline() else { break };
        now = now.max(deadline);
        link.tick(now, &mut rng, &mut events);
    }
    assert_eq!(link.deadline(), None, "it goes on for ever");
}

/// Two ends that talk over a net that loses frames, and into which strangers put some of the rest of the bytes. The first bytes say what the ends
/// may agree to, and how much is lost.
///
/// # Panics
/// Where something does not hold.
pub fn links(bytes: &[u8]) {
    let Some(([one, other, loss], mut rest)) = bytes.split_first_chunk::<3>() else { return };
    let ([server, _], [_, client]) = (configurations(*one), configurations(*other));
    let required = [server.mppe.required, client.mppe.required];
    let mut pair = Pair::new(server, client, u64::from(*loss));
    pair.loss = u64::from(*loss);
    let hour = Duration::from_secs(3600);
    while let Some(([to, pause, length], behind)) = rest.split_first_chunk::<3>() {
        let (frame, behind) = behind.split_at_checked(usize::from(*length)).unwrap_or((behind, &[]));
        rest = behind;
        let until = pair.now.saturating_add(Duration::from_millis(u64::from(*pause)));
        pair.run(until, |_| false);
        if !frame.is_empty() {
            pair.deliver(usize::from(*to & 1), frame.to_vec());
        }
    }
    pair.run(Duration::from_secs(120), |pair| pair.ends.iter().all(|end| end.up.is_some()));
    let [server, client] = &pair.ends;
    let up = server.up.is_some() && client.up.is_some();
    assert!(up || server.down.is_some() || client.down.is_some(), "neither up nor at an end");
    for (end, required) in pair.ends.iter().zip(required) {
        let open = end.up.filter(|_| end.down.is_none());
        assert!(
            open.is_none_or(|up| !required || up.encryption.is_some()),
            "in the clear where that is not allowed"
        );
    }
    if up {
        for place in [SERVER, SERVER ^ 1] {
            pair.send(place, &echo_request(OWN, OWN, usize::from(*loss)));
        }
    }
    pair.run(pair.now.saturating_add(Duration::from_secs(60)), |_| false);
    for place in [SERVER, SERVER ^ 1] {
        pair.call(place, |link, now, rng, events| {
            link.close(crate::link::CloseReason::Local, now, rng, events);
        });
    }
    pair.run(hour, |_| false);
    assert!(pair.ends.iter().all(|end| end.down.is_some()), "a link that is told to end does not");
}
