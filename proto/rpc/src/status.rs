use crate::ndr::{Arguments, Ndr};
use lanward_wire::DecodeError;

/// What operations return that answer nothing but how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusResponse {
    /// A Win32 error; 0 for success.
    pub status: u32,
}

impl Arguments for StatusResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.u32("status", &mut self.status)
    }
}
