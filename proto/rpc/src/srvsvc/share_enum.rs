use super::ShareInfo;
use crate::information::{EnumResponse, enumeration};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.8 NetrShareEnum (Opnum 15) and 3.1.4.9 NetrShareEnumSticky (Opnum 36), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferedMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// What the server returns.
pub type ShareEnumResponse = EnumResponse<ShareInfo>;

impl Arguments for ShareEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<ShareInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

#[cfg(test)]
#[path = "share_enum_tests.rs"]
mod tests;
