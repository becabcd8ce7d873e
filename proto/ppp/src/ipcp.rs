//! The options of the IP Control Protocol (RFC 1332, RFC 1877).

use core::net::Ipv4Addr;

use crate::authentication::Grant;
use crate::frame::Protocol;
use crate::link::CloseReason;
use crate::negotiation::{Answer, Negotiable};
use crate::packet::{ConfigureOption, Options};

const IP_ADDRESS: u8 = 3;
const PRIMARY_DNS: u8 = 129;
const PRIMARY_NBNS: u8 = 130;
const SECONDARY_DNS: u8 = 131;
const SECONDARY_NBNS: u8 = 132;

/// Addresses on a link, from either end.
#[derive(Debug)]
pub(crate) enum Ipcp {
    /// Gives the peer what was granted to it, nothing else.
    Server {
        /// Its own address.
        local: Ipv4Addr,
        /// Whether the peer wants to hear of that.
        tell: bool,
        /// The peer's.
        assigned: Ipv4Addr,
        /// The name servers the peer may have.
        servers: NameServers,
    },
    /// Asks for all it wants, and takes what it gets.
    Client {
        /// Its own address; unspecified while it knows none.
        local: Ipv4Addr,
        /// The peer's, if it tells.
        peer: Option<Ipv4Addr>,
        /// The name servers: unspecified ones are still asked for, `None` no more.
        servers: NameServers,
        /// Where the tunnel goes.
        tunnel: Option<Ipv4Addr>,
    },
}

/// DNS and WINS servers, the preferred ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NameServers {
    pub(crate) dns: [Option<Ipv4Addr>; 2],
    pub(crate) wins: [Option<Ipv4Addr>; 2],
}

impl NameServers {
    fn of_kind(&mut self, kind: u8) -> Option<&mut Option<Ipv4Addr>> {
        let ([dns, dns2], [wins, wins2]) = (&mut self.dns, &mut self.wins);
        match kind {
            PRIMARY_DNS => Some(dns),
            PRIMARY_NBNS => Some(wins),
            SECONDARY_DNS => Some(dns2),
            SECONDARY_NBNS => Some(wins2),
            _ => None,
        }
    }

    /// Those that are known.
    fn known(mut self) -> Self {
        for kind in [PRIMARY_DNS, PRIMARY_NBNS, SECONDARY_DNS, SECONDARY_NBNS] {
            if let Some(server) = self.of_kind(kind) {
                *server = server.filter(|address| !address.is_unspecified());
            }
        }
        self
    }
}

impl Ipcp {
    pub(crate) fn server(local: Ipv4Addr, assigned: Ipv4Addr, grant: &Grant) -> Self {
        Self::Server {
            local,
            tell: true,
            assigned,
            servers: NameServers { dns: grant.dns, wins: grant.wins },
        }
    }

    pub(crate) fn client(name_servers: bool, tunnel: Option<Ipv4Addr>) -> Self {
        let asked = [name_servers.then_some(Ipv4Addr::UNSPECIFIED); 2];
        Self::Client {
            local: Ipv4Addr::UNSPECIFIED,
            peer: None,
            servers: NameServers { dns: asked, wins: asked },
            tunnel,
        }
    }

    /// This end's address, the peer's, and the name servers.
    pub(crate) fn agreed(&self) -> (Ipv4Addr, Option<Ipv4Addr>, NameServers) {
        match self {
            Self::Server { local, assigned, servers, .. } => (*local, Some(*assigned), *servers),
            Self::Client { local, peer, servers, .. } => (*local, *peer, servers.known()),
        }
    }
}

/// Whether an address can be a host's: not this host, not a group of them, not reserved.
fn is_host(address: Ipv4Addr) -> bool {
    !matches!(address.octets(), [0 | 127 | 224.., ..])
}

impl Negotiable for Ipcp {
    const PROTOCOL: Protocol = Protocol::IPCP;

    fn request(&self, out: &mut Vec<u8>) {
        let (address, mut servers) = match *self {
            Self::Server { local, tell, .. } => (tell.then_some(local), NameServers::default()),
            Self::Client { local, servers, .. } => (Some(local), servers),
        };
        let kinds = [PRIMARY_DNS, PRIMARY_NBNS, SECONDARY_DNS, SECONDARY_NBNS];
        let servers = kinds.map(|kind| (kind, servers.of_kind(kind).and_then(|server| *server)));
        for (kind, address) in [(IP_ADDRESS, address)].into_iter().chain(servers) {
            if let Some(address) = address {
                ConfigureOption { kind, value: &address.octets() }.encode(out);
            }
        }
    }

    fn judge(&mut self, option: ConfigureOption<'_>, _rng: &mut dyn FnMut(&mut [u8])) -> Answer {
        let value = option.array().map(Ipv4Addr::from_octets);
        match self {
            Self::Server { assigned, servers, .. } => {
                let ours = match option.kind {
                    IP_ADDRESS => Some(*assigned),
                    kind => servers.of_kind(kind).and_then(|server| *server),
                };
                match ours {
                    None => Answer::Reject,
                    Some(address) if value == Some(address) => Answer::Ack,
                    Some(address) if option.kind == IP_ADDRESS => Answer::Insist(address.octets().to_vec()),
                    Some(address) => Answer::Nak(address.octets().to_vec()),
                }
            }
            Self::Client { local, tunnel, .. } => {
                let usable =
                    |address: &Ipv4Addr| is_host(*address) && address != local && Some(*address) != *tunnel;
                match value.filter(usable) {
                    Some(_) if option.kind == IP_ADDRESS => Answer::Ack,
                    _ => Answer::Reject,
                }
            }
        }
    }

    fn missing(&self, options: Options<'_>, naks: u8, out: &mut Vec<u8>) {
        if let Self::Server { assigned, .. } = self
            && naks == 0
            && options.iter().all(|option| option.kind != IP_ADDRESS)
        {
            ConfigureOption { kind: IP_ADDRESS, value: &assigned.octets() }.encode(out);
        }
    }

    fn agree(&mut self, options: Options<'_>) {
        if let Self::Client { peer, .. } = self {
            let address = options.iter().find(|option| option.kind == IP_ADDRESS);
            *peer = address.and_then(|option| option.array()).map(Ipv4Addr::from_octets);
        }
    }

    fn acknowledged(&mut self) -> Result<(), CloseReason> {
        match self {
            Self::Client { local, .. } if !is_host(*local) => Err(CloseReason::AddressRefused),
            _ => Ok(()),
        }
    }

    fn suggested(
        &mut self,
        option: ConfigureOption<'_>,
        _rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CloseReason> {
        // A server keeps the address it has.
        let Self::Client { local, peer, servers, tunnel } = self else { return Ok(()) };
        let value = option.array().map(Ipv4Addr::from_octets).filter(|address| is_host(*address));
        if option.kind == IP_ADDRESS {
            if let Some(address) =
                value.filter(|address| Some(*address) != *tunnel && Some(*address) != *peer)
            {
                *local = address;
            }
        } else if let Some(server) = servers.of_kind(option.kind) {
            // One that was not asked for stays so, and one that cannot be is asked for no more.
            *server = server.and(value);
        }
        Ok(())
    }

    fn rejected(&mut self, option: ConfigureOption<'_>) -> Result<(), CloseReason> {
        match self {
            Self::Server { tell, .. } => *tell = false,
            Self::Client { .. } if option.kind == IP_ADDRESS => return Err(CloseReason::AddressRefused),
            Self::Client { servers, .. } => {
                if let Some(server) = servers.of_kind(option.kind) {
                    *server = None;
                }
            }
        }
        Ok(())
    }
}
