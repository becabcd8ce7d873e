use crate::NullSessions;
use lanward_nt::NtString;
use lanward_wire::CodePage;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// A range of addresses: all that share the first `prefix` bits of `address`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Any address of the range.
    pub address: IpAddr,
    /// Bits that count, 0 to 32 or 128.
    pub prefix: u8,
}

impl Network {
    /// Whether `ip` lies in the range; IPv4 addresses mapped into IPv6 are IPv4.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address.to_canonical(), ip.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let bits = 32u32.saturating_sub(self.prefix.into());
                same_head(u128::from(Ipv4Addr::to_bits(own)), u128::from(Ipv4Addr::to_bits(other)), bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let bits = 128u32.saturating_sub(self.prefix.into());
                same_head(Ipv6Addr::to_bits(own), Ipv6Addr::to_bits(other), bits)
            }
            _ => false,
        }
    }
}

fn same_head(a: u128, b: u128, ignored_bits: u32) -> bool {
    (a ^ b).checked_shr(ignored_bits).unwrap_or(0) == 0
}

/// A floor for everything that comes in through a set of addresses. It is looked up at the moment of use, never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The name configuration and logs use.
    pub name: String,
    /// Server addresses that belong to the zone; with `peers` also empty the zone takes everything.
    pub locals: Vec<Network>,
    /// Numbers of the interfaces that those of them are at that are link-local: other interfaces may have the same. Any, if there are none.
    pub links: Vec<u32>,
    /// Client addresses that belong to the zone.
    pub peers: Vec<Network>,
    /// Lowest dialect as [MS-SMB2] numbers it (0x0202, 0x0210, 0x0300, 0x0302, 0x0311). Those of SMB1 have lower numbers.
    pub min_dialect: u16,
    /// Highest dialect.
    pub max_dialect: u16,
    /// Unsigned requests of signed-in users are refused.
    pub signing_required: bool,
    /// Unencrypted sessions are refused.
    pub encryption_required: bool,
    /// Guests may come in.
    pub guest_allowed: bool,
    /// NULL sessions may come in.
    pub anonymous_allowed: bool,
    /// What they may do.
    pub null_sessions: NullSessions,
    /// NTLMv1 proofs are taken.
    pub ntlmv1: bool,
    /// LM proofs are taken of clients that send nothing better, where a password has one (SMB1).
    pub lm: bool,
    /// Passwords in plain text are taken (SMB1).
    pub plaintext: bool,
    /// Clients connect to shares by a password and not as users (SMB1).
    pub share_level: bool,
    /// What the strings of clients are in that do not speak Unicode (SMB1).
    pub code_page: CodePage,
    /// How long what is written is not told as the time of a file's last write before the file is closed (SMB1); `None`: at once.
    pub write_time_delay: Option<Duration>,
    /// Clients that offer the SMB3 POSIX extensions get them, on shares that take them.
    pub posix: bool,
    /// There are NetBIOS names, datagrams and sessions.
    pub netbios: bool,
    /// The server is announced, and found without its name: WS-Discovery and multicast DNS.
    pub discovery: bool,
    /// The shares that can be seen from here; `None` for all.
    pub shares: Option<Vec<NtString>>,
}

impl Default for Zone {
    /// SMB 2.1 or later, signing required, neither guests nor NULL sessions, no NTLMv1.
    fn default() -> Self {
        Self {
            name: "default".into(),
            locals: Vec::new(),
            links: Vec::new(),
            peers: Vec::new(),
            min_dialect: 0x0210,
            max_dialect: 0x0311,
            signing_required: true,
            encryption_required: false,
            guest_allowed: false,
            anonymous_allowed: false,
            null_sessions: NullSessions::default(),
            ntlmv1: false,
            lm: false,
            plaintext: false,
            share_level: false,
            code_page: CodePage::default(),
            write_time_delay: Some(Duration::from_secs(2)),
            posix: false,
            netbios: false,
            discovery: true,
            shares: None,
        }
    }
}

impl Zone {
    /// Whether a connection between these two addresses is in the zone.
    #[must_use]
    pub fn covers(&self, local: SocketAddr, peer: SocketAddr) -> bool {
        let among = |networks: &[Network], ip| networks.is_empty() || networks.iter().any(|n| n.contains(ip));
        let link = match local {
            SocketAddr::V6(at) => at.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        let is_there = link == 0 || self.links.is_empty() || self.links.contains(&link);
        is_there && among(&self.locals, local.ip()) && among(&self.peers, peer.ip())
    }

    /// Whether a share can be seen from here.
    #[must_use]
    pub fn shows(&self, share: &NtString) -> bool {
        self.shares.as_ref().is_none_or(|shares| shares.iter().any(|s| s.eq_ignore_case(share)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix: u8) -> Network {
        Network { address: address.parse().unwrap(), prefix }
    }

    #[test]
    fn ranges() {
        let cases = [
            ("10.0.0.0", 8, "10.255.1.2", true),
            ("10.0.0.0", 8, "11.0.0.0", false),
            ("10.0.0.0", 0, "192.168.1.1", true),
            ("10.0.0.1", 32, "10.0.0.1", true),
            ("10.0.0.1", 32, "::ffff:10.0.0.1", true),
            ("fe80::", 10, "fe80::1", true),
            ("fe80::", 10, "fd00::1", false),
            ("::", 0, "fd00::1", true),
            ("::", 0, "10.0.0.1", false),
        ];
        for (own, prefix, ip, expected) in cases {
            assert_eq!(network(own, prefix).contains(ip.parse().unwrap()), expected, "{own}/{prefix} {ip}");
        }
    }

    #[test]
    fn a_zone_covers_by_both_ends() {
        let (local, peer) = ("10.0.0.1:445".parse().unwrap(), "192.168.1.9:1024".parse().unwrap());
        assert!(Zone::default().covers(local, peer));
        let mut zone = Zone { locals: vec![network("10.0.0.0", 8)], ..Zone::default() };
        assert!(zone.covers(local, peer));
        zone.peers.push(network("172.16.0.0", 12));
        assert!(!zone.covers(local, peer));
    }

    #[test]
    fn the_same_address_at_another_link_is_another() {
        let zone = Zone { locals: vec![network("fe80::1", 128)], links: vec![3], ..Zone::default() };
        let peer = "[fe80::9%3]:1024".parse().unwrap();
        assert!(zone.covers("[fe80::1%3]:445".parse().unwrap(), peer));
        assert!(!zone.covers("[fe80::1%2]:445".parse().unwrap(), peer));
    }
}
