//! `[vpn]`: the PPTP server, which is there only where the configuration has this table.

use super::Config;
use super::value::{Range, Span};
use super::vpn_radius::RadiusSection;
use crate::interfaces::is_private;
use lanward_server::{DialInNetwork, Network};
use lanward_vpn::{AddressRange, Limits, Reach, Security, Settings, StatefulFlush};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use toml::Spanned;

/// More than this one process cannot serve.
const MOST_SESSIONS: usize = 1 << 16;

/// What PPTP protects, told whenever it is turned on.
const WORTH: &str = "PPTP keeps nobody out who records a logon and means it: MS-CHAPv2 is one DES key of 56 bits, which gives the password's hash \
                                and with it every session, and MPPE neither proves who sent a packet nor that it is unchanged";

/// `[vpn]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct VpnSection {
    /// The server's address in the tunnels and how many bits of it those who dial in share.
    pub(crate) address: Spanned<TunnelAddress>,
    /// The addresses of those who dial in; all others of the network when it is left out.
    pub(crate) pool: Option<Spanned<PoolRange>>,
    /// Where it is called, at every address where the rules about interfaces offer it.
    #[serde(default = "usual_port")]
    pub(crate) port: u16,
    #[serde(default = "usual_interface")]
    pub(crate) interface: Spanned<String>,
    #[serde(default)]
    pub(crate) reach: Reach,
    /// A call without encryption ends, unless this is false.
    #[serde(default = "yes")]
    pub(crate) require_encryption: bool,
    #[serde(default)]
    pub(crate) weak_keys: bool,
    #[serde(default)]
    pub(crate) stateful: bool,
    /// What is sent then after a loss.
    #[serde(default)]
    pub(crate) stateful_flush: StatefulFlush,
    #[serde(default)]
    pub(crate) mschap_v1: bool,
    #[serde(default)]
    pub(crate) eap: bool,
    /// Name servers that clients are told, the preferred one first.
    #[serde(default)]
    pub(crate) dns: Vec<Ipv4Addr>,
    /// NetBIOS name servers; this server where it is one and this is left out.
    pub(crate) wins: Option<Vec<Ipv4Addr>>,
    #[serde(default = "usual_mtu")]
    pub(crate) mtu: Spanned<u16>,
    pub(crate) max_sessions: Option<Spanned<usize>>,
    pub(crate) sessions_per_user: Option<usize>,
    pub(crate) starting: Option<usize>,
    pub(crate) starting_per_address: Option<usize>,
    pub(crate) connections_per_minute: Option<u32>,
    pub(crate) logons_per_minute: Option<u32>,
    pub(crate) idle_timeout: Option<Span>,
    pub(crate) session_timeout: Option<Span>,
    pub(crate) echo_interval: Option<Span>,
    /// `[vpn.radius]`; the account store says who may dial in without it.
    pub(crate) radius: Option<RadiusSection>,
}

fn usual_interface() -> Spanned<String> {
    Spanned::new(0..0, "lanward%d".to_owned())
}

fn usual_mtu() -> Spanned<u16> {
    // What is left of 1400 bytes, which fit through most ways, behind the header of encryption.
    Spanned::new(0..0, 1396)
}

const fn usual_port() -> u16 {
    1723
}

const fn yes() -> bool {
    true
}

/// The server's address and its network, as `"10.99.0.1/24"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TunnelAddress {
    pub(crate) address: Ipv4Addr,
    pub(crate) prefix: u8,
}

impl TryFrom<String> for TunnelAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address with its network: write it as \"10.99.0.1/24\"");
        let Range(Network { address: IpAddr::V4(address), prefix: prefix @ 8..=30 }) =
            text.clone().try_into().map_err(|_| wrong())?
        else {
            return Err(wrong());
        };
        Ok(Self { address, prefix })
    }
}

/// Addresses as `"10.99.0.10-10.99.0.99"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PoolRange(pub(crate) AddressRange);

impl TryFrom<String> for PoolRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.split_once('-').and_then(|(first, last)| {
            let range = AddressRange { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? };
            (range.first <= range.last).then_some(Self(range))
        });
        parsed.ok_or_else(|| {
            format!("`{text}` is no range of addresses: write it as \"10.99.0.10-10.99.0.99\"")
        })
    }
}

