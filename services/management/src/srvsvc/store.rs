//! What share operations have in common that change something.

use super::share_add::{Refusal, parameter};
use crate::win32;
use lanward_nt::NtString;
use lanward_server::{Caller, Event, ShareError, Subject};

/// Why the store refused.
pub(super) const fn store_error(error: ShareError) -> Refusal {
    match error {
        ShareError::Exists => Refusal::Error(win32::DUPLICATE_SHARE),
        ShareError::NotFound => Refusal::Error(win32::NET_NAME_NOT_FOUND),
        ShareError::InvalidName => Refusal::Parameter(parameter::NETNAME),
        ShareError::NoDirectory => Refusal::Error(win32::UNKNOWN_DEVICE_OR_DIRECTORY),
        ShareError::Special | ShareError::Demanded | ShareError::Private => {
            Refusal::Error(win32::ACCESS_DENIED)
        }
        ShareError::NotKept => Refusal::Error(win32::WRITE_FAULT),
    }
}

/// The same where there is no member to blame.
pub(super) const fn store_status(error: ShareError) -> u32 {
    match store_error(error) {
        Refusal::Error(status) => status,
        Refusal::Parameter(_) => win32::INVALID_PARAMETER,
    }
}

/// Tells that an administrator changed a share.
pub(super) fn tell(caller: &Caller, what: &'static str, name: &NtString) {
    let by = Subject::new(&caller.user, Some(caller.peer), caller.session);
    caller.server.event(Event::Changed { by, what, name: name.to_string_lossy() });
}
