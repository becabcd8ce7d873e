use super::chap_authenticator::ChapAuthenticator;
use super::eap_authenticator::EapAuthenticator;
use super::exchange::Algorithm;
use super::pap::PapAuthenticator;
use super::{Method, Step, Verdict};
use crate::packet::Packet;
use core::time::Duration;

/// What a server says of itself when it asks who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorConfig {
    /// The name in its challenges.
    pub name: Vec<u8>,
    /// How often somebody may try again after a refusal.
    pub retries: u8,
}

/// The side that asks who is at the other end. It never answers such a question itself, so that nothing of it can be reflected.
#[derive(Debug)]
pub struct Authenticator {
    method: Method,
    side: Side,
}

#[derive(Debug)]
enum Side {
    Pap(PapAuthenticator),
    Chap(ChapAuthenticator),
    Eap(EapAuthenticator),
}

impl Authenticator {
    /// By the method LCP has settled on.
    #[must_use]
    pub fn new(method: Method, config: AuthenticatorConfig) -> Self {
        let chap = |algorithm, config| Side::Chap(ChapAuthenticator::new(algorithm, config));
        let side = match method {
            Method::Pap => Side::Pap(PapAuthenticator::new(config)),
            Method::ChapMd5 => chap(Algorithm::Md5, config),
            Method::MsChapV1 => chap(Algorithm::V1, config),
            Method::MsChapV2 => chap(Algorithm::V2, config),
            Method::Eap => Side::Eap(EapAuthenticator::new(config)),
        };
        Self { method, side }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Asks: after LCP is open and, of CHAP, again whenever it is called after a success. That keys nothing anew.
    pub fn start(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<Step>) {
        match &mut self.side {
            Side::Pap(_) => {}
            Side::Chap(chap) => chap.challenge(now, rng, out),
            Side::Eap(eap) => eap.start(now, rng, out),
        }
    }

    /// The information of a frame of the method's protocol. What makes no sense, or none now, is dropped.
    pub fn receive(
        &mut self,
        information: &[u8],
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        let Ok(packet) = Packet::decode(information) else { return };
        match &mut self.side {
            Side::Pap(pap) => pap.receive(&packet, out),
            Side::Chap(chap) => chap.receive(&packet, out),
            Side::Eap(eap) => eap.receive(&packet, now, rng, out),
        }
    }

    /// What was judged of the question with this token; of others it is ignored.
    pub fn verdict(
        &mut self,
        token: u32,
        verdict: Verdict,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        match &mut self.side {
            Side::Pap(pap) => pap.verdict(token, verdict, out),
            Side::Chap(chap) => chap.verdict(token, verdict, rng, out),
            Side::Eap(eap) => eap.verdict(token, verdict, now, rng, out),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Step>) {
        match &mut self.side {
            Side::Pap(_) => {}
            Side::Chap(chap) => chap.tick(now, out),
            Side::Eap(eap) => eap.tick(now, out),
        }
    }

    /// When [`Authenticator::tick`] has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match &self.side {
            Side::Pap(_) => None,
            Side::Chap(chap) => chap.deadline(),
            Side::Eap(eap) => eap.deadline(),
        }
    }
}
