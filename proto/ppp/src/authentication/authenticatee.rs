use super::chap_authenticatee::ChapAuthenticatee;
use super::eap_authenticatee::EapAuthenticatee;
use super::exchange::Algorithm;
use super::pap::PapAuthenticatee;
use super::{Credentials, Method, Step};
use crate::packet::Packet;
use core::time::Duration;

/// The side that says who it is. How long the other side may take is for the link to say.
#[derive(Debug)]
pub struct Authenticatee {
    method: Method,
    side: Side,
}

#[derive(Debug)]
enum Side {
    Pap(PapAuthenticatee),
    Chap(ChapAuthenticatee),
    Eap(EapAuthenticatee),
}

impl Authenticatee {
    /// By the method LCP has settled on.
    #[must_use]
    pub fn new(method: Method, credentials: Credentials) -> Self {
        let chap = |algorithm, credentials| Side::Chap(ChapAuthenticatee::new(algorithm, credentials));
        let side = match method {
            Method::Pap => Side::Pap(PapAuthenticatee::new(credentials)),
            Method::ChapMd5 => chap(Algorithm::Md5, credentials),
            Method::MsChapV1 => chap(Algorithm::V1, credentials),
            Method::MsChapV2 => chap(Algorithm::V2, credentials),
            Method::Eap => Side::Eap(EapAuthenticatee::new(credentials)),
        };
        Self { method, side }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// After LCP is open.
    pub fn start(&mut self, now: Duration, out: &mut Vec<Step>) {
        if let Side::Pap(pap) = &mut self.side {
            pap.start(now, out);
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
            Side::Chap(chap) => chap.receive(&packet, now, rng, out),
            Side::Eap(eap) => eap.receive(&packet, rng, out),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Step>) {
        match &mut self.side {
            Side::Pap(pap) => pap.tick(now, out),
            Side::Chap(chap) => chap.tick(now, out),
            Side::Eap(_) => {}
        }
    }

    /// When [`Authenticatee::tick`] has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match &self.side {
            Side::Pap(pap) => pap.deadline(),
            Side::Chap(chap) => chap.deadline(),
            Side::Eap(_) => None,
        }
    }
}
