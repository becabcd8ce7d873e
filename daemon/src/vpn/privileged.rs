//! What needs privilege: opened before anything else, and kept for every worker that is to come.

use crate::config::VpnSection;
use anyhow::{Context as _, Result, anyhow};
use lanward_sys::{GreSocket, Tun};
use rustix::thread::{CapabilitySet, capabilities, remove_capability_from_bounding_set, set_capabilities};
use std::io::{self, ErrorKind};

/// Descriptors that only somebody with privilege can have.
#[derive(Debug)]
pub(crate) struct Privileged {
    pub(crate) gre: GreSocket,
    pub(crate) tun: Tun,
}

/// Opens them, and gives up for ever what they needed. To be called before there are other threads, which would keep it.
///
/// # Errors
/// The system's, with what is missing.
pub(crate) fn open(section: &VpnSection) -> Result<Privileged> {
    let own = section.address.get_ref();
    let gre =
        GreSocket::open().map_err(|error| lacking(error, "CAP_NET_RAW")).context("[vpn]: no GRE socket")?;
    let name = section.interface.get_ref();
    let tun = Tun::create(name).map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!(error).context("there is no /dev/net/tun: load the module tun"),
        _ => lacking(error, "CAP_NET_ADMIN"),
    });
    let tun = tun.with_context(|| format!("[vpn]: no interface {name}"))?;
    let configured = tun.configure(own.address, own.prefix, u32::from(*section.mtu.get_ref()));
    configured
        .map_err(|error| lacking(error, "CAP_NET_ADMIN"))
        .context("[vpn]: the interface has no address")?;
    give_up().context("[vpn]: giving up privileges")?;
    tracing::info!(interface = tun.name(), address = %own.address, "The VPN's interface is up");
    Ok(Privileged { gre, tun })
}

fn lacking(error: io::Error, capability: &str) -> anyhow::Error {
    if error.kind() != ErrorKind::PermissionDenied {
        return error.into();
    }
    let remedy = format!(
        "this process lacks {capability}: start it with AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN in its service, or take [vpn] out"
    );
    anyhow!(error).context(remedy)
}

fn give_up() -> io::Result<()> {
    let mut held = capabilities(None)?;
    for one in [CapabilitySet::NET_RAW, CapabilitySet::NET_ADMIN] {
        // Who may not do this (CAP_SETPCAP) cannot get it back by a program either: nothing here is set-user-ID.
        if let Err(error) = remove_capability_from_bounding_set(one) {
            tracing::debug!(%error, "the bounding set stays as it is");
        }
        held.effective.remove(one);
        held.permitted.remove(one);
        // What is ambient goes with it.
        held.inheritable.remove(one);
    }
    Ok(set_capabilities(None, held)?)
}