impl TunnelAddress {
    /// The addresses of the network but the first and the last, which nobody has.
    fn hosts(self) -> AddressRange {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        let first = self.address.to_bits() & mask;
        AddressRange { first: (first + 1).into(), last: ((first | !mask) - 1).into() }
    }
}

impl VpnSection {
    /// The addresses of those who dial in.
    pub(crate) fn pool(&self) -> AddressRange {
        self.pool.as_ref().map_or_else(|| self.address.get_ref().hosts(), |pool| pool.get_ref().0)
    }

    /// What the core knows of those who dial in.
    pub(crate) fn dial_in(&self) -> DialInNetwork {
        let TunnelAddress { address, prefix } = *self.address.get_ref();
        let address = IpAddr::V4(address);
        DialInNetwork { network: Network { address, prefix }, address }
    }

    /// Whether an address that is always somebody's can be.
    pub(crate) fn can_be_fixed(&self, address: Ipv4Addr) -> bool {
        let own = self.address.get_ref();
        address != own.address && own.hosts().contains(address)
    }

    /// How many there may be.
    fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            sessions: self.max_sessions.as_ref().map_or(usual.sessions, |most| *most.get_ref()),
            sessions_per_user: self.sessions_per_user.unwrap_or(usual.sessions_per_user),
            starting: self.starting.unwrap_or(usual.starting),
            starting_per_address: self.starting_per_address.unwrap_or(usual.starting_per_address),
            connections_per_minute: self.connections_per_minute.unwrap_or(usual.connections_per_minute),
            logons_per_minute: self.logons_per_minute.unwrap_or(usual.logons_per_minute),
        }
    }

    /// What is wrong with it (`true`) or unwise in it, where, and what to do.
    pub(super) fn findings(&self) -> Vec<(bool, std::ops::Range<usize>, String, &'static str)> {
        let (own, mut found) = (self.address.get_ref(), Vec::new());
        let mut error = |at, message: String, remedy| found.push((true, at, message, remedy));
        if !is_private(own.address.into()) {
            let message = format!("{} is no private address", own.address);
            error(self.address.span(), message, "use one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");
        }
        if let Some(pool) = &self.pool {
            let AddressRange { first, last } = pool.get_ref().0;
            if !own.hosts().contains(first) || !own.hosts().contains(last) {
                let message = format!("{first} to {last} is not within the network of {}", own.address);
                error(pool.span(), message, "name addresses of the network of `address`");
            }
        }
        if let Some(most) = self.max_sessions.as_ref().filter(|most| *most.get_ref() > MOST_SESSIONS) {
            let message = format!("`max-sessions` is {MOST_SESSIONS} at most");
            error(most.span(), message, "use a smaller number");
        }
        let name = self.interface.get_ref();
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.%".contains(c);
        if name.is_empty() || name.len() > 15 || !name.chars().all(good) {
            let message = format!("`{name}` is no name for an interface");
            error(self.interface.span(), message, "use 1 to 15 letters, digits and hyphens");
        }
        if !(576..=1456).contains(self.mtu.get_ref()) {
            error(self.mtu.span(), "`mtu` is between 576 and 1456".to_owned(), "leave it out for 1396");
        }
        if self.radius.as_ref().is_some_and(|radius| radius.servers.is_empty()) {
            let message = "[vpn.radius] has no `servers`".to_owned();
            error(
                self.address.span(),
                message,
                "name one, as { address = \"192.168.1.2\", secret-file = \"/etc/lanward/radius\" }",
            );
        }
        let at = self.address.span();
        let mut warn = |is: bool, message: &str, remedy| {
            if is {
                found.push((false, at.clone(), format!("[vpn]: {message}"), remedy));
            }
        };
        warn(
            true,
            WORTH,
            "let it reach no more than old machines need, give those who dial in passwords of their own, and have a better tunnel around it where there can be one",
        );
        warn(!self.require_encryption, "calls without encryption are taken", "require-encryption = true");
        warn(self.weak_keys, "keys of 40 and 56 bits are found by trying them", "weak-keys = false");
        warn(self.stateful, "a lost packet makes keys begin anew", "stateful = false");
        warn(
            self.mschap_v1,
            "MS-CHAP of version 1 gives passwords away to whoever sees it",
            "mschap-v1 = false",
        );
        let far = self.reach != Reach::Own;
        warn(far, "who breaks into a tunnel gets further than this server", "reach = \"self\"");
        found
    }
}

