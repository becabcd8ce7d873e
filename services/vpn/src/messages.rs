//! What the worker and the main process tell each other.

use crate::counters::Counters;
use crate::flush::StatefulFlush;
use crate::limits::Limits;
use crate::pool::AddressRange;
use crate::reach::Reach;
use lanward_auth::mschap::{AUTHENTICATOR_RESPONSE, ENCRYPTED_PASSWORD, MppeKeys};
use lanward_ppp::authentication::{self as ppp, AuthenticationRequest, MsChapError, MsChapV2Proof};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;
use zeroize::Zeroizing;

/// How the worker is to work. The first message, with the GRE socket and the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What the server calls itself.
    pub name: String,
    /// The interface's name.
    pub interface: String,
    /// The server's address in the tunnels.
    pub address: Ipv4Addr,
    /// The addresses of those who dial in.
    pub pool: AddressRange,
    /// Longest packet in the tunnels, in bytes.
    pub mtu: u16,
    /// Name servers they are told.
    pub dns: [Option<Ipv4Addr>; 2],
    /// NetBIOS name servers they are told.
    pub wins: [Option<Ipv4Addr>; 2],
    /// Where they may go.
    pub reach: Reach,
    /// Ports of the server's services.
    pub tcp_ports: Vec<u16>,
    /// The same of UDP.
    pub udp_ports: Vec<u16>,
    /// How many there may be.
    pub limits: Limits,
    /// What the links ask for.
    pub security: Security,
    /// A session ends that has carried nothing for so long.
    pub idle_timeout: Option<Duration>,
    /// A session ends after so long.
    pub session_timeout: Option<Duration>,
    /// How often a link is asked whether it is still there.
    pub echo_interval: Duration,
}

/// What links ask of those who dial in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// A call without encryption ends.
    pub encryption_required: bool,
    /// 40 and 56 bits do as well.
    pub weak_keys: bool,
    /// Keys that change with every 256th packet do as well, which Windows 95 knows only.
    pub stateful: bool,
    /// What is sent then after a loss.
    pub stateful_flush: StatefulFlush,
    /// MS-CHAP of version 1 does as well.
    pub mschap_v1: bool,
    /// MS-CHAPv2 in EAP does as well.
    pub eap: bool,
}

/// What of this machine those who dialled in may reach at other addresses than that of the tunnels, if they may go further at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Where the machine takes packets itself.
    pub addresses: BTreeSet<Ipv4Addr>,
    /// Ports of services that are offered in the tunnels.
    pub tcp_ports: Vec<u16>,
    /// The same of UDP.
    pub udp_ports: Vec<u16>,
}

/// What the main process tells the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToWorker {
    /// How to work.
    Settings(Box<Settings>),
    /// What this machine is now.
    Machine(Machine),
    /// A listener comes with this message, at this address.
    Listen(SocketAddrV4),
    /// Nobody is to be accepted any more at this address.
    Unlisten(SocketAddrV4),
    /// What it asked.
    Answer {
        /// Its token.
        token: u64,
        /// What is said.
        answer: Box<Answer>,
    },
    /// Sessions are to end: these, or all.
    Disconnect {
        /// Their numbers; `None` for all.
        sessions: Option<Vec<u64>>,
    },
    /// Say how things are.
    Report {
        /// Goes with the answer.
        token: u64,
    },
    /// End all sessions properly, then yourself.
    Stop,
}

/// What the worker tells the main process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToMain {
    /// It is confined and works.
    Ready {
        /// What of its confinement the system could not give.
        lacks: Vec<String>,
    },
    /// Is this so?
    Check {
        /// Goes with the answer.
        token: u64,
        /// Who asks.
        peer: Ipv4Addr,
        /// What is claimed.
        check: Box<Check>,
    },
    /// A session is up.
    Begun(Box<SessionBegun>),
    /// A session that was up is over.
    Ended(Box<Ended>),
    /// A call ended before it was up.
    Failed {
        /// Whose.
        peer: Ipv4Addr,
        /// The name it gave; empty if none.
        user: String,
        /// Why.
        reason: String,
    },
    /// Calls of this address have control packets and no data: something between drops GRE.
    GreBlocked {
        /// The address.
        peer: Ipv4Addr,
    },
    /// What some sessions have carried, by their numbers: never more than fit into a message. A report follows.
    Carried(Vec<(u64, Usage)>),
    /// How things are.
    Report {
        /// Of the question.
        token: u64,
        /// What is.
        report: Box<Report>,
    },
}

