use lanward_rpc::srvsvc::ServerParameters;
use lanward_server::Server;

/// What SERVER_INFO_599 says of the memory, threads and searches of the server of CIFS and SMB 1.0 ([MS-SRVS] 3.1.3, note 41). This server has
/// none of that machinery, so that these are the numbers Windows begins with, but for those that have a limit here.
pub(super) fn parameters(server: &Server) -> ServerParameters {
    let mut parameters = ServerParameters::default();
    for (first, values) in DEFAULTS {
        for (parameter, value) in (*first..).zip(*values) {
            parameters.set(parameter, *value);
        }
    }
    let limits = &server.settings().limits;
    parameters.set(SESSOPENS, limits.opens_per_session);
    parameters.set(SESSUSERS, limits.sessions_per_connection);
    parameters.set(SESSCONNS, limits.trees_per_session);
    parameters.domain = Some(server.identity().workgroup.as_str().into());
    parameters
}

const SESSOPENS: u32 = 501;
const SESSUSERS: u32 = 510;
const SESSCONNS: u32 = 511;

/// From a parameter on.
const DEFAULTS: &[(u32, &[u32])] = &[
    // sessopens, sessvcs, opensearch, sizreqbuf, initworkitems, maxworkitems, rawworkitems, irpstacksize, maxrawbuflen
    (501, &[2048, 1, 2048, 4356, 4, 16, 4, 11, 65_535]),
    // sessusers, sessconns, maxnonpagedmemoryusage, maxpagedmemoryusage, enablesoftcompat, enableforcedlogoff, timesource,
    // acceptdownlevelapis, lmannounce
    (510, &[2048, 2048, u32::MAX, u32::MAX, 1, 1, 0, 1, 0]),
    // maxcopyreadlen, maxcopywritelen, minkeepsearch, maxkeepsearch, minkeepcomplsearch, maxkeepcomplsearch, threadcountadd, numblockthreads
    (520, &[8192, 0, 480, 3600, 240, 600, 2, 2]),
    // scavtimeout, minrcvqueue, minfreeworkitems, xactmemsize, threadpriority, maxmpxct, oplockbreakwait, oplockbreakresponsewait
    (528, &[30, 2, 2, 0x10_0000, 1, 50, 35, 35]),
    // enableoplocks, enableoplockforceclose, enablefcbopens, enableraw, enablesharednetdrives, minfreeconnections, maxfreeconnections
    (536, &[1, 0, 1, 1, 0, 2, 2]),
    // initsesstable, initconntable, initfiletable, initsearchtable, alertschedule, errorthreshold, networkerrorthreshold, diskspacethreshold
    (543, &[4, 8, 16, 8, 5, 10, 5, 10]),
    // maxlinkdelay, minlinkthroughput, linkinfovalidtime, scavqosinfoupdatetime, maxworkitemidletime
    (552, &[60, 0, 60, 300, 30]),
];
