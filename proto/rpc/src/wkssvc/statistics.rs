use crate::ndr::{Alignment, Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-WKST] 3.2.4.11 NetrWorkstationStatisticsGet (Opnum 13), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationStatisticsRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// ServiceName: ignored
    pub service: Option<NtString>,
    /// Level: 0
    pub level: u32,
    /// Options: 0
    pub options: u32,
}

/// [MS-WKST] 2.2.5.11 STAT_WORKSTATION_0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationStatistics {
    /// StatisticsStartTime: 100 ns since 1601
    pub start: u64,
    /// BytesReceived to NetworkWriteBytesRequested
    pub bytes: [u64; 12],
    /// InitiallyFailedOperations to CurrentCommands
    pub counts: [u32; 27],
}

/// [MS-WKST] 3.2.4.11 NetrWorkstationStatisticsGet (Opnum 13), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationStatisticsResponse {
    /// Buffer
    pub statistics: Option<WorkstationStatistics>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for WorkstationStatisticsRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("ServiceName", &mut self.service)?;
        n.u32("Level", &mut self.level)?;
        n.u32("Options", &mut self.options)
    }
}

impl Arguments for WorkstationStatisticsResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.referent_of("Buffer", &mut self.statistics)?;
        if let Some(statistics) = &mut self.statistics {
            n.structure(Alignment::Eight, "STAT_WORKSTATION_0", |n| {
                n.u64("StatisticsStartTime", &mut statistics.start)?;
                statistics.bytes.iter_mut().try_for_each(|v| n.u64("bytes", v))?;
                statistics.counts.iter_mut().try_for_each(|v| n.u32("counts", v))
            })?;
        }
        n.u32("status", &mut self.status)
    }
}
