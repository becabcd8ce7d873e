//! Which opens are told: those that a share's configuration names, and those that descriptors ask for.

use crate::{Event, Session, Share, Subject, TreeConnect};
use bitflags::bitflags;
use lanward_fsa::{Audited, Auditor, CreateParams};
use lanward_nt::{AccessMask, CreateOptions, NtStatus, NtString};
use std::sync::Arc;

bitflags! {
    /// Opens of a share that are told.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Audit: u8 {
        /// To read or execute, or to list.
        const READS = 0x01;
        /// To make or change something.
        const WRITES = 0x02;
        /// To delete or rename something.
        const DELETES = 0x04;
        /// To change who may do what.
        const PERMISSIONS = 0x08;
        /// Whatever was refused.
        const REFUSALS = 0x10;
    }
}

/// An open as it was asked for, kept until it is known what came of it.
pub(crate) struct Asked {
    path: NtString,
    access: AccessMask,
    kinds: Audit,
}

impl Asked {
    fn new(p: &CreateParams<'_>) -> Self {
        let access = p.desired_access.map_generic();
        let deletes = p.options.contains(CreateOptions::DELETE_ON_CLOSE);
        Self { path: cut(p.path), access, kinds: kinds(access, deletes) }
    }
}

/// A path as long as the machine has them. Longer ones open nothing, and would fill the memory while nobody writes them down.
fn cut(path: &NtString) -> NtString {
    const LONGEST: usize = 4_096;
    NtString(path.units().iter().take(LONGEST).copied().collect())
}

/// What an open with these rights is for.
fn kinds(access: AccessMask, deletes: bool) -> Audit {
    let read = AccessMask::READ_DATA | AccessMask::EXECUTE;
    let write = AccessMask::WRITE_DATA
        | AccessMask::APPEND_DATA
        | AccessMask::WRITE_ATTRIBUTES
        | AccessMask::WRITE_EA;
    let delete = AccessMask::DELETE | AccessMask::DELETE_CHILD;
    let permissions = AccessMask::WRITE_DAC | AccessMask::WRITE_OWNER | AccessMask::ACCESS_SYSTEM_SECURITY;
    // MAXIMUM_ALLOWED may be for anything.
    let any = access.contains(AccessMask::MAXIMUM_ALLOWED);
    let mut kinds = Audit::empty();
    kinds.set(Audit::READS, any || access.intersects(read));
    kinds.set(Audit::WRITES, any || access.intersects(write));
    kinds.set(Audit::DELETES, any || deletes || access.intersects(delete));
    kinds.set(Audit::PERMISSIONS, any || access.intersects(permissions));
    kinds
}

impl TreeConnect {
    /// What has to be told of an open, if anything may have to be.
    pub(crate) fn asked(&self, p: &CreateParams<'_>) -> Option<Asked> {
        (!self.share().audit.is_empty() && self.server.has_audience()).then(|| Asked::new(p))
    }

    /// Tells what came of an open, where the share's configuration wants that.
    pub(crate) fn tell_opened(&self, asked: Option<Asked>, status: NtStatus) {
        let Some(Asked { path, access, kinds }) = asked else { return };
        let told = if status.is_error() { Audit::REFUSALS } else { kinds };
        if self.share().audit.intersects(told) {
            let (who, share) = (self.subject(), self.share().name.clone());
            self.server.event(Event::Opened { who, share, path, access, status });
        }
    }
}

impl Session {
    /// Tells opens through a share that descriptors want told.
    pub(crate) fn auditor(self: &Arc<Self>, share: &Arc<Share>) -> Auditor {
        let (session, share) = (Arc::downgrade(self), Arc::clone(share));
        Auditor::new(move |audited: Audited<'_>| {
            let Some(session) = session.upgrade().filter(|s| s.server().has_audience()) else { return };
            let status = if audited.granted { NtStatus::SUCCESS } else { NtStatus::ACCESS_DENIED };
            let (who, share, access) = (Subject::of(&session), share.name.clone(), audited.access);
            let path = audited.path.as_string().clone();
            session.server().event(Event::Opened { who, share, path, access, status });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_kept_as_long_as_they_can_be() {
        assert_eq!(cut(&"a\\b".into()), "a\\b".into());
        assert_eq!(cut(&NtString(vec![0x61; 32_767])).units().len(), 4_096);
    }

    #[test]
    fn opens_are_for_what_their_rights_are_for() {
        let cases = [
            (AccessMask::GENERIC_READ, false, Audit::READS),
            (AccessMask::READ_ATTRIBUTES, false, Audit::empty()),
            (AccessMask::READ_ATTRIBUTES, true, Audit::DELETES),
            (AccessMask::WRITE_DATA | AccessMask::DELETE, false, Audit::WRITES | Audit::DELETES),
            (AccessMask::WRITE_DAC, false, Audit::PERMISSIONS),
            (AccessMask::MAXIMUM_ALLOWED, false, Audit::all().difference(Audit::REFUSALS)),
        ];
        for (access, deletes, expected) in cases {
            assert_eq!(kinds(access.map_generic(), deletes), expected, "{access:?}");
        }
    }
}
