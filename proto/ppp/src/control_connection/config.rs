use core::time::Duration;

use crate::control::start::VERSION;
use crate::control::{BearerType, FixedText, FramingType, Sender, StartRequest};

/// What an end of a control connection says of itself, and how long it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlConfig {
    /// Its name.
    pub host: FixedText<64>,
    /// Whose product it is.
    pub vendor: FixedText<64>,
    /// Sessions there can be, as far as the peer is told.
    pub maximum_channels: u16,
    /// Whom it is like.
    pub profile: Profile,
    /// How long it waits.
    pub timers: ControlTimers,
}

/// Where implementations differ, whom to be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// [RFC 2637]
    #[default]
    Rfc,
    /// [MS-PTPT]: windows are 0 (3.2.5.2, 3.3.5.2) and so is the result of every Call-Disconnect-Notify (3.2.5.5).
    Windows,
}

/// Whether a server has room for a peer; known before it has said anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may have a control connection.
    Accept,
    /// It may not, ever.
    NotAuthorized,
    /// It may not now.
    NoResource,
}

/// How long an end of a control connection waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlTimers {
    /// For the other end's first message ([MS-PTPT] 3.1.2, Control Connection Idle Timer); no octet of it extends that.
    pub start: Duration,
    /// For the rest of a message that has begun.
    pub message: Duration,
    /// Without a message before it asks for an echo ([RFC 2637] 3.1.4),
    pub echo: Duration,
    /// and for the echo.
    pub echo_reply: Duration,
    /// For the peer to agree that it ends.
    pub stop: Duration,
    /// For the peer to take anything of what is sent.
    pub output: Duration,
}

impl Default for ControlTimers {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(30),
            message: Duration::from_secs(30),
            echo: Duration::from_secs(60),
            echo_reply: Duration::from_secs(60),
            stop: Duration::from_secs(3),
            output: Duration::from_secs(30),
        }
    }
}

impl ControlConfig {
    /// An end that calls itself this, and says nothing of whose product it is.
    #[must_use]
    pub fn new(host: &str) -> Self {
        Self {
            host: FixedText::new(host),
            vendor: FixedText::default(),
            maximum_channels: 1,
            profile: Profile::default(),
            timers: ControlTimers::default(),
        }
    }

    /// Packet Recv. Window Size, which nobody goes by.
    #[must_use]
    pub const fn window(&self) -> u16 {
        match self.profile {
            Profile::Rfc => 64,
            Profile::Windows => 0,
        }
    }

    pub(crate) fn start_request(&self) -> StartRequest {
        StartRequest { version: VERSION, sender: self.sender() }
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender {
            framing: FramingType::ASYNC | FramingType::SYNC,
            bearer: BearerType::ANALOG | BearerType::DIGITAL,
            maximum_channels: self.maximum_channels,
            firmware: 1,
            host: self.host,
            vendor: self.vendor,
        }
    }
}
