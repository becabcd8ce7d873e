//! Whether somebody who dials in is who he says: the only place where the VPN meets passwords.

use lanward_auth::mschap::{
    MasterKey, MppeKeys, authenticator_response, nt_response_v1, nt_response_v2, user_of,
};
use lanward_auth::{Account, AccountLookup, Accounts as _, Claim, NtHash};
use lanward_nt::{NtStatus, NtString};
use lanward_ppp::authentication::{AuthenticationRequest, MsChapError, Proof};
use lanward_server::Server;
use lanward_vpn::{Answer, Keys};
use std::net::Ipv4Addr;

/// What is said to a request from `peer`, and whom it is about. A name that there is not costs the same work as a wrong password.
pub(super) fn judge(
    server: &Server,
    peer: Ipv4Addr,
    request: &AuthenticationRequest,
    can_be_fixed: impl Fn(Ipv4Addr) -> bool,
) -> Answer {
    let now = crate::run::now();
    let accounts = server.logons_from(peer.into());
    let name = String::from_utf8_lossy(user_of(&request.name)).into_owned();
    let claim =
        Claim { domain: NtString::default(), user: name.as_str().into(), workstation: NtString::default() };
    let found = match accounts.look_up(&claim, now) {
        AccountLookup::Found(account) => Some(account),
        AccountLookup::Refused | AccountLookup::Guest => {
            return refused(MsChapError::AuthenticationFailure, false);
        }
        AccountLookup::Unknown | AccountLookup::Locked => None,
    };
    let hash = found.as_ref().map_or_else(|| NtHash::new([0; 16]), |account| account.nt_hash.clone());
    let proved = prove(&hash, request);
    let (Some(account), Some((response, keys))) = (found, proved) else {
        accounts.tried(&claim, false, now);
        server.count_failed_logon();
        return refused(MsChapError::AuthenticationFailure, true);
    };
    accounts.tried(&claim, true, now);
    if let Some(status) = account.barred {
        return refused(told(status), false);
    }
    let directory = server.accounts().directory();
    let Some(user) = directory.user(account.rid).filter(|user| user.dial_in) else {
        tracing::info!(user = %account.name, %peer, "Did not dial in: the account may not (lanward user set NAME --dial-in true)");
        return refused(MsChapError::NoDialInPermission, false);
    };
    let address = user.dial_in_address;
    if let Some(wrong) = address.filter(|address| !can_be_fixed(*address)) {
        tracing::warn!(user = %account.name, address = %wrong, "The account's address is not of the tunnels' network: it gets another one");
    }
    accepted(&account, response, &keys, address.filter(|address| can_be_fixed(*address)))
}

fn accepted(
    account: &Account,
    authenticator_response: Option<[u8; 20]>,
    keys: &MppeKeys,
    address: Option<Ipv4Addr>,
) -> Answer {
    Answer::Accepted {
        user: account.name.to_string_lossy(),
        authenticator_response,
        keys: Some(Keys::new(keys)),
        address,
    }
}

/// What the proof is answered with and what keys follow from it, if it is one of this hash.
fn prove(hash: &NtHash, request: &AuthenticationRequest) -> Option<(Option<[u8; 20]>, MppeKeys)> {
    match &request.proof {
        Proof::MsChapV2(proof) => {
            let (own, peer) = (&proof.authenticator_challenge, &proof.peer_challenge);
            let expected = nt_response_v2(hash, own, peer, &request.name);
            let answer = authenticator_response(hash, &proof.nt_response, own, peer, &request.name);
            let keys = MppeKeys::v2(&MasterKey::derive(hash, &proof.nt_response));
            same(&expected, &proof.nt_response).then_some((Some(answer), keys))
        }
        Proof::MsChapV1 { challenge, nt_response, .. } => {
            let expected = nt_response_v1(hash, challenge);
            let keys = MppeKeys::v1(hash, None, challenge);
            same(&expected, nt_response.as_ref()?).then_some((None, keys))
        }
        // Nothing that would key encryption is offered but these.
        Proof::Pap { .. } | Proof::ChapMd5 { .. } | Proof::ChangePassword { .. } => None,
    }
}

/// Compares in a time that does not depend on where two responses differ.
fn same(one: &[u8; 24], other: &[u8; 24]) -> bool {
    std::hint::black_box(one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b))) == 0
}

fn refused(error: MsChapError, retry: bool) -> Answer {
    Answer::Refused { error: error.number(), retry }
}

fn told(status: NtStatus) -> MsChapError {
    match status {
        NtStatus::ACCOUNT_DISABLED | NtStatus::ACCOUNT_EXPIRED => MsChapError::AccountDisabled,
        NtStatus::PASSWORD_EXPIRED | NtStatus::PASSWORD_MUST_CHANGE => MsChapError::PasswordExpired,
        NtStatus::INVALID_LOGON_HOURS => MsChapError::RestrictedLogonHours,
        _ => MsChapError::AuthenticationFailure,
    }
}
