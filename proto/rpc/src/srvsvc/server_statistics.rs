use crate::information::{Entry, Members, whole};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 2.2.4.39 STAT_SERVER_0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerStatistics {
    /// start: seconds since 1970 when counting began
    pub start: u32,
    /// fopens: files and pipes opened
    pub file_opens: u32,
    /// devopens: 0
    pub device_opens: u32,
    /// jobsqueued
    pub jobs_queued: u32,
    /// sopens: sessions set up
    pub session_opens: u32,
    /// stimedout: sessions that were ended because they did nothing
    pub sessions_timed_out: u32,
    /// serrorout: 0
    pub sessions_errored_out: u32,
    /// pwerrors: proofs of identity that failed
    pub password_errors: u32,
    /// permerrors: opens that were denied
    pub permission_errors: u32,
    /// syserrors: 0
    pub system_errors: u32,
    /// bytessent_low
    pub bytes_sent_low: u32,
    /// bytessent_high
    pub bytes_sent_high: u32,
    /// bytesrcvd_low
    pub bytes_received_low: u32,
    /// bytesrcvd_high
    pub bytes_received_high: u32,
    /// avresponse: 0
    pub average_response: u32,
    /// reqbufneed: 0
    pub request_buffers_needed: u32,
    /// bigbufneed: 0
    pub big_buffers_needed: u32,
}

impl Entry for ServerStatistics {
    fn has_level(_: u32) -> bool {
        true
    }

    fn members<N: Ndr>(&mut self, _: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.u32("sts0_start", &mut self.start)?;
        m.u32("sts0_fopens", &mut self.file_opens)?;
        m.u32("sts0_devopens", &mut self.device_opens)?;
        m.u32("sts0_jobsqueued", &mut self.jobs_queued)?;
        m.u32("sts0_sopens", &mut self.session_opens)?;
        m.u32("sts0_stimedout", &mut self.sessions_timed_out)?;
        m.u32("sts0_serrorout", &mut self.sessions_errored_out)?;
        m.u32("sts0_pwerrors", &mut self.password_errors)?;
        m.u32("sts0_permerrors", &mut self.permission_errors)?;
        m.u32("sts0_syserrors", &mut self.system_errors)?;
        m.u32("sts0_bytessent_low", &mut self.bytes_sent_low)?;
        m.u32("sts0_bytessent_high", &mut self.bytes_sent_high)?;
        m.u32("sts0_bytesrcvd_low", &mut self.bytes_received_low)?;
        m.u32("sts0_bytesrcvd_high", &mut self.bytes_received_high)?;
        m.u32("sts0_avresponse", &mut self.average_response)?;
        m.u32("sts0_reqbufneed", &mut self.request_buffers_needed)?;
        m.u32("sts0_bigbufneed", &mut self.big_buffers_needed)
    }
}

/// [MS-SRVS] 3.1.4.20 NetrServerStatisticsGet (Opnum 24), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerStatisticsRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Service: ignored
    pub service: Option<NtString>,
    /// Level: 0
    pub level: u32,
    /// Options: 0
    pub options: u32,
}

impl Arguments for ServerStatisticsRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("Service", &mut self.service)?;
        n.u32("Level", &mut self.level)?;
        n.u32("Options", &mut self.options)
    }
}

/// [MS-SRVS] 3.1.4.20 NetrServerStatisticsGet (Opnum 24), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerStatisticsResponse {
    /// The counters.
    pub statistics: Option<ServerStatistics>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for ServerStatisticsResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.referent_of("InfoStruct", &mut self.statistics)?;
        self.statistics.as_mut().map_or(Ok(()), |s| whole(s, 0, n))?;
        n.u32("status", &mut self.status)
    }
}
