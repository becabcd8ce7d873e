use crate::win32;
use lanward_nt::FileTime;
use lanward_rpc::srvsvc::{ServerStatistics, ServerStatisticsRequest, ServerStatisticsResponse};
use lanward_server::{Act, Caller, Server};

/// [MS-SRVS] 3.1.4.20 NetrServerStatisticsGet.
pub(super) fn server_statistics(
    caller: &Caller,
    request: &ServerStatisticsRequest,
) -> ServerStatisticsResponse {
    let refused = |status| ServerStatisticsResponse { statistics: None, status };
    if caller.may(Act::Administer).is_err() {
        return refused(win32::ACCESS_DENIED);
    }
    if request.level != 0 {
        return refused(win32::INVALID_LEVEL);
    }
    if request.options != 0 {
        return refused(win32::INVALID_PARAMETER);
    }
    ServerStatisticsResponse { statistics: Some(view(&caller.server)), status: win32::SUCCESS }
}

fn view(server: &Server) -> ServerStatistics {
    let counted = server.statistics();
    let narrow = |n: u64| (n & 0xffff_ffff) as u32;
    ServerStatistics {
        start: unix_seconds(server.started()),
        file_opens: narrow(counted.file_opens),
        session_opens: narrow(counted.sessions_opened),
        sessions_timed_out: narrow(counted.sessions_timed_out),
        password_errors: narrow(counted.password_errors),
        permission_errors: narrow(counted.permission_errors),
        bytes_sent_low: narrow(counted.bytes_sent),
        bytes_sent_high: narrow(counted.bytes_sent >> 32),
        bytes_received_low: narrow(counted.bytes_received),
        bytes_received_high: narrow(counted.bytes_received >> 32),
        jobs_queued: narrow(server.print_totals().submitted),
        ..ServerStatistics::default()
    }
}

fn unix_seconds(time: FileTime) -> u32 {
    /// 1970, in 100 ns since 1601.
    const EPOCH: u64 = 116_444_736_000_000_000;
    u32::try_from(time.0.saturating_sub(EPOCH) / 10_000_000).unwrap_or(u32::MAX)
}
