//! The options of the Link Control Protocol (RFC 1661 6).

use crate::authentication::Method;
use crate::frame::{HeaderCompression, Protocol};
use crate::link::CloseReason;
use crate::negotiation::{Answer, Negotiable};
use crate::packet::{ConfigureOption, Options};

const MRU: u8 = 1;
const ACCM: u8 = 2;
const AUTHENTICATION_PROTOCOL: u8 = 3;
const MAGIC_NUMBER: u8 = 5;
const PROTOCOL_COMPRESSION: u8 = 7;
const ADDRESS_COMPRESSION: u8 = 8;

/// The smallest MRU a peer may ask for: RFC 1661 has no limit, but below it not even addresses can be agreed on.
const MIN_MRU: u16 = 128;
/// RFC 1661 6.1: what everybody takes while nothing else is agreed on.
const DEFAULT_MRU: u16 = 1500;

/// What this end asks for, and what the peer is granted.
#[derive(Debug)]
pub(crate) struct Lcp {
    server: bool,
    /// What the client may be asked for, or may agree to; the one in front is asked for.
    methods: Vec<Method>,
    /// Whether compressed headers are allowed at all.
    compress: bool,
    mru: u16,
    ask_mru: bool,
    /// This end's; zero for none.
    pub(crate) magic: u32,
    ask: HeaderCompression,
    /// Requests that came back with this end's own magic number.
    pub(crate) loops: u8,
    /// What the peer has asked for.
    pub(crate) peer: Peer,
}

/// What the peer has asked for, and was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The most it takes behind a protocol number.
    pub(crate) mru: u16,
    /// Its magic number; zero for none.
    pub(crate) magic: u32,
    /// How it takes headers.
    pub(crate) compression: HeaderCompression,
    /// How it wants to hear who this end is.
    pub(crate) method: Option<Method>,
}

impl Default for Peer {
    fn default() -> Self {
        Self { mru: DEFAULT_MRU, magic: 0, compression: HeaderCompression::default(), method: None }
    }
}

impl Lcp {
    pub(crate) fn new(
        server: bool,
        methods: Vec<Method>,
        mru: u16,
        compress: bool,
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> Self {
        Self {
            server,
            methods,
            compress,
            mru,
            ask_mru: true,
            magic: random_magic(rng),
            ask: HeaderCompression { address_control: compress, protocol: compress },
            loops: 0,
            peer: Peer::default(),
        }
    }

    /// How a server asks who its client is.
    pub(crate) fn method(&self) -> Option<Method> {
        self.methods.first().copied().filter(|_| self.server)
    }

    /// A magic number for a new beginning.
    pub(crate) fn renew_magic(&mut self, rng: &mut dyn FnMut(&mut [u8])) {
        if self.magic != 0 {
            self.magic = random_magic(rng);
        }
    }
}

fn random_magic(rng: &mut dyn FnMut(&mut [u8])) -> u32 {
    let mut bytes = [0; 4];
    rng(&mut bytes);
    u32::from_be_bytes(bytes).max(1)
}

impl Negotiable for Lcp {
    const PROTOCOL: Protocol = Protocol::LCP;

    fn request(&self, out: &mut Vec<u8>) {
        if self.ask_mru {
            ConfigureOption { kind: MRU, value: &self.mru.to_be_bytes() }.encode(out);
        }
        if let Some(method) = self.method() {
            ConfigureOption { kind: AUTHENTICATION_PROTOCOL, value: method.option() }.encode(out);
        }
        if self.magic != 0 {
            ConfigureOption { kind: MAGIC_NUMBER, value: &self.magic.to_be_bytes() }.encode(out);
        }
        if self.ask.protocol {
            ConfigureOption { kind: PROTOCOL_COMPRESSION, value: &[] }.encode(out);
        }
        if self.ask.address_control {
            ConfigureOption { kind: ADDRESS_COMPRESSION, value: &[] }.encode(out);
        }
    }

