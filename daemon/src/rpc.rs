//! The ports at which administration is reached over TCP.

use crate::config::RpcSection;
use crate::listen;
use anyhow::Result;
use lanward_management::{Management, RpcPort};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Listens where `[rpc]` says; what is returned stops it when it is dropped.
///
/// # Errors
/// An address cannot be listened on.
pub(crate) fn listen(section: &RpcSection, management: &Management) -> Result<JoinSet<()>> {
    let mut serving = JoinSet::new();
    if section.listen.is_empty() {
        return Ok(serving);
    }
    let ports = [
        (section.mapper_port, management.mapper_port(section.mapper_port)),
        (section.port, management.port(section.port)),
    ];
    for address in &section.listen {
        for (number, port) in &ports {
            serve(*address, *number, Arc::clone(port), &mut serving)?;
        }
    }
    Ok(serving)
}

/// Where [`listen`] listens.
pub(crate) fn addresses(section: &RpcSection) -> Vec<SocketAddr> {
    let at = |ip: &IpAddr| [section.mapper_port, section.port].map(|port| SocketAddr::new(*ip, port));
    section.listen.iter().flat_map(at).collect()
}

fn serve(address: IpAddr, number: u16, port: Arc<RpcPort>, serving: &mut JoinSet<()>) -> Result<()> {
    let address = SocketAddr::new(address, number);
    let listener = listen::bind_one(address, false).map_err(|error| listen::explained(error, address))?;
    serving.spawn(async move {
        if let Err(error) = port.serve(listener).await {
            tracing::error!(%address, %error, "cannot listen");
        }
    });
    tracing::info!("listening on {address} for RPC");
    Ok(())
}
