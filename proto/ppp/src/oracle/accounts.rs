use core::net::Ipv4Addr;

use lanward_auth::NtHash;
use lanward_auth::mschap::{
    MasterKey, MppeKeys, NewPassword, authenticator_response, chap_md5, nt_response_v1, nt_response_v2,
};

use crate::authentication::{
    Acceptance, AuthenticationRequest, Grant, MsChapError, MsChapV2Proof, Proof, Verdict,
};

/// What whoever knows that everybody's password is `password` says of a request.
pub(crate) fn judge(request: &AuthenticationRequest, password: &str, address: Ipv4Addr) -> Verdict {
    let hash = NtHash::of_password(&password.into());
    let v2 = |hash: &NtHash, proof: &MsChapV2Proof| {
        let (authenticator, peer) = (&proof.authenticator_challenge, &proof.peer_challenge);
        (nt_response_v2(hash, authenticator, peer, &request.name) == proof.nt_response).then(|| {
            let response =
                authenticator_response(hash, &proof.nt_response, authenticator, peer, &request.name);
            (Some(response), Some(MppeKeys::v2(&MasterKey::derive(hash, &proof.nt_response))))
        })
    };
    let accepted = match &request.proof {
        Proof::Pap { password: said } => (said.as_slice() == password.as_bytes()).then_some((None, None)),
        Proof::ChapMd5 { identifier, challenge, response } => {
            (chap_md5(*identifier, password.as_bytes(), challenge) == *response).then_some((None, None))
        }
        Proof::MsChapV1 { challenge, nt_response, .. } => (Some(nt_response_v1(&hash, challenge))
            == *nt_response)
            .then(|| (None, Some(MppeKeys::v1(&hash, None, challenge)))),
        Proof::MsChapV2(proof) => v2(&hash, proof),
        Proof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
            let new = NewPassword::open(encrypted_password, encrypted_hash, &hash);
            new.and_then(|new| v2(new.hash(), proof))
        }
    };
    match accepted {
        Some((authenticator_response, keys)) => Verdict::Accepted(Box::new(Acceptance {
            authenticator_response,
            keys,
            grant: Grant {
                address: Some(address),
                dns: [Some(Ipv4Addr::new(10, 99, 0, 53)), None],
                wins: [Some(Ipv4Addr::new(10, 99, 0, 1)), Some(Ipv4Addr::new(10, 99, 0, 2))],
                ..Grant::default()
            },
        })),
        None => Verdict::Refused { error: MsChapError::AuthenticationFailure, retry: true },
    }
}
