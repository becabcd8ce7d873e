//! Operations 0 to 7, of the communication devices that LAN Manager shared. [MS-SRVS] 3.1.4 has their numbers return ERROR_NOT_SUPPORTED; the
//! clients that still know them know them in this layout.

use crate::ndr::{Alignment, Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// What a client gives who lists devices (Opnum 0) or queues (Opnum 3), as far as the answer depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharDevEnumRequest {
    /// Whether it is about queues.
    pub queues: bool,
    /// The server.
    pub server_name: Option<NtString>,
    /// Whose queues.
    pub user: Option<NtString>,
    /// The level of what is to be listed.
    pub level: u32,
}

/// What the server returns: an empty list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharDevEnumResponse {
    /// The level.
    pub level: u32,
    /// A Win32 error.
    pub status: u32,
}

/// What a client gives who asks for one device (Opnum 1) or queue (Opnum 4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharDevGetInfoRequest {
    /// Whether it is about a queue.
    pub queue: bool,
    /// The server.
    pub server_name: Option<NtString>,
    /// Which.
    pub name: NtString,
    /// Whose queue.
    pub user: NtString,
    /// The level of what is asked for.
    pub level: u32,
}

/// What the server returns: a null pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharDevGetInfoResponse {
    /// The level.
    pub level: u32,
    /// A Win32 error.
    pub status: u32,
}

/// Levels of which unions have an arm.
const fn has_arm(level: u32) -> bool {
    matches!(level, 0 | 1)
}

impl Arguments for CharDevEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("server", &mut self.server_name)?;
        if self.queues {
            n.string_pointer("user", &mut self.user)?;
        }
        n.u32("level", &mut self.level)
    }
}

impl Arguments for CharDevEnumResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.structure(Alignment::Pointer, "list", |n| {
            n.u32("level", &mut self.level)?;
            let mut switch = self.level;
            n.union_switch(Alignment::Pointer, "level", &mut switch)?;
            if has_arm(self.level) { n.pointer("list", &mut false) } else { Ok(()) }
        })?;
        n.u32("total", &mut 0)?;
        n.u32_pointer("resume handle", &mut None)?;
        n.u32("status", &mut self.status)
    }
}

impl Arguments for CharDevGetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("server", &mut self.server_name)?;
        n.string("name", &mut self.name)?;
        if self.queue {
            n.string("user", &mut self.user)?;
        }
        n.u32("level", &mut self.level)
    }
}

impl Arguments for CharDevGetInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.union_switch(Alignment::Pointer, "level", &mut self.level)?;
        if has_arm(self.level) {
            n.pointer("information", &mut false)?;
        }
        n.u32("status", &mut self.status)
    }
}
