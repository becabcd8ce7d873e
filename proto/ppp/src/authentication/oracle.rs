//! What fuzz targets call with arbitrary bytes, and tests replay. Each holds whatever the bytes are; it panics when that is not so.

use super::{
    Authenticatee, Authenticator, AuthenticatorConfig, Credentials, Method, MsChapError, Step, Verdict,
};
use core::time::Duration;
use lanward_wire::Reader;

/// A server hears whatever somebody sends who knows no password, and verdicts that are all refusals. Nobody comes in, and little is sent for much.
///
/// # Panics
/// Somebody came in, or more was sent than was asked for.
pub fn authenticator(data: &[u8]) {
    let mut r = Reader::new(data);
    let config = AuthenticatorConfig { name: b"server".to_vec(), retries: 2 };
    let mut server = Authenticator::new(method(&mut r), config);
    let (mut rng, mut now, mut token) = (counting(), Duration::ZERO, 0);
    let mut out = Vec::new();
    server.start(now, &mut rng, &mut out);
    let mut asked = 0_u32;
    while let Ok(operation) = r.u8("operation") {
        let heard = match operation {
            0..=2 => {
                let retry = operation == 0;
                let error = if operation == 1 {
                    MsChapError::PasswordExpired
                } else {
                    MsChapError::AuthenticationFailure
                };
                server.verdict(token, Verdict::Refused { error, retry }, now, &mut rng, &mut out);
                128
            }
            3 => {
                now = server.deadline().unwrap_or(now);
                server.tick(now, &mut out);
                256
            }
            4 => {
                server.start(now, &mut rng, &mut out);
                64
            }
            _ => {
                let packet = packet(&mut r);
                server.receive(packet, now, &mut rng, &mut out);
                packet.len().saturating_add(128)
            }
        };
        asked = asked.saturating_add(u32::from(out.iter().any(|step| matches!(step, Step::Ask { .. }))));
        token = out.iter().fold(token, |token, step| match step {
            Step::Ask { token, .. } => *token,
            _ => token,
        });
        hold(&mut out, heard);
    }
    assert!(asked <= 5, "somebody may guess for ever");
}

/// A client hears whatever somebody sends who does not know its password. It believes nobody but by methods by which a server proves nothing.
///
/// # Panics
/// It believed somebody, or sent more than was asked for.
pub fn authenticatee(data: &[u8]) {
    let mut r = Reader::new(data);
    let method = method(&mut r);
    let credentials = Credentials::new("user", "a password").with_new_password("a new one");
    let mut client = Authenticatee::new(method, credentials);
    let (mut rng, mut now) = (counting(), Duration::ZERO);
    let mut out = Vec::new();
    client.start(now, &mut out);
    while let Ok(operation) = r.u8("operation") {
        let heard = if operation == 3 {
            now = client.deadline().unwrap_or(now);
            client.tick(now, &mut out);
            700
        } else {
            let packet = packet(&mut r);
            client.receive(packet, now, &mut rng, &mut out);
            packet.len().saturating_add(700)
        };
        if !matches!(method, Method::MsChapV2 | Method::Eap) {
            out.retain(|step| !matches!(step, Step::Succeeded(_)));
        }
        hold(&mut out, heard);
    }
}

fn hold(out: &mut Vec<Step>, most: usize) {
    let mut sent = 0_usize;
    for step in out.drain(..) {
        assert!(!matches!(step, Step::Succeeded(_)), "who knows no password is believed");
        if let Step::Send(packet) = step {
            sent = sent.saturating_add(packet.len());
        }
    }
    assert!(sent <= most, "{sent} bytes are sent");
}

fn method(r: &mut Reader<'_>) -> Method {
    let at = usize::from(r.u8("method").unwrap_or(0));
    Method::ALL.into_iter().cycle().nth(at).unwrap_or(Method::MsChapV2)
}

/// A packet behind its 16-bit little-endian length.
fn packet<'a>(r: &mut Reader<'a>) -> &'a [u8] {
    let length = usize::from(r.u16("length").unwrap_or(0)).min(r.remaining());
    r.bytes(length, "packet").unwrap_or_default()
}

/// Bytes that a peer can foresee, so that inputs can name them.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0_u8;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that look enough like packets to get past their first fields.
    fn near_packet() -> impl Strategy<Value = Vec<u8>> {
        let kind = prop_oneof![
            Just(vec![]),
            Just(vec![49]),
            Just(vec![16]),
            Just(vec![1]),
            (0u8..9).prop_map(|op| vec![26, op, 1])
        ];
        let length = prop_oneof![Just(16_usize), Just(24), Just(49), Just(53), Just(582), 0usize..80];
        (0u8..8, 0u8..4, kind, length, any::<u8>(), 0usize..3).prop_map(
            |(code, identifier, kind, length, fill, cut)| {
                let mut data = kind;
                if data.len() == 3 {
                    data.extend(u16::try_from(length + 4).unwrap().to_be_bytes());
                }
                data.extend(core::iter::repeat_n(fill, length));
                let total = u16::try_from(data.len() + 4).unwrap().to_be_bytes();
                let mut packet = [&[code, identifier], &total[..], &data].concat();
                packet.truncate(packet.len() - cut.saturating_sub(1));
                packet
            },
        )
    }

    fn conversation() -> impl Strategy<Value = Vec<u8>> {
        let said = prop_oneof![
            4 => near_packet().prop_map(|packet| [&[9][..], &u16::try_from(packet.len()).unwrap().to_le_bytes(), &packet].concat()),
            2 => (0u8..5).prop_map(|operation| vec![operation]),
            1 => proptest::collection::vec(any::<u8>(), 0..40),
        ];
        (0u8..5, proptest::collection::vec(said, 0..12))
            .prop_map(|(method, said)| [vec![method], said.concat()].concat())
    }

    proptest! {
        #[test]
        fn authenticator_holds(data in conversation()) { authenticator(&data); }

        #[test]
        fn authenticatee_holds(data in conversation()) { authenticatee(&data); }
    }
}
