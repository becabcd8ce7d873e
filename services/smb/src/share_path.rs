//! The share in a path of a tree connect.

use lanward_nt::{NtStatus, NtString};

const BACKSLASH: u16 = 0x5c;

/// The longest name of a share, in UTF-16 units.
const LONGEST: usize = 80;

/// The share in `\\server\share`; whatever the server was called.
///
/// # Errors
/// INVALID_PARAMETER: no such path; BAD_NETWORK_NAME: no name of a share.
pub(crate) fn share_of(path: &NtString) -> Result<NtString, NtStatus> {
    let units = path.units().strip_prefix(&[BACKSLASH, BACKSLASH]).ok_or(NtStatus::INVALID_PARAMETER)?;
    let cut = units.iter().position(|u| *u == BACKSLASH).ok_or(NtStatus::INVALID_PARAMETER)?;
    bare(&units[cut + 1..])
}

/// The share in such a path, or behind one backslash, or in a name alone: as clients of SMB1 name it.
///
/// # Errors
/// BAD_NETWORK_NAME: no name of a share.
pub(crate) fn legacy_share_of(path: &NtString) -> Result<NtString, NtStatus> {
    if path.units().starts_with(&[BACKSLASH, BACKSLASH]) {
        return share_of(path).map_err(|_| NtStatus::BAD_NETWORK_NAME);
    }
    bare(path.units().strip_prefix(&[BACKSLASH]).unwrap_or(path.units()))
}

fn bare(share: &[u16]) -> Result<NtString, NtStatus> {
    if share.is_empty() || share.contains(&BACKSLASH) || share.len() > LONGEST {
        return Err(NtStatus::BAD_NETWORK_NAME);
    }
    Ok(NtString(share.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_names() {
        assert_eq!(share_of(&r"\\host\data".into()), Ok("data".into()));
        assert_eq!(share_of(&r"\\::1\IPC$".into()), Ok("IPC$".into()));
        assert_eq!(share_of(&r"data".into()), Err(NtStatus::INVALID_PARAMETER));
        assert_eq!(share_of(&r"\\host".into()), Err(NtStatus::INVALID_PARAMETER));
        for bad in [r"\\host\", r"\\host\a\b"] {
            assert_eq!(share_of(&bad.into()), Err(NtStatus::BAD_NETWORK_NAME), "{bad}");
        }
    }

    #[test]
    fn older_clients_leave_the_server_out() {
        for path in [r"\\HOST\DATA", r"\DATA", "DATA"] {
            assert_eq!(legacy_share_of(&path.into()), Ok("DATA".into()), "{path}");
        }
        for bad in ["", r"\", r"\\host", r"\\host\", r"a\b", r"\\\b\c"] {
            assert_eq!(legacy_share_of(&bad.into()), Err(NtStatus::BAD_NETWORK_NAME), "{bad}");
        }
    }
}
