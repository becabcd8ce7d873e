use crate::ndr::{Alignment, Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.19 NetrServerDiskEnum (Opnum 23), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerDiskEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 0
    pub level: u32,
    /// What is there is ignored.
    pub disks: Vec<NtString>,
    /// PreferedMaximumLength: ignored
    pub preferred_maximum_length: u32,
    /// ResumeHandle: ignored
    pub resume_handle: Option<u32>,
}

/// [MS-SRVS] 3.1.4.19 NetrServerDiskEnum (Opnum 23), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerDiskEnumResponse {
    /// Letters with colons, and an empty string behind the last.
    pub disks: Vec<NtString>,
    /// How many there are.
    pub total_entries: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for ServerDiskEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("Level", &mut self.level)?;
        disks(&mut self.disks, n)?;
        n.u32("PreferedMaximumLength", &mut self.preferred_maximum_length)?;
        n.u32_pointer("ResumeHandle", &mut self.resume_handle)
    }
}

impl Arguments for ServerDiskEnumResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        disks(&mut self.disks, n)?;
        n.u32("TotalEntries", &mut self.total_entries)?;
        n.u32_pointer("ResumeHandle", &mut self.resume_handle)?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 2.2.4.92 DISK_ENUM_CONTAINER: an array that says three times how long it is.
fn disks(disks: &mut Vec<NtString>, n: &mut impl Ndr) -> Result<(), DecodeError> {
    /// More than there are letters, and one behind them.
    const MOST: usize = 27;
    let (mut read, mut present) = (u32::try_from(disks.len()).unwrap_or(u32::MAX), !disks.is_empty());
    n.structure(Alignment::Pointer, "DiskInfoStruct", |n| {
        n.u32("EntriesRead", &mut read)?;
        n.pointer("Buffer", &mut present)
    })?;
    if !present {
        return Ok(());
    }
    let (mut maximum, mut offset, mut actual) = (disks.len(), 0, disks.len());
    n.count(0, "Buffer", &mut maximum)?;
    n.count(0, "Buffer", &mut offset)?;
    n.count(0, "Buffer", &mut actual)?;
    if offset != 0 || actual > maximum || actual > MOST {
        return Err(DecodeError::invalid("Buffer", "array counts"));
    }
    disks.resize_with(actual, NtString::default);
    disks.iter_mut().try_for_each(|disk| n.varying_string("Disk", disk))
}
