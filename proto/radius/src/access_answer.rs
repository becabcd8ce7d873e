use crate::attribute::{AttributeType, Attributes};
use crate::hidden::{reveal, reveal_key};
use crate::microsoft::{MicrosoftType, microsoft};
use crate::packet::{Code, Packet, Secret};
use core::time::Duration;
use lanward_auth::mschap::{AUTHENTICATOR_RESPONSE, MppeKeys};
use lanward_ppp::authentication::{
    Acceptance, Grant, MsChapError, Proof, Verdict, read_failure, read_success,
};
use std::net::Ipv4Addr;

/// What a server says to an Access-Request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessAnswer {
    /// Access-Accept
    Accept(Box<AccessAccept>),
    /// Access-Reject, or a challenge, to which PPP has no answer.
    Reject {
        /// Why.
        error: MsChapError,
        /// Whether another try may follow.
        retry: bool,
    },
}

/// RFC 2865, 4.2 Access-Accept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessAccept {
    /// User-Name: who it is in the accounts, if that is another name.
    pub user_name: Option<Vec<u8>>,
    /// What proves to the client that somebody knows its password.
    pub authenticator_response: Option<[u8; AUTHENTICATOR_RESPONSE]>,
    /// What encryption starts with.
    pub keys: Option<MppeKeys>,
    /// What the client gets.
    pub grant: Grant,
    /// Class: what accounting has to say again.
    pub class: Vec<Vec<u8>>,
    /// Acct-Interim-Interval: how often accounting tells how it goes.
    pub interim_interval: Option<Duration>,
}

/// Most attributes Class that are kept.
const MOST_CLASSES: usize = 8;

/// How often accounting may be asked to tell (RFC 2869, 5.16).
const SHORTEST_INTERVAL: Duration = Duration::from_secs(60);

impl AccessAnswer {
    /// Reads the answer to a request that had this authenticator and proof; `None` if it is none of who knows the secret.
    #[must_use]
    pub fn of(packet: &Packet<'_>, request: &[u8; 16], secret: &Secret, proof: &Proof) -> Option<Self> {
        let signed = packet.message_authenticator(request, secret) == Some(true);
        if !signed || !packet.answers(request, secret) {
            return None;
        }
        match packet.code {
            Code::ACCESS_ACCEPT => Some(accept(packet.attributes, request, secret, proof)),
            Code::ACCESS_REJECT => Some(reject(packet.attributes)),
            Code::ACCESS_CHALLENGE => {
                Some(Self::Reject { error: MsChapError::AuthenticationFailure, retry: false })
            }
            _ => None,
        }
    }

    /// The verdict on who asked.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Accept(accept) => {
                let AccessAccept { authenticator_response, keys, grant, .. } = *accept;
                Verdict::Accepted(Box::new(Acceptance { authenticator_response, keys, grant }))
            }
            Self::Reject { error, retry } => Verdict::Refused { error, retry },
        }
    }
}

fn accept(attributes: Attributes<'_>, request: &[u8; 16], secret: &Secret, proof: &Proof) -> AccessAnswer {
    let mut accept = AccessAccept::default();
    let seconds = |number: Option<u32>| number.filter(|n| *n > 0).map(|n| Duration::from_secs(n.into()));
    for attribute in attributes.iter() {
        match attribute.kind {
            AttributeType::USER_NAME => accept.user_name = Some(attribute.value.to_vec()),
            AttributeType::FRAMED_IP_ADDRESS => accept.grant.address = attribute.address().filter(is_one),
            AttributeType::SESSION_TIMEOUT => accept.grant.session_timeout = seconds(attribute.number()),
            AttributeType::IDLE_TIMEOUT => accept.grant.idle_timeout = seconds(attribute.number()),
            AttributeType::ACCT_INTERIM_INTERVAL => {
                accept.interim_interval = seconds(attribute.number()).map(|span| span.max(SHORTEST_INTERVAL));
            }
            AttributeType::CLASS if accept.class.len() < MOST_CLASSES => {
                accept.class.push(attribute.value.to_vec());
            }
            _ => {}
        }
    }
    let (mut send, mut receive, mut old) = (None, None, None);
    for (kind, value) in microsoft(attributes) {
        let address = || <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from).filter(is_one);
        let Grant { dns: [dns, second_dns], wins: [wins, second_wins], .. } = &mut accept.grant;
        match kind {
            MicrosoftType::MS_MPPE_SEND_KEY => send = reveal_key(value, secret, request),
            MicrosoftType::MS_MPPE_RECV_KEY => receive = reveal_key(value, secret, request),
            MicrosoftType::MS_CHAP_MPPE_KEYS => old = reveal(value, secret, request),
            MicrosoftType::MS_CHAP2_SUCCESS => {
                accept.authenticator_response = value.get(1..).and_then(read_success);
            }
            MicrosoftType::MS_PRIMARY_DNS_SERVER => *dns = address(),
            MicrosoftType::MS_SECONDARY_DNS_SERVER => *second_dns = address(),
            MicrosoftType::MS_PRIMARY_NBNS_SERVER => *wins = address(),
            MicrosoftType::MS_SECONDARY_NBNS_SERVER => *second_wins = address(),
            _ => {}
        }
    }
    // What this server sends is what the client receives.
    let both = send.zip(receive).and_then(|(send, receive)| MppeKeys::of_start_keys(&receive, &send));
    accept.keys = both.or_else(|| match proof {
        Proof::MsChapV1 { challenge, .. } => old.and_then(|keys| v1_keys(&keys, challenge)),
        _ => None,
    });
    let proves_itself = matches!(proof, Proof::MsChapV2(_) | Proof::ChangePassword { .. });
    if proves_itself && accept.authenticator_response.is_none() {
        return AccessAnswer::Reject { error: MsChapError::AuthenticationFailure, retry: false };
    }
    AccessAnswer::Accept(Box::new(accept))
}

/// RFC 2548, 2.4.1: the first half of the LM hash, the hash of the NT hash, and padding. Where there is no LM hash there are zeros.
fn v1_keys(clear: &[u8], challenge: &[u8; 8]) -> Option<MppeKeys> {
    let (lm_key, rest) = clear.split_first_chunk::<8>()?;
    let nt_key = rest.first_chunk::<16>()?;
    let lm_key = Some(*lm_key).filter(|key| *key != [0; 8]);
    Some(MppeKeys::v1_of_hashes(nt_key, lm_key, challenge))
}

fn reject(attributes: Attributes<'_>) -> AccessAnswer {
    let mut said = microsoft(attributes).filter(|(kind, _)| *kind == MicrosoftType::MS_CHAP_ERROR);
    let (error, retry) = said
        .next()
        .and_then(|(_, value)| value.get(1..))
        .map_or((MsChapError::AuthenticationFailure, true), read_failure);
    AccessAnswer::Reject { error, retry }
}

/// Whether it is an address, and not one of those that say to choose one (RFC 2865, 5.8).
fn is_one(address: &Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_broadcast() || *address == Ipv4Addr::new(255, 255, 255, 254))
}
