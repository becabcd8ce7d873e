//! Whether somebody who dials in is who he says: the only place where the VPN meets passwords.

use crate::config::VpnSection;
use lanward_ppp::authentication::{AuthenticationRequest, Proof};
use lanward_server::{DialInProof, DialInRefusal, Server};
use lanward_vpn::{Answer, Keys, Terms};
use std::net::Ipv4Addr;

/// What the account store says to a request from `peer`. May wait for a disk.
pub(super) fn judge(
    server: &Server,
    section: &VpnSection,
    peer: Ipv4Addr,
    request: &AuthenticationRequest,
) -> Answer {
    let proof = match &request.proof {
        Proof::MsChapV1 { challenge, nt_response: Some(nt_response), .. } => {
            DialInProof::MsChapV1 { challenge, nt_response }
        }
        Proof::MsChapV2(proof) => DialInProof::MsChapV2(proof),
        Proof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
            DialInProof::ChangePassword { proof, encrypted_password, encrypted_hash }
        }
        // Nothing that would key encryption is offered but these.
        Proof::MsChapV1 { .. } | Proof::Pap { .. } | Proof::ChapMd5 { .. } => return Answer::unavailable(),
    };
    match server.judge_dial_in(peer.into(), &request.name, proof, crate::run::now()) {
        Ok(dialled) => Answer::Accepted {
            address: fixed(section, dialled.address, &dialled.user.to_string_lossy()),
            user: dialled.user.to_string_lossy(),
            authenticator_response: dialled.authenticator_response,
            keys: Some(Keys::new(&dialled.keys)),
            terms: Terms::default(),
        },
        Err(refusal) => {
            let name = request.name.escape_ascii();
            tracing::info!(%peer, %name, "Not let in: {}", refusal.reason());
            if refusal == DialInRefusal::NoDialInPermission {
                tracing::info!("An account may dial in by `lanward user set NAME --dial-in true`");
            }
            Answer::Refused { error: refusal.number(), retry: matches!(refusal, DialInRefusal::Wrong(_)) }
        }
    }
}

/// An address that is always somebody's, if it can be.
pub(super) fn fixed(section: &VpnSection, address: Option<Ipv4Addr>, user: &str) -> Option<Ipv4Addr> {
    let (can, wrong) = (address.filter(|at| section.can_be_fixed(*at)), address);
    if let (None, Some(wrong)) = (can, wrong) {
        tracing::warn!(user, address = %wrong, "The account's address is not of the tunnels' network: it gets another one");
    }
    can
}