impl Config {
    /// How the worker of the VPN works, if there is to be one. `name` is what the server calls itself.
    pub(crate) fn vpn_settings(&self, name: &str, smb_ports: &[u16]) -> Option<Settings> {
        let section = self.vpn.as_ref()?;
        let own = section.address.get_ref();
        let two = |given: &[Ipv4Addr]| [given.first().copied(), given.get(1).copied()];
        let own_wins = self.netbios.wins_server.then_some(own.address);
        let wins = section.wins.as_deref().map_or([own_wins, None], two);
        let span = |given: Option<Span>| given.and_then(|span| span.0);
        let mut tcp_ports = smb_ports.to_vec();
        let mut udp_ports = Vec::new();
        if self.has_netbios() {
            tcp_ports.push(self.netbios.session_port);
            udp_ports.extend([self.netbios.name_port, self.netbios.datagram_port]);
        }
        Some(Settings {
            name: name.to_owned(),
            interface: section.interface.get_ref().clone(),
            address: own.address,
            pool: section.pool(),
            mtu: *section.mtu.get_ref(),
            dns: two(&section.dns),
            wins,
            reach: section.reach,
            tcp_ports,
            udp_ports,
            limits: section.limits(),
            security: Security {
                encryption_required: section.require_encryption,
                weak_keys: section.weak_keys,
                stateful: section.stateful,
                stateful_flush: section.stateful_flush,
                mschap_v1: section.mschap_v1,
                eap: section.eap,
            },
            idle_timeout: span(section.idle_timeout),
            session_timeout: span(section.session_timeout),
            echo_interval: section
                .echo_interval
                .map_or(Duration::from_secs(30), |span| span.0.unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PoolRange, TunnelAddress};
    use crate::config::parse;
    use lanward_vpn::{AddressRange, Reach, StatefulFlush};
    use std::net::Ipv4Addr;
    use std::path::Path;

    #[test]
    fn addresses_as_people_write_them() {
        let own = TunnelAddress::try_from("10.99.0.1/24".to_owned()).unwrap();
        assert_eq!((own.address, own.prefix), (Ipv4Addr::new(10, 99, 0, 1), 24));
        let hosts = AddressRange { first: Ipv4Addr::new(10, 99, 0, 1), last: Ipv4Addr::new(10, 99, 0, 254) };
        assert_eq!(own.hosts(), hosts);
        for wrong in ["10.99.0.1", "10.99.0.1/31", "10.99.0.1/4", "fd00::1/64", "x/24", ""] {
            assert!(TunnelAddress::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        let range = |text: &str| PoolRange::try_from(text.to_owned());
        assert_eq!(range("10.0.0.1 - 10.0.0.9").unwrap().0.len(), 9);
        for wrong in ["10.0.0.9-10.0.0.1", "10.0.0.1", "10.0.0.1-", "-", "a-b"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_is_off_by_default_and_tells_what_it_is_worth() {
        let parsed = parse(Path::new("x"), "").unwrap();
        assert!(parsed.config.vpn.is_none() && parsed.config.vpn_settings("S", &[445]).is_none());
        let parsed = parse(Path::new("x"), "[vpn]\naddress = \"10.99.0.1/24\"\n").unwrap();
        let told: Vec<_> = parsed.warnings.iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].contains("56 bits"), "{told:?}");
        let settings = parsed.config.vpn_settings("S", &[445]).unwrap();
        assert_eq!((settings.reach, settings.tcp_ports), (Reach::Own, vec![445]));
        assert!(settings.security.encryption_required && !settings.security.weak_keys);
    }

    #[test]
    fn every_key_reaches_the_worker() {
        let text = r#"
            [zone.old]
            peers = ["10.98.0.0/16"]
            netbios = true
            [netbios]
            wins-server = true
            [vpn]
            address = "10.98.0.1/16"
            pool = "10.98.1.1-10.98.1.9"
            port = 1724
            interface = "dial0"
            reach = "internet"
            require-encryption = false
            weak-keys = true
            stateful = true
            stateful-flush = "linux"
            mschap-v1 = true
            eap = true
            dns = ["192.168.7.2", "192.168.7.3"]
            mtu = 1300
            max-sessions = 1
            sessions-per-user = 2
            starting = 3
            starting-per-address = 4
            connections-per-minute = 5
            logons-per-minute = 6
            idle-timeout = "7m"
            session-timeout = "8h"
            echo-interval = "9s"
        "#;
        let parsed = parse(Path::new("x"), text).unwrap();
        assert_eq!(parsed.warnings.iter().filter(|w| w.to_string().contains("[vpn]")).count(), 6);
        let s = parsed.config.vpn_settings("S", &[445]).unwrap();
        assert_eq!((s.address, s.pool.len(), &*s.interface), (Ipv4Addr::new(10, 98, 0, 1), 9, "dial0"));
        assert_eq!((s.wins, s.mtu), ([Some(s.address), None], 1300));
        assert_eq!(s.dns.map(|dns| dns.unwrap().octets()[3]), [2, 3]);
        assert_eq!((s.tcp_ports, s.udp_ports), (vec![445, 139], vec![137, 138]));
        let l = &s.limits;
        assert_eq!((l.sessions, l.sessions_per_user, l.starting, l.starting_per_address), (1, 2, 3, 4));
        assert_eq!((l.connections_per_minute, l.logons_per_minute), (5, 6));
        let security = &s.security;
        assert!(!security.encryption_required && security.weak_keys && security.stateful);
        assert_eq!(security.stateful_flush, StatefulFlush::Linux);
        assert!(security.mschap_v1 && security.eap);
        let seconds =
            [s.idle_timeout.unwrap(), s.session_timeout.unwrap(), s.echo_interval].map(|d| d.as_secs());
        assert_eq!(seconds, [420, 28_800, 9]);
        let section = parsed.config.vpn.unwrap();
        assert_eq!(section.port, 1724);
        assert!(section.can_be_fixed(Ipv4Addr::new(10, 98, 200, 1)));
        assert!(!section.can_be_fixed(s.address) && !section.can_be_fixed(Ipv4Addr::new(10, 97, 0, 1)));
    }

    #[test]
    fn who_dialled_in_stays_in_the_zone_of_the_tunnels_whatever_address_is_called() {
        let text = "[zone.office]\nlocals = [\"192.168.7.0/24\"]\n[zone.dial-in]\nlocals = [\"10.98.0.1/32\"]\n[vpn]\naddress = \"10.98.0.1/24\"\n";
        let settings = parse(Path::new("x"), text).unwrap().config.settings();
        let zone = |local: &str, peer: &str| {
            settings.zone_of(local.parse().unwrap(), peer.parse().unwrap()).name.clone()
        };
        assert_eq!(zone("192.168.7.1:445", "192.168.7.9:1024"), "office");
        for local in ["10.98.0.1:445", "192.168.7.1:445", "[::ffff:192.168.7.1]:445"] {
            assert_eq!(zone(local, "10.98.0.10:1024"), "dial-in", "{local}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let wrong = [
            "address = \"10.99.0.1/24\"\npool = \"10.98.0.1-10.98.0.9\"",
            "address = \"8.8.8.8/24\"",
            "address = \"10.99.0.1/24\"\ninterface = \"much-too-long-for-one\"",
            "address = \"10.99.0.1/24\"\nmtu = 1500",
            "pool = \"10.98.0.1-10.98.0.9\"",
            "address = \"10.99.0.1/24\"\nmax-sessions = 65537",
        ];
        for text in wrong {
            assert!(parse(Path::new("x"), &format!("[vpn]\n{text}\n")).is_err(), "{text}");
        }
    }
}
