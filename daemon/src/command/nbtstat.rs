//! `lanward nbtstat`

use super::state::Which;
use crate::config::{Config, default_file, read};
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use crate::netbios::{NetbiosView, Session, shown_name};
use anyhow::{Context as _, Result};
use clap::Args;
use lanward_nbt::{
    FullName, NameFlags, NamePacket, NetbiosName, NodeNameFlags, NodeStatus, Opcode, Rcode, RecordData,
    RecordType,
};
use lanward_wire::{Decode as _, Encode as _, Reader};
use serde::Serialize;
use std::io::{Write, stdout};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

/// Show NetBIOS names and sessions, here and elsewhere
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    what: What,
    /// The port of the name service elsewhere
    #[arg(long, value_name = "PORT", default_value_t = 137)]
    port: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Sessions with this server, with the bytes that went in and out
    #[arg(short)]
    sessions: bool,
    /// Names this server has
    #[arg(short)]
    names: bool,
    /// Names somebody else has, by name
    #[arg(short = 'a', value_name = "NAME")]
    name: Option<String>,
    /// Names somebody else has, by address
    #[arg(short = 'A', value_name = "ADDRESS")]
    address: Option<Ipv4Addr>,
}

/// How often and how long anybody is asked.
const TIMES: u32 = 3;
const PATIENCE: Duration = Duration::from_millis(700);

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut out = stdout().lock();
    let at = match (&options.what.name, options.what.address) {
        (Some(name), _) => Some(find(name, options)?),
        (None, address) => address,
    };
    if let Some(address) = at {
        let status = node_status(SocketAddrV4::new(address, options.port))?;
        return print_remote(&mut out, address, &status, options.json);
    }
    let Response::Netbios(view) = ask(&options.which.state_dir()?, &Request::Netbios)? else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    match (options.json, options.what.sessions) {
        (true, true) => writeln!(out, "{}", serde_json::to_string_pretty(&view.sessions)?)?,
        (true, false) => writeln!(out, "{}", serde_json::to_string_pretty(&view)?)?,
        (false, true) => print_sessions(&mut out, &view.sessions)?,
        (false, false) => print_names(&mut out, &view)?,
    }
    Ok(())
}

fn print_sessions(out: &mut impl Write, sessions: &[Session]) -> Result<()> {
    let header = ["LOCAL NAME", "STATE", "IN/OUT", "REMOTE HOST", "ADDRESS", "INPUT", "OUTPUT"];
    let [local, state, way, remote, address, input, output] = header;
    writeln!(out, "{local:<21} {state:<10} {way:<6} {remote:<21} {address:<15} {input:>12} {output:>12}")?;
    for session in sessions {
        let local = named(&session.local, session.local_suffix);
        let remote = session.remote.as_ref().zip(session.remote_suffix);
        let remote = remote.map(|(name, suffix)| named(name, suffix)).unwrap_or_default();
        let address = session.remote_address.map(|ip| ip.to_string()).unwrap_or_default();
        let (state, way) = (&session.state, session.direction.as_deref().unwrap_or_default());
        let (input, output) = (session.bytes_in, session.bytes_out);
        writeln!(
            out,
            "{local:<21} {state:<10} {way:<6} {remote:<21} {address:<15} {input:>12} {output:>12}"
        )?;
    }
    Ok(())
}

fn print_names(out: &mut impl Write, view: &NetbiosView) -> Result<()> {
    writeln!(out, "node type {}, scope \"{}\"", view.node_type, view.scope)?;
    for subnet in &view.subnets {
        writeln!(out, "\n{} {}", subnet.interface, subnet.address)?;
        for name in &subnet.names {
            let shown = named(&name.name, name.suffix);
            writeln!(out, "  {shown:<21} {:<6} {}", kind(name.group), name.state)?;
        }
    }
    let Some(wins) = &view.wins else { return Ok(()) };
    writeln!(out, "\nname server")?;
    for name in wins {
        let addresses: Vec<_> = name.addresses.iter().map(ToString::to_string).collect();
        let state = if name.released { "released" } else { &name.kind };
        writeln!(out, "  {:<21} {state:<13} {}", named(&name.name, name.suffix), addresses.join(" "))?;
    }
    Ok(())
}

/// The names of a node as it tells them.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Remote {
    address: Ipv4Addr,
    names: Vec<RemoteName>,
    mac: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct RemoteName {
    name: String,
    suffix: u8,
    group: bool,
    conflict: bool,
}

