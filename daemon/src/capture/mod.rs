//! Captures: how they are asked for, and what goes over the control socket then.

mod pcapng;
mod record;
mod stream;

pub(crate) use record::{Record, Summary};
pub(crate) use stream::{ROOM, send};

use lanward_server::CaptureFilter;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

/// What somebody wants captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// The connections of this address only.
    pub(crate) client: Option<IpAddr>,
    /// The connections of this session only.
    pub(crate) session: Option<u64>,
    pub(crate) seconds: u64,
    /// Of the file.
    pub(crate) bytes: u64,
}

impl Wish {
    /// Longest capture.
    pub(crate) const MAX_SECONDS: u64 = 24 * 3600;

    /// Largest capture, in MiB.
    pub(crate) const MAX_MIB: u64 = 4096;

    /// The frames that are meant.
    pub(crate) fn filter(self) -> CaptureFilter {
        CaptureFilter { client: self.client, session: self.session }
    }

    fn duration(self) -> Duration {
        Duration::from_secs(self.seconds.min(Self::MAX_SECONDS))
    }

    fn limit(self) -> u64 {
        self.bytes.min(Self::MAX_MIB << 20)
    }
}

impl std::fmt::Display for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.client, self.session) {
            (None, None) => f.write_str("everything"),
            (Some(client), None) => write!(f, "{client}"),
            (None, Some(session)) => write!(f, "session {session:#x}"),
            (Some(client), Some(session)) => write!(f, "session {session:#x} of {client}"),
        }
    }
}
