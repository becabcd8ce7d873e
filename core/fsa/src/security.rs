use crate::FileOpen;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor, SecurityInformation};
use lanward_nt::{AccessMask, NtStatus, Sid};
use lanward_wire::{BudgetedWriter, Decode, Encode, Reader};

impl FileOpen {
    /// Writes the parts of the security descriptor that `info` ([MS-DTYP] 2.4.7 SECURITY_INFORMATION) names. Volumes keep none yet: what is told is
    /// that everyone may do everything, the share's own limits aside.
    ///
    /// # Errors
    /// ACCESS_DENIED; BUFFER_TOO_SMALL with nothing written: ask [`FileOpen::security_length`].
    pub fn query_security(&self, info: u32, out: &mut BudgetedWriter<'_>) -> Result<(), NtStatus> {
        let info = SecurityInformation::from_bits_retain(info);
        self.check_security(
            info,
            AccessMask::READ_CONTROL,
            AccessMask::READ_CONTROL,
            AccessMask::READ_CONTROL,
        )?;
        let descriptor = self.descriptor(info);
        out.push(0, |w| descriptor.encode(w)).map_err(|_| NtStatus::BUFFER_TOO_SMALL)
    }

    /// How many bytes [`FileOpen::query_security`] needs.
    #[must_use]
    pub fn security_length(&self, info: u32) -> u32 {
        let bytes = self.descriptor(SecurityInformation::from_bits_retain(info)).to_bytes();
        u32::try_from(bytes.len()).unwrap_or(u32::MAX)
    }

    /// Changes parts of the security descriptor. A volume without access lists takes a good one and keeps nothing of it, as a FAT volume in
    /// Windows does, so that copying a file with its descriptor works.
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_SECURITY_DESCR.
    pub fn set_security(&self, info: u32, descriptor: &[u8]) -> Result<(), NtStatus> {
        let info = SecurityInformation::from_bits_retain(info);
        self.check_security(info, AccessMask::WRITE_OWNER, AccessMask::WRITE_OWNER, AccessMask::WRITE_DAC)?;
        let read = SecurityDescriptor::decode(&mut Reader::new(descriptor));
        let new = read.map_err(|_| NtStatus::INVALID_SECURITY_DESCR)?;
        if info.contains(SecurityInformation::OWNER) && new.owner.is_none() {
            return Err(NtStatus::INVALID_SECURITY_DESCR);
        }
        Ok(())
    }

    /// [MS-FSA] 2.1.5.14 and 2.1.5.17: which right each part needs.
    fn check_security(
        &self,
        info: SecurityInformation,
        owner: AccessMask,
        group: AccessMask,
        dacl: AccessMask,
    ) -> Result<(), NtStatus> {
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        let needed = [
            (SecurityInformation::OWNER, owner),
            (SecurityInformation::GROUP, group),
            (SecurityInformation::DACL, dacl),
            (SecurityInformation::LABEL, owner),
            (SecurityInformation::SACL, AccessMask::ACCESS_SYSTEM_SECURITY),
        ];
        let missing = |(part, right): &(SecurityInformation, AccessMask)| {
            info.contains(*part) && !self.rights.granted.contains(*right)
        };
        if needed.iter().any(missing) { Err(NtStatus::ACCESS_DENIED) } else { Ok(()) }
    }

    fn descriptor(&self, info: SecurityInformation) -> SecurityDescriptor {
        let has = |part| info.contains(part);
        let inherit = if self.is_directory() { Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT } else { 0 };
        let everyone = || Acl::new(vec![Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, inherit)]);
        SecurityDescriptor {
            control: SecurityDescriptor::SELF_RELATIVE,
            owner: has(SecurityInformation::OWNER).then(Sid::administrators),
            group: has(SecurityInformation::GROUP).then(Sid::users),
            sacl: None,
            dacl: has(SecurityInformation::DACL).then(|| Some(everyone())),
        }
    }
}