fn print_remote(out: &mut impl Write, address: Ipv4Addr, status: &NodeStatus, json: bool) -> Result<()> {
    let names = status.names.iter().map(|entry| RemoteName {
        name: shown_name(entry.name.name()),
        suffix: entry.name.suffix(),
        group: entry.flags.contains(NodeNameFlags::GROUP),
        conflict: entry.flags.contains(NodeNameFlags::CONFLICT),
    });
    let mac = status.unit_id.map(|b| format!("{b:02x}")).join(":");
    let remote = Remote { address, names: names.collect(), mac };
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&remote)?)?);
    }
    writeln!(out, "{}", remote.address)?;
    for name in &remote.names {
        let state = if name.conflict { "conflict" } else { "registered" };
        writeln!(out, "  {:<21} {:<6} {state}", named(&name.name, name.suffix), kind(name.group))?;
    }
    Ok(writeln!(out, "MAC address {}", remote.mac)?)
}

fn named(name: &str, suffix: u8) -> String {
    format!("{name:<15} <{suffix:02x}>")
}

const fn kind(group: bool) -> &'static str {
    if group { "group" } else { "unique" }
}

/// Asks a node for its names (RFC 1002 4.2.17).
fn node_status(node: SocketAddrV4) -> Result<NodeStatus> {
    let any = FullName::unscoped(NetbiosName::ANY);
    let request =
        NamePacket::request(random_id()?, Opcode::QUERY, NameFlags::empty(), any, RecordType::NBSTAT);
    let status = converse(&request, &[node], |packet| match packet.answers.into_iter().next()?.data {
        RecordData::NodeStatus(status) => Some(status),
        RecordData::Addresses(_) | RecordData::Other(_) => None,
    })?;
    Ok(status.ok_or_else(|| Refused::Unavailable(format!("{} does not answer", node.ip())))?)
}

/// Finds a name: by the name servers of the configuration, then by broadcast on every subnet.
fn find(name: &str, options: &Options) -> Result<Ipv4Addr> {
    let config = configuration(options);
    let scope = config.netbios.scope.0.clone();
    let wrong = || format!("`{name}` is no name: it has 1 to 15 characters of ASCII");
    let own = |suffix| NetbiosName::new(name, suffix).with_context(wrong);
    let asked = |suffix, flags| -> Result<NamePacket> {
        let name = FullName { name: own(suffix)?, scope: scope.clone() };
        Ok(NamePacket::request(random_id()?, Opcode::QUERY, flags, name, RecordType::NB))
    };
    let address = |packet: NamePacket| {
        let found = packet.answers.first()?.addresses().first().map(|entry| entry.address);
        found.filter(|_| packet.rcode == Rcode::SUCCESS).filter(|ip| !ip.is_broadcast())
    };
    let servers = config.netbios.wins_servers.iter().map(|ip| SocketAddrV4::new(*ip, options.port));
    let servers: Vec<_> = servers.collect();
    let subnets = lanward_sys::subnets()?;
    let everybody = subnets.iter().filter_map(|s| Some(SocketAddrV4::new(s.broadcast?, options.port)));
    let everybody: Vec<_> = everybody.collect();
    for suffix in [NetbiosName::SERVER, NetbiosName::WORKSTATION] {
        let desired = NameFlags::RECURSION_DESIRED;
        for (to, flags) in [(&servers, desired), (&everybody, desired | NameFlags::BROADCAST)] {
            if let Some(found) = converse(&asked(suffix, flags)?, to, address)? {
                return Ok(found);
            }
        }
    }
    Err(Refused::Unavailable(format!("nobody has the name {}", name.to_uppercase())).into())
}

fn configuration(options: &Options) -> Config {
    let file = options.which.file().unwrap_or_else(default_file);
    read(&file).unwrap_or_default()
}

/// Sends a request to all of `to` and waits for the first response that `take` makes something of.
fn converse<T>(
    request: &NamePacket,
    to: &[SocketAddrV4],
    take: impl Fn(NamePacket) -> Option<T>,
) -> Result<Option<T>> {
    if to.is_empty() {
        return Ok(None);
    }
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("a socket for the name service")?;
    socket.set_broadcast(true)?;
    let bytes = request.to_bytes();
    let mut buffer = [0; NamePacket::MAX_LEN];
    for _ in 0..TIMES {
        for address in to {
            // One that cannot be reached is one that does not answer.
            socket.send_to(&bytes, address).ok();
        }
        let until = Instant::now() + PATIENCE;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            socket.set_read_timeout(Some(left))?;
            let Ok((len, SocketAddr::V4(_))) = socket.recv_from(&mut buffer) else { continue };
            let packet = NamePacket::decode(&mut Reader::new(&buffer[..len]));
            let expected = packet.ok().filter(|p| p.response && p.id == request.id);
            if let Some(taken) = expected.and_then(&take) {
                return Ok(Some(taken));
            }
        }
    }
    Ok(None)
}

fn random_id() -> Result<u16> {
    Ok(u16::from_le_bytes(crate::identity::random()?))
}
