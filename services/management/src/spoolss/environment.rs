//! Environments of drivers and print processors ([MS-RPRN] 2.2.4.4).

use super::error;
use super::name::is_server;
use crate::call::Call;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::WideString;
use lanward_server::Act;

/// Those there are, and what their folders are called.
const ENVIRONMENTS: [(&str, &str); 9] = [
    ("Windows 4.0", "WIN40"),
    ("Windows NT x86", "W32X86"),
    ("Windows x64", "x64"),
    ("Windows IA64", "IA64"),
    ("Windows ARM", "ARM"),
    ("Windows ARM64", "ARM64"),
    ("Windows NT R4000", "W32MIPS"),
    ("Windows NT Alpha_AXP", "W32ALPHA"),
    ("Windows NT PowerPC", "W32PPC"),
];

/// The words for all of them.
const ALL: [&str; 2] = ["All", "AllCluster"];

/// The environment this machine would be to drivers.
pub(super) const OWN: &str = match () {
    () if cfg!(target_arch = "x86_64") => "Windows x64",
    () if cfg!(target_arch = "aarch64") => "Windows ARM64",
    () => "Windows NT x86",
};

/// Whether the caller may see what a server of this name has.
///
/// # Errors
/// ACCESS_DENIED; INVALID_NAME: it is no server's name.
pub(super) fn check_server(call: &Call<'_>, name: Option<&WideString>) -> Result<(), u32> {
    call.caller.may(Act::Print).map_err(win32::of_status)?;
    if is_server(name.map(|name| &name.0)) { Ok(()) } else { Err(win32::INVALID_NAME) }
}

/// The same where an environment is named too, which may be all of them.
///
/// # Errors
/// Those, and INVALID_ENVIRONMENT.
pub(super) fn check(
    call: &Call<'_>,
    server: Option<&WideString>,
    environment: Option<&WideString>,
) -> Result<(), u32> {
    check_server(call, server)?;
    let is = |known: &str| environment.is_some_and(|name| name.0.eq_ignore_case(&NtString::from(known)));
    if ALL.into_iter().any(is) { Ok(()) } else { folder(environment).map(drop) }
}

/// What the folder of an environment is called; of this machine's where none is named.
///
/// # Errors
/// INVALID_ENVIRONMENT
pub(super) fn folder(environment: Option<&WideString>) -> Result<&'static str, u32> {
    let own = NtString::from(OWN);
    let name = environment.map(|name| &name.0).filter(|name| !name.units().is_empty()).unwrap_or(&own);
    let found = ENVIRONMENTS.into_iter().find(|(known, _)| name.eq_ignore_case(&NtString::from(*known)));
    found.map(|(_, folder)| folder).ok_or(error::INVALID_ENVIRONMENT)
}

/// A folder of a server by the name it was asked by, as a path on the network. There is no such share: nobody puts anything there, and nothing
/// is loaded from there.
pub(super) fn directory(
    call: &Call<'_>,
    server: Option<&WideString>,
    share: &str,
    environment: Option<&WideString>,
) -> Result<String, u32> {
    check_server(call, server)?;
    let folder = folder(environment)?;
    let name = server.map(|name| name.0.to_string_lossy()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| format!("\\\\{}", call.caller.server.identity().name));
    Ok(format!("{name}\\{share}\\{folder}"))
}
