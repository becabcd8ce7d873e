//! How the command ends: the codes of sysexits.

use crate::config::Invalid;
use crate::net::Failure;
use anyhow::Error;
use std::io::ErrorKind;
use std::process::ExitCode;

/// What Windows' `net` ends with.
const NET: u8 = 2;
const NO_INPUT: u8 = 66;
const NO_USER: u8 = 67;
const UNAVAILABLE: u8 = 69;
const NO_PERMISSION: u8 = 77;
const CONFIG: u8 = 78;

/// A refusal that has a code of its own.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Something the command was to read is not there or not fit.
    Input(String),
    /// There is no such account, or there is one already.
    User(String),
    /// No daemon answers, or it cannot do this.
    Unavailable(String),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Input(message) | Self::User(message) | Self::Unavailable(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for Refused {}

/// Prints what went wrong and chooses the code. Whoever reads no further (`lanward status | head`) has done nothing wrong.
pub(crate) fn failure(error: &Error) -> ExitCode {
    if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        eprintln!("{failure}\n");
        return NET.into();
    }
    eprintln!("lanward: {error:#}");
    code(error)
}

fn code(error: &Error) -> ExitCode {
    if error.is::<Invalid>() {
        return CONFIG.into();
    }
    if let Some(refused) = error.downcast_ref::<Refused>() {
        return match refused {
            Refused::Input(_) => NO_INPUT,
            Refused::User(_) => NO_USER,
            Refused::Unavailable(_) => UNAVAILABLE,
        }
        .into();
    }
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    match io.map(std::io::Error::kind) {
        Some(ErrorKind::PermissionDenied) => NO_PERMISSION.into(),
        Some(ErrorKind::NotFound) => NO_INPUT.into(),
        Some(ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => UNAVAILABLE.into(),
        _ => ExitCode::FAILURE,
    }
}
