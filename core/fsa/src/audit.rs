//! Opens that a descriptor wants told ([MS-DTYP] 2.4.4.10).

use crate::SecurityContext;
use lanward_nt::security::{SecurityDescriptor, audits};
use lanward_nt::{AccessMask, NtPath};
use std::fmt;
use std::sync::Arc;

/// An open that is told.
#[derive(Debug, Clone, Copy)]
pub struct Audited<'a> {
    /// Of what.
    pub path: &'a NtPath,
    /// What was asked for; for MAXIMUM_ALLOWED, what that came to.
    pub access: AccessMask,
    /// Whether the descriptor and the share grant it.
    pub granted: bool,
}

/// Whoever is told. It must not block.
#[derive(Clone)]
pub struct Auditor(Arc<dyn Fn(Audited<'_>) + Send + Sync>);

impl Auditor {
    /// Tells `told`.
    pub fn new(told: impl Fn(Audited<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }
}

impl fmt::Debug for Auditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auditor").finish_non_exhaustive()
    }
}

impl PartialEq for Auditor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Auditor {}

impl SecurityContext {
    /// Tells that somebody who has `rights` asked for others, if the descriptor wants that told.
    pub(crate) fn audit(
        &self,
        descriptor: &SecurityDescriptor,
        path: &NtPath,
        asked: AccessMask,
        rights: AccessMask,
    ) {
        let Some(Auditor(told)) = &self.auditor else { return };
        let named = asked.map_generic().difference(AccessMask::MAXIMUM_ALLOWED);
        let granted = rights.contains(named);
        let all = asked.contains(AccessMask::MAXIMUM_ALLOWED);
        let access = if all { named | rights } else { named };
        if audits(descriptor, &self.token, access, granted) {
            told(Audited { path, access, granted });
        }
    }
}
