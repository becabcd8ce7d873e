//! Configuration data of the server ([MS-RPRN] 2.2.3.10 Server Handle Key Values).

use super::{DRIVER_VERSION, environment};
use crate::call::Call;
use crate::srvsvc::VERSION;
use lanward_nt::NtString;
use lanward_wire::utf16le_bytes;

pub(super) const REG_SZ: u32 = 1;
pub(super) const REG_BINARY: u32 = 3;
pub(super) const REG_DWORD: u32 = 4;

/// Where jobs lie, as a path that says nothing of this machine.
const SPOOL_DIRECTORY: &str = "C:\\spool";

/// VER_PLATFORM_WIN32_NT
const PLATFORM_NT: u32 = 2;

/// Bytes of szCSDVersion.
const SERVICE_PACK_NAME: usize = 256;

/// What is 0 here: beeps, pop-ups, the event log, directory services, fax, web printing, isolation of drivers, and threads of usual priority.
const ZERO: [&str; 18] = [
    "BeepEnabled",
    "DsPresent",
    "DsPresentForUser",
    "EventLog",
    "MinorVersion",
    "NetPopup",
    "NetPopupToComputer",
    "PortThreadPriority",
    "PortThreadPriorityDefault",
    "PrintDriverIsolationExecutionPolicy",
    "PrintDriverIsolationOverrideCompat",
    "RemoteFax",
    "RestartJobOnPoolEnabled",
    "RestartJobOnPoolError",
    "RetryPopup",
    "SchedulerThreadPriority",
    "SchedulerThreadPriorityDefault",
    "W3SvcInstalled",
];

/// A value's type and bytes.
pub(super) fn known(call: &Call<'_>, name: &NtString) -> Option<(u32, Vec<u8>)> {
    let is = |known: &str| name.eq_ignore_case(&known.into());
    let string = |text: &str| Some((REG_SZ, utf16le_bytes(&format!("{text}\0"))));
    if ZERO.into_iter().any(is) {
        return Some((REG_DWORD, vec![0; 4]));
    }
    match () {
        () if is("Architecture") => string(environment::OWN),
        () if is("DefaultSpoolDirectory") => string(SPOOL_DIRECTORY),
        () if is("DNSMachineName") => string(&call.caller.server.identity().name.to_lowercase()),
        () if is("MajorVersion") => Some((REG_DWORD, DRIVER_VERSION.to_le_bytes().to_vec())),
        () if is("OSVersion") => Some((REG_BINARY, version(&[]))),
        // Service pack, suites, product type and a reserved byte: a server.
        () if is("OSVersionEx") => Some((REG_BINARY, version(&[0, 0, 0, 0, 0, 0, 3, 0]))),
        () => None,
    }
}

/// [MS-RPRN] 2.2.3.10.1 OSVERSIONINFO, and what OSVERSIONINFOEX has behind it.
fn version(more: &[u8]) -> Vec<u8> {
    let (major, minor) = VERSION;
    let size = u32::try_from(20 + SERVICE_PACK_NAME + more.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    for number in [size, major, minor, 0, PLATFORM_NT] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(bytes.len() + SERVICE_PACK_NAME, 0);
    bytes.extend(more);
    bytes
}
