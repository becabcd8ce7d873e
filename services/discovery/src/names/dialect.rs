use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How a name is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// [RFC 4795]: names of one label.
    Llmnr,
    /// [RFC 6762]: names in `local`.
    Mdns,
}

impl Dialect {
    /// The port of questions.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Llmnr => 5355,
            Self::Mdns => 5353,
        }
    }

    /// The group of those who answer, in the family of `local`.
    #[must_use]
    pub const fn group(self, local: IpAddr) -> IpAddr {
        match (self, local) {
            (Self::Llmnr, IpAddr::V4(_)) => IpAddr::V4(Ipv4Addr::new(224, 0, 0, 252)),
            (Self::Llmnr, IpAddr::V6(_)) => IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 3)),
            (Self::Mdns, IpAddr::V4(_)) => IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)),
            (Self::Mdns, IpAddr::V6(_)) => IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb)),
        }
    }

    /// What follows the computer's name.
    pub(super) const fn domain(self) -> &'static [&'static str] {
        match self {
            Self::Llmnr => &[],
            Self::Mdns => &["local"],
        }
    }

    /// How long an answer may be kept: [RFC 4795] 2.8; [RFC 6762] 6.7 for who asks once.
    pub(super) const fn kept(self) -> Duration {
        match self {
            Self::Llmnr => Duration::from_secs(30),
            Self::Mdns => Duration::from_secs(10),
        }
    }
}
