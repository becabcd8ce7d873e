//! Refusals as Windows numbers and words them ([MS-ERREF] 2.2; the network's own from 2100).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A Win32 error or one of the network's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure(pub(crate) u32);

impl Failure {
    pub(crate) const ACCESS_DENIED: Self = Self(5);
    pub(crate) const WRITE_FAULT: Self = Self(29);
    pub(crate) const INVALID_NAME: Self = Self(123);
    pub(crate) const UNKNOWN_DIRECTORY: Self = Self(2116);
    pub(crate) const DUPLICATE_SHARE: Self = Self(2118);
    pub(crate) const BAD_NETWORK_PATH: Self = Self(53);
    pub(crate) const NOT_SUPPORTED: Self = Self(50);
    pub(crate) const INVALID_PARAMETER: Self = Self(87);
    pub(crate) const ALIAS_NOT_FOUND: Self = Self(1376);
    pub(crate) const GROUP_NOT_FOUND: Self = Self(2220);
    pub(crate) const USER_NOT_FOUND: Self = Self(2221);
    pub(crate) const NO_SUCH_SHARE: Self = Self(2310);
    pub(crate) const NO_SUCH_CLIENT: Self = Self(2312);
    pub(crate) const NO_SUCH_FILE: Self = Self(2314);

    /// What people are told, if there is more to say than the number.
    const fn text(self) -> Option<&'static str> {
        Some(match self.0 {
            5 => "Access is denied.",
            29 => "The system cannot write to the specified device.",
            50 => "The request is not supported.",
            53 => "The network path was not found.",
            64 => "The specified network name is no longer available.",
            59 => "An unexpected network error occurred.",
            67 => "The network name cannot be found.",
            70 => "The remote server has been paused or is in the process of being started.",
            71 => {
                "No more connections can be made to this remote computer at this time because there are already as many \
                 connections as the computer can accept."
            }
            87 => "The parameter is incorrect.",
            123 => "The filename, directory name, or volume label syntax is incorrect.",
            124 => "The system call level is not correct.",
            1326 => "The user name or password is incorrect.",
            1331 => "The account is disabled.",
            1376 => "The specified local group does not exist.",
            1726 => "The remote procedure call failed.",
            1909 => "The referenced account is currently locked out and may not be logged on to.",
            1722 => "The RPC server is unavailable.",
            2102 => "The workstation driver is not installed.",
            2114 => "The Server service is not started.",
            2116 => "The device or directory does not exist.",
            2118 => "The name has already been shared.",
            2220 => "The group name could not be found.",
            2221 => "The user name could not be found.",
            2310 => "This shared resource does not exist.",
            2311 => "This device is not shared.",
            2312 => "A session does not exist with that computer name.",
            2314 => "There is not an open file with that identification number.",
            _ => return None,
        })
    }

    /// Whether it is one of the network's own, which have pages of help by number.
    const fn is_of_the_network(self) -> bool {
        self.0 >= 2100 && self.0 < 3000
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.0;
        match self.text() {
            Some(text) if self.is_of_the_network() => {
                write!(f, "{text}\n\nMore help is available by typing NET HELPMSG {code}.")
            }
            Some(text) => write!(f, "System error {code} has occurred.\n\n{text}"),
            None => write!(f, "System error {code} has occurred."),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn the_two_kinds_are_worded_differently() {
        assert!(Failure(71).to_string().starts_with("System error 71 has occurred.\n\nNo more "));
        let client = Failure::NO_SUCH_CLIENT.to_string();
        assert!(client.ends_with("More help is available by typing NET HELPMSG 2312."), "{client}");
        assert_eq!(Failure(4711).to_string(), "System error 4711 has occurred.");
    }
}
