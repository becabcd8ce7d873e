//! Who may do what with printers and jobs ([MS-RPRN] 2.2.3.1 Access Values).

use super::job::Job;
use super::requester::Requester;
use bitflags::bitflags;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor, granted};
use lanward_nt::{AccessMask, NtStatus, Sid};

bitflags! {
    /// [MS-RPRN] 2.2.3.1, of printers and their jobs.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct PrintAccess: u32 {
        /// PRINTER_ACCESS_ADMINISTER: to pause it, to purge it, to change what it is.
        const ADMINISTER = 0x04;
        /// PRINTER_ACCESS_USE: to see it, and to print.
        const USE = 0x08;
        /// JOB_ACCESS_ADMINISTER: to manage a job. Of a printer: all its jobs.
        const JOB_ADMINISTER = 0x10;
        /// JOB_ACCESS_READ
        const JOB_READ = 0x20;
        /// DELETE, READ_CONTROL, WRITE_DAC and WRITE_OWNER, which come with [`PrintAccess::ADMINISTER`].
        const STANDARD = 0x000f_0000;
        /// READ_CONTROL
        const READ_CONTROL = 0x0002_0000;
    }
}

/// PRINTER_ALL_ACCESS and JOB_ALL_ACCESS
const ALL: PrintAccess = PrintAccess::all();

/// PRINTER_EXECUTE, and that jobs may be seen.
const PRINT: PrintAccess = PrintAccess::USE.union(PrintAccess::JOB_READ).union(PrintAccess::READ_CONTROL);

/// S-1-3-0
fn creator_owner() -> Sid {
    Sid::new(3, &[0])
}

/// A printer's descriptor; `allowed` is who may print, `None` for every named user.
pub(super) fn descriptor_of(allowed: Option<&[Sid]>, operators: &[Sid], guests: bool) -> SecurityDescriptor {
    let mask = |access: PrintAccess| AccessMask::from_bits_retain(access.bits());
    let managers = [Sid::administrators(), Sid::print_operators()];
    let mut entries: Vec<Ace> =
        managers.iter().chain(operators).map(|sid| Ace::allow(sid.clone(), mask(ALL), 0)).collect();
    let everyone = [Sid::authenticated_users()];
    let guests = guests.then(Sid::guests);
    let users = allowed.unwrap_or(&everyone).iter().chain(&guests);
    entries.extend(users.map(|sid| Ace::allow(sid.clone(), mask(PRINT), 0)));
    let of_jobs = PrintAccess::JOB_ADMINISTER | PrintAccess::JOB_READ | PrintAccess::STANDARD;
    entries.push(Ace::allow(creator_owner(), mask(of_jobs), Ace::INHERIT_ONLY | Ace::OBJECT_INHERIT));
    SecurityDescriptor {
        owner: Some(Sid::administrators()),
        group: Some(Sid::administrators()),
        dacl: Some(Some(Acl::new(entries))),
        ..SecurityDescriptor::default()
    }
}

impl Requester {
    /// What it may do with a printer of this descriptor.
    #[must_use]
    pub fn access(&self, security: &SecurityDescriptor) -> PrintAccess {
        // Whoever manages the machine manages its printers.
        let Some(token) = &self.token else { return ALL };
        PrintAccess::from_bits_truncate(granted(security, token).bits())
    }

    /// What it may do with a job on a printer of this descriptor: its owner manages it.
    #[must_use]
    pub fn job_access(&self, security: &SecurityDescriptor, job: &Job) -> PrintAccess {
        let of_jobs = PrintAccess::JOB_ADMINISTER | PrintAccess::JOB_READ;
        let access = self.access(security);
        if self.owns(job) { access | of_jobs | PrintAccess::READ_CONTROL } else { access }
    }

    /// # Errors
    /// ACCESS_DENIED
    pub(super) fn demand(
        &self,
        wanted: PrintAccess,
        security: &SecurityDescriptor,
        job: Option<&Job>,
    ) -> Result<(), NtStatus> {
        let access = match job {
            Some(job) => self.job_access(security, job),
            None => self.access(security),
        };
        if access.contains(wanted) { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
    }
}
