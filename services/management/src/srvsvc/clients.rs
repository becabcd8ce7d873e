//! What computers are called: by their addresses, two backslashes in front, as Windows shows them.

use lanward_nt::NtString;
use lanward_server::Session;
use std::net::{IpAddr, SocketAddr};

/// The name of the computer at an address: `\\10.0.0.2`, `\\[fe80::1]`.
pub(super) fn client_name(peer: SocketAddr) -> String {
    match peer.ip().to_canonical() {
        IpAddr::V4(v4) => format!("\\\\{v4}"),
        IpAddr::V6(v6) => format!("\\\\[{v6}]"),
    }
}

/// Whether a session is of the computer that is named: by its address, or by what it calls itself.
pub(crate) fn is_client(session: &Session, name: &NtString) -> bool {
    let units = name.units().iter().position(|u| *u != u16::from(b'\\'));
    let bare = NtString(units.map_or(Vec::new(), |start| name.units()[start..].to_vec()));
    let address = bare.to_string_lossy();
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let same =
        address.parse().is_ok_and(|ip: IpAddr| ip.to_canonical() == session.peer().ip().to_canonical());
    let own = session.client_name();
    same || !own.units().is_empty() && own.eq_ignore_case(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_names() {
        let cases = [
            ("10.0.0.2:999", "\\\\10.0.0.2"),
            ("[::ffff:10.0.0.2]:1", "\\\\10.0.0.2"),
            ("[fe80::1]:445", "\\\\[fe80::1]"),
        ];
        for (peer, name) in cases {
            assert_eq!(client_name(peer.parse().unwrap()), name);
        }
    }
}