/// A session that is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionBegun {
    /// Its number, never used again by this worker.
    pub id: u64,
    /// The name as it was proved.
    pub user: String,
    /// Where the user is.
    pub peer: Ipv4Addr,
    /// Which address of this machine was called.
    pub local: Ipv4Addr,
    /// The address the user got.
    pub address: Ipv4Addr,
    /// How the user proved the name.
    pub method: String,
    /// What encrypts; `None` for nothing.
    pub encryption: Option<String>,
    /// Longest packet towards it, in bytes.
    pub mtu: u16,
}

/// A session that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub id: u64,
    /// Why.
    pub reason: String,
    /// What it carried.
    pub usage: Usage,
}

/// What a session has carried: IP packets, as they were outside of encryption.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// How long it has been up, in seconds.
    pub seconds: u64,
    /// Packets that came.
    pub packets_in: u64,
    /// Bytes that came.
    pub octets_in: u64,
    /// Packets that went.
    pub packets_out: u64,
    /// Bytes that went.
    pub octets_out: u64,
    /// Packets that were dropped, to and fro.
    pub dropped: u64,
}

/// How things are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was dropped.
    pub drops: Counters,
    /// What calls dropped of their GRE packets, by the reason's name.
    pub gre_drops: Vec<(String, u64)>,
    /// Connections that are not sessions yet.
    pub starting: usize,
    /// Connections since the worker began.
    pub connections: u64,
}

/// Somebody says who he is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    name: Vec<u8>,
    proof: Proof,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("name", &self.name.escape_ascii().to_string()).finish_non_exhaustive()
    }
}

/// How, with the bytes of [`ppp::Proof`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Proof {
    Pap { password: Zeroizing<Vec<u8>> },
    ChapMd5 { identifier: u8, challenge: [u8; 16], response: [u8; 16] },
    MsChapV1 { challenge: [u8; 8], lm_response: Vec<u8>, nt_response: Option<Vec<u8>> },
    MsChapV2(V2),
    ChangePassword { proof: V2, encrypted_password: Vec<u8>, encrypted_hash: [u8; 16] },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct V2 {
    authenticator_challenge: [u8; 16],
    peer_challenge: [u8; 16],
    nt_response: Vec<u8>,
}

impl From<&MsChapV2Proof> for V2 {
    fn from(proof: &MsChapV2Proof) -> Self {
        Self {
            authenticator_challenge: proof.authenticator_challenge,
            peer_challenge: proof.peer_challenge,
            nt_response: proof.nt_response.to_vec(),
        }
    }
}

impl V2 {
    fn proof(&self) -> Option<MsChapV2Proof> {
        Some(MsChapV2Proof {
            authenticator_challenge: self.authenticator_challenge,
            peer_challenge: self.peer_challenge,
            nt_response: self.nt_response.as_slice().try_into().ok()?,
        })
    }
}

impl Check {
    /// What a link asks.
    #[must_use]
    pub fn new(request: &AuthenticationRequest) -> Self {
        let proof = match &request.proof {
            ppp::Proof::Pap { password } => Proof::Pap { password: password.clone() },
            ppp::Proof::ChapMd5 { identifier, challenge, response } => {
                Proof::ChapMd5 { identifier: *identifier, challenge: *challenge, response: *response }
            }
            ppp::Proof::MsChapV1 { challenge, lm_response, nt_response } => Proof::MsChapV1 {
                challenge: *challenge,
                lm_response: lm_response.to_vec(),
                nt_response: nt_response.map(|response| response.to_vec()),
            },
            ppp::Proof::MsChapV2(proof) => Proof::MsChapV2(proof.into()),
            ppp::Proof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
                Proof::ChangePassword {
                    proof: proof.into(),
                    encrypted_password: encrypted_password.to_vec(),
                    encrypted_hash: *encrypted_hash,
                }
            }
        };
        Self { name: request.name.clone(), proof }
    }

    /// The same for whoever judges it; `None` when its lengths are not those of the protocol.
    #[must_use]
    pub fn request(&self) -> Option<AuthenticationRequest> {
        if self.name.len() > ppp::LONGEST_NAME {
            return None;
        }
        let proof = match &self.proof {
            Proof::Pap { password } => ppp::Proof::Pap { password: password.clone() },
            Proof::ChapMd5 { identifier, challenge, response } => {
                ppp::Proof::ChapMd5 { identifier: *identifier, challenge: *challenge, response: *response }
            }
            Proof::MsChapV1 { challenge, lm_response, nt_response } => ppp::Proof::MsChapV1 {
                challenge: *challenge,
                lm_response: lm_response.as_slice().try_into().ok()?,
                nt_response: match nt_response {
                    Some(response) => Some(response.as_slice().try_into().ok()?),
                    None => None,
                },
            },
            Proof::MsChapV2(proof) => ppp::Proof::MsChapV2(proof.proof()?),
            Proof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
                let encrypted: [u8; ENCRYPTED_PASSWORD] = encrypted_password.as_slice().try_into().ok()?;
                ppp::Proof::ChangePassword {
                    proof: proof.proof()?,
                    encrypted_password: Box::new(encrypted),
                    encrypted_hash: *encrypted_hash,
                }
            }
        };
        Some(AuthenticationRequest { name: self.name.clone(), proof })
    }
}

