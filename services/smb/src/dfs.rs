//! Distributed file systems: referrals ([MS-SMB2] 3.3.5.15.2), and names of opens that begin with server and share (3.3.5.9).

use crate::fsctl::{Answer, malformed};
use lanward_nt::dfsc::ReferralRequest;
use lanward_nt::{NtStatus, NtString};
use lanward_server::{Server, TreeConnect, Zone};
use lanward_wire::{DecodeError, ReplyBudget};

const BACKSLASH: u16 = 0x5c;

/// Where a path leads, to a client of a zone.
///
/// # Errors
/// FS_DRIVER_REQUIRED: there is no such thing here; INVALID_PARAMETER; what [`Server::dfs_referral`] says.
pub(crate) fn referrals(
    server: &Server,
    zone: &Zone,
    wanted: Result<ReferralRequest, DecodeError>,
    budget: ReplyBudget,
    out: &mut Vec<u8>,
) -> Answer {
    if !server.is_dfs_capable() {
        return Err(NtStatus::FS_DRIVER_REQUIRED);
    }
    let answer = server.dfs_referral(&wanted.map_err(malformed)?, |share| zone.shows(share))?;
    let Some(bytes) = answer.bytes_within(budget.limit()) else { return Ok(NtStatus::BUFFER_OVERFLOW) };
    budget.writer(out).push(1, |w| w.bytes(&bytes)).map_err(|_| NtStatus::BUFFER_OVERFLOW)?;
    Ok(NtStatus::SUCCESS)
}

/// The name of an open within its share: without server and share where the client says that it put them in front ([MS-DFSC] 3.2.4.1). Some
/// clients say so and leave them out.
///
/// # Errors
/// PATH_NOT_COVERED: it leads through a link to somewhere else.
pub(crate) fn name_in_share(
    tree: &TreeConnect,
    prefixed: bool,
    name: NtString,
) -> Result<NtString, NtStatus> {
    let share = tree.share();
    let Some(dfs) = &share.dfs else { return Ok(name) };
    let rest = if prefixed { without_prefix(&name, &share.name) } else { None };
    let name = rest.unwrap_or(name);
    if dfs.link_of(name.units()).is_some() { Err(NtStatus::PATH_NOT_COVERED) } else { Ok(name) }
}

/// `path` of `server\share\path`; a backslash in front counts for nothing.
fn without_prefix(name: &NtString, share: &NtString) -> Option<NtString> {
    let units = name.units().strip_prefix(&[BACKSLASH]).unwrap_or(name.units());
    let mut components = units.splitn(3, |u| *u == BACKSLASH);
    let server = components.next()?;
    let named = NtString(components.next()?.to_vec());
    (!server.is_empty() && named.eq_ignore_case(share))
        .then(|| NtString(components.next().unwrap_or_default().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let path = |name: &str| without_prefix(&name.into(), &"d".into()).map(|n| n.to_string_lossy());
        for (name, rest) in [(r"s\D", ""), (r"\s\d\a\b", r"a\b"), (r"s\d\", ""), (r"s\d\a\", r"a\")] {
            assert_eq!(path(name).as_deref(), Some(rest), "{name}");
        }
        for name in ["", "s", r"s\", r"\\d", r"s\e\a", r"a\b"] {
            assert_eq!(path(name), None, "{name}");
        }
    }
}
