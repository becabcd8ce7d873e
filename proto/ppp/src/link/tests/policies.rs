//! Every server against every client: they run as the stricter of both wants, or end for the reason there is.

use super::*;

const BITS: [&[KeyStrength]; 4] = [
    &[KeyStrength::Bits128],
    &[KeyStrength::Bits56, KeyStrength::Bits40],
    &[KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128],
    &[],
];

const METHODS: [&[Method]; 6] = [
    &[Method::MsChapV2],
    &[Method::Eap],
    &[Method::MsChapV1],
    &[Method::MsChapV2, Method::Eap, Method::MsChapV1, Method::ChapMd5, Method::Pap],
    &[Method::Pap, Method::ChapMd5],
    &[Method::ChapMd5],
];

#[derive(Debug, Clone, Copy)]
struct Policy {
    methods: &'static [Method],
    strengths: &'static [KeyStrength],
    required: bool,
    stateful: bool,
}

fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for methods in METHODS {
        for strengths in BITS {
            for (required, stateful) in [(true, false), (true, true), (false, false), (false, true)] {
                all.push(Policy { methods, strengths, required, stateful });
            }
        }
    }
    all
}

fn apply(mut config: LinkConfig, policy: Policy) -> LinkConfig {
    config.methods = policy.methods.to_vec();
    config.mppe.required = policy.required;
    config.mppe.strengths = policy.strengths.to_vec();
    config.mppe.stateful = policy.stateful;
    config
}

/// What must come of two policies: how packets are encrypted (perhaps not at all), or why there are none.
fn expected(server: Policy, client: Policy) -> Result<Option<KeyStrength>, &'static [CloseReason]> {
    let Some(method) = server.methods.iter().find(|method| client.methods.contains(method)) else {
        return Err(&[CloseReason::AuthenticationMethodRefused]);
    };
    let keyed = |strength: &&KeyStrength| match method {
        Method::MsChapV1 => **strength == KeyStrength::Bits128,
        method => method.keys_mppe(),
    };
    let strengths = [KeyStrength::Bits128, KeyStrength::Bits56, KeyStrength::Bits40];
    let common = strengths
        .iter()
        .filter(keyed)
        .find(|strength| server.strengths.contains(strength) && client.strengths.contains(strength));
    match common {
        Some(strength) => Ok(Some(*strength)),
        None if server.required || client.required => Err(&[CloseReason::EncryptionRequired]),
        None => Ok(None),
    }
}

#[test]
fn every_pair_of_policies_runs_or_ends_for_its_reason() {
    let all = policies();
    let mut seed = 0;
    for server_policy in &all {
        for client_policy in &all {
            seed += 1;
            let mut pair = Pair::new(apply(server(), *server_policy), apply(client(), *client_policy), seed);
            let over = |pair: &Pair| both_up(pair) || pair.ends.iter().all(|end| end.down.is_some());
            pair.run(Duration::from_secs(3600), over);
            let context = format!(
                "{server_policy:?} {client_policy:?} at {:?}: {:?}",
                pair.now,
                pair.ends.each_ref().map(|end| (end.up, end.down))
            );
            match expected(*server_policy, *client_policy) {
                Ok(strength) => {
                    assert!(both_up(&pair), "{context}");
                    for end in &pair.ends {
                        assert_eq!(
                            end.up.unwrap().encryption.map(|encryption| encryption.strength),
                            strength,
                            "{context}"
                        );
                    }
                    assert!(passes(&mut pair), "{context}");
                }
                Err(reasons) => {
                    assert!(!both_up(&pair), "{context}");
                    let downs = pair.ends.each_ref().map(|end| end.down.unwrap());
                    assert!(downs.iter().any(|down| reasons.contains(down)), "{context}");
                    assert!(
                        downs.iter().all(|down| *down == CloseReason::Peer || reasons.contains(down)),
                        "{context}"
                    );
                }
            }
        }
    }
}