    fn judge(&mut self, option: ConfigureOption<'_>, rng: &mut dyn FnMut(&mut [u8])) -> Answer {
        match (option.kind, option.value) {
            (MRU, _) => match option.array().map(u16::from_be_bytes) {
                Some(mru) if mru >= MIN_MRU => Answer::Ack,
                _ => Answer::Nak(self.mru.to_be_bytes().to_vec()),
            },
            (ACCM, [_, _, _, _]) => Answer::Ack,
            (ACCM, _) => Answer::Nak(vec![0; 4]),
            (AUTHENTICATION_PROTOCOL, value) => {
                let known = Method::of_option(value).is_some_and(|method| self.methods.contains(&method));
                match self.methods.first() {
                    _ if self.server => Answer::Reject,
                    _ if known => Answer::Ack,
                    Some(preferred) => Answer::Nak(preferred.option().to_vec()),
                    None => Answer::Reject,
                }
            }
            (MAGIC_NUMBER, _) => match option.array().map(u32::from_be_bytes) {
                Some(magic) if magic != 0 && magic == self.magic => {
                    self.loops = self.loops.saturating_add(1);
                    Answer::Insist(random_magic(rng).to_be_bytes().to_vec())
                }
                Some(magic) if magic != 0 => Answer::Ack,
                _ => Answer::Nak(random_magic(rng).to_be_bytes().to_vec()),
            },
            (PROTOCOL_COMPRESSION | ADDRESS_COMPRESSION, []) if self.compress => Answer::Ack,
            _ => Answer::Reject,
        }
    }

    fn agree(&mut self, options: Options<'_>) {
        self.loops = 0;
        self.peer = Peer::default();
        for option in options.iter() {
            match option.kind {
                MRU => self.peer.mru = option.array().map_or(DEFAULT_MRU, u16::from_be_bytes),
                AUTHENTICATION_PROTOCOL => self.peer.method = Method::of_option(option.value),
                MAGIC_NUMBER => self.peer.magic = option.array().map_or(0, u32::from_be_bytes),
                PROTOCOL_COMPRESSION => self.peer.compression.protocol = true,
                ADDRESS_COMPRESSION => self.peer.compression.address_control = true,
                _ => {}
            }
        }
    }

    fn suggested(
        &mut self,
        option: ConfigureOption<'_>,
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CloseReason> {
        match option.kind {
            // Whatever the peer would rather send is taken anyhow; what it may not send is not asked for.
            MRU => {
                let usable = 576..=DEFAULT_MRU;
                self.mru = option
                    .array()
                    .map(u16::from_be_bytes)
                    .filter(|mru| usable.contains(mru))
                    .unwrap_or(self.mru);
            }
            AUTHENTICATION_PROTOCOL if self.server => {
                if !self.methods.is_empty() {
                    self.methods.remove(0);
                }
                let wanted = Method::of_option(option.value);
                if let Some(place) = self.methods.iter().position(|method| Some(*method) == wanted) {
                    self.methods.swap(0, place);
                }
                if self.methods.is_empty() {
                    return Err(CloseReason::AuthenticationMethodRefused);
                }
            }
            MAGIC_NUMBER => self.renew_magic(rng),
            PROTOCOL_COMPRESSION => self.ask.protocol = false,
            ADDRESS_COMPRESSION => self.ask.address_control = false,
            _ => {}
        }
        Ok(())
    }

    fn rejected(&mut self, option: ConfigureOption<'_>) -> Result<(), CloseReason> {
        match option.kind {
            MRU => self.ask_mru = false,
            AUTHENTICATION_PROTOCOL => return Err(CloseReason::AuthenticationMethodRefused),
            MAGIC_NUMBER => self.magic = 0,
            PROTOCOL_COMPRESSION => self.ask.protocol = false,
            ADDRESS_COMPRESSION => self.ask.address_control = false,
            _ => {}
        }
        Ok(())
    }
}