/// What is said to a [`Check`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It is who it says.
    Accepted {
        /// The account's name, by which sessions are counted.
        user: String,
        /// What proves to the peer that the server knows the password.
        authenticator_response: Option<[u8; AUTHENTICATOR_RESPONSE]>,
        /// What encryption starts with.
        keys: Option<Keys>,
        /// The address that is always this account's.
        address: Option<Ipv4Addr>,
        /// What is not as it is for everybody.
        terms: Terms,
    },
    /// It is not let in.
    Refused {
        /// MS-CHAP's number of the reason.
        error: u32,
        /// It may try again.
        retry: bool,
    },
}

/// What somebody gets who is not to have what everybody has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Name servers.
    pub dns: Option<[Option<Ipv4Addr>; 2]>,
    /// NetBIOS name servers.
    pub wins: Option<[Option<Ipv4Addr>; 2]>,
    /// The session ends after so long.
    pub session_timeout: Option<Duration>,
    /// The session ends that has carried nothing for so long.
    pub idle_timeout: Option<Duration>,
}

/// What MPPE starts with, wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    /// To send them.
    #[must_use]
    pub fn new(keys: &MppeKeys) -> Self {
        Self(Zeroizing::new(keys.to_bytes().to_vec()))
    }

    /// As they were; `None` if they are none.
    #[must_use]
    pub fn keys(&self) -> Option<MppeKeys> {
        Some(MppeKeys::from_bytes(self.0.as_slice().try_into().ok()?))
    }
}

impl Answer {
    /// That nobody can say: it may be tried again.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::Refused { error: MsChapError::AuthenticationFailure.number(), retry: false }
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Keys};
    use lanward_auth::mschap::{ENCRYPTED_PASSWORD, MppeKeys};
    use lanward_ppp::authentication::{AuthenticationRequest, LONGEST_NAME, MsChapV2Proof, Proof};

    fn over(check: &Check) -> Check {
        serde_json::from_slice(&serde_json::to_vec(check).unwrap()).unwrap()
    }

    #[test]
    fn what_is_asked_arrives() {
        let v2 =
            MsChapV2Proof { authenticator_challenge: [1; 16], peer_challenge: [2; 16], nt_response: [3; 24] };
        let encrypted_password = Box::new([9; ENCRYPTED_PASSWORD]);
        let proofs = [
            Proof::Pap { password: b"secret".to_vec().into() },
            Proof::ChapMd5 { identifier: 7, challenge: [4; 16], response: [5; 16] },
            Proof::MsChapV1 { challenge: [6; 8], lm_response: [7; 24], nt_response: Some([8; 24]) },
            Proof::MsChapV1 { challenge: [6; 8], lm_response: [7; 24], nt_response: None },
            Proof::MsChapV2(v2),
            Proof::ChangePassword { proof: v2, encrypted_password, encrypted_hash: [1; 16] },
        ];
        for proof in proofs {
            let request = AuthenticationRequest { name: b"DOM\\\xff".to_vec(), proof };
            assert_eq!(over(&Check::new(&request)).request(), Some(request));
        }
        let long = AuthenticationRequest { name: vec![b'a'; LONGEST_NAME + 1], proof: Proof::MsChapV2(v2) };
        assert_eq!(Check::new(&long).request(), None);
        let shown = format!("{:?}", Check::new(&long));
        assert!(!shown.contains("nt_response") && shown.contains("aaa"));
    }

    #[test]
    fn keys_arrive_and_are_not_shown() {
        let keys = MppeKeys::of_start_keys(&[1; 16], &[2; 16]).unwrap();
        let sent = serde_json::to_vec(&Keys::new(&keys)).unwrap();
        let got: Keys = serde_json::from_slice(&sent).unwrap();
        assert_eq!((got.keys(), format!("{got:?}")), (Some(keys), "Keys(..)".to_owned()));
        assert_eq!(serde_json::from_str::<Keys>("[1,2]").unwrap().keys(), None);
    }
}
