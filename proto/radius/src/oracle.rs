//! What the fuzz target calls with arbitrary bytes, and tests replay. It holds whatever the bytes are; it panics when that is not so.

use crate::{
    AccessRequest, Client, ClientStep, DynamicAnswer, DynamicServer, Nas, Request, RetryPolicy, Secret,
};
use core::time::Duration;
use lanward_ppp::authentication::{AuthenticationRequest, Proof};
use std::net::Ipv4Addr;

/// A client and what answers requests get datagrams of somebody who does not know the secret: nobody is let in or sent away.
///
/// # Panics
/// Somebody was.
pub fn datagrams(data: &[u8]) {
    let secret = Secret::new(b"nobody knows it");
    let mut asked = false;
    let mut server = DynamicServer::new("here");
    let answer = server.receive(data, &secret, 0, |_| {
        asked = true;
        DynamicAnswer::Ack
    });
    assert!(!asked && answer.is_none(), "somebody is sent away");
    let mut client = Client::new(vec![secret], RetryPolicy::default());
    let mut out = Vec::new();
    let home = Ipv4Addr::LOCALHOST;
    let nas = Nas {
        identifier: "here".to_owned(),
        address: Some(home),
        port: 1,
        called: None,
        calling: home.into(),
    };
    let proof = Proof::MsChapV1 { challenge: [1; 8], lm_response: [2; 24], nt_response: None };
    let request = Box::new(AuthenticationRequest { name: b"user".to_vec(), proof });
    let request = Request::Access(AccessRequest { nas, request, state: None });
    let asked = client.request(1, request, Duration::ZERO, &mut |bytes| bytes.fill(9), &mut out);
    assert!(asked.is_ok() && out.len() == 1);
    client.receive(0, data, &mut out);
    assert!(!out.iter().any(|step| matches!(step, ClientStep::Done { .. })), "somebody is let in");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn datagrams_hold(code in 0u8..50, identifier in 0u8..2, mut rest in proptest::collection::vec(any::<u8>(), 16..200), lie in 0usize..3) {
            let length = u16::try_from(rest.len() + 4 + lie.saturating_sub(1)).unwrap().to_be_bytes();
            // Attributes that are often whole.
            for at in (16..rest.len().saturating_sub(6)).step_by(6) {
                rest[at + 1] = 6;
            }
            datagrams(&[&[code, identifier], &length[..], &rest].concat());
        }
    }
}
