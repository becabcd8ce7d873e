//! Previous versions: which there are ([MS-SMB2] 3.3.5.15.1), and what an open means that names one (3.3.5.9, 3.3.5.9.4).

use crate::fsctl::Answer;
use lanward_fsa::FileSystem;
use lanward_nt::{FileTime, GmtToken, NtStatus, NtString};
use lanward_server::{Snapshots, TreeConnect};
use lanward_smb2::messages::SrvSnapshotArray;
use lanward_wire::{Encode, ReplyBudget};
use std::sync::Arc;

const BACKSLASH: u16 = 0x5c;

/// The list of all, or only how many there are and how much room they need.
pub(crate) async fn enumerate(tree: &TreeConnect, budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    /// What a client has to have room for: the counts and an empty list.
    const LEAST: usize = 16;
    if budget.limit() < LEAST {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let times = match tree.share().snapshots.clone() {
        None => Vec::new(),
        Some(snapshots) => blocking(snapshots, |snapshots| snapshots.times()).await?,
    };
    let list = names(&times);
    let count = u32::try_from(times.len()).map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?;
    let fits = !times.is_empty() && FIXED + list.len() <= budget.limit();
    let array = SrvSnapshotArray {
        number_of_snapshots: count,
        number_of_snapshots_returned: if fits { count } else { 0 },
        snapshot_array_size: u32::try_from(list.len()).map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?,
        // An array that is not there is still ended.
        snapshots: if fits { &list } else { &[0; LEAST - FIXED] },
    };
    let written = budget.writer(out).push(1, |w| array.encode(w));
    written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

/// Bytes before the list.
const FIXED: usize = 12;

/// Each with a NUL behind it, and one more at the end; nothing at all of none.
fn names(times: &[FileTime]) -> Vec<u8> {
    let mut list = Vec::with_capacity(times.len() * 2 * (GmtToken::LENGTH + 1) + 2);
    for time in times {
        list.extend(GmtToken::new(*time).name().units().iter().flat_map(|u| u.to_le_bytes()));
        list.extend_from_slice(&[0; 2]);
    }
    if !times.is_empty() {
        list.extend_from_slice(&[0; 2]);
    }
    list
}

/// The name to open and the snapshot to open it in: that of the time given, or of the `@GMT` component in the name, which is none of the path.
///
/// # Errors
/// OBJECT_NAME_NOT_FOUND: there is no such snapshot.
pub(crate) async fn find(
    tree: &TreeConnect,
    name: NtString,
    timewarp: Option<FileTime>,
) -> Result<(NtString, Option<Arc<FileSystem>>), NtStatus> {
    let Some(snapshots) = tree.share().snapshots.clone() else {
        return if timewarp.is_some() { Err(NtStatus::OBJECT_NAME_NOT_FOUND) } else { Ok((name, None)) };
    };
    let (name, named) = without_token(name);
    let Some(time) = timewarp.or(named) else { return Ok((name, None)) };
    let time = GmtToken::new(time).time();
    let found = blocking(snapshots, move |snapshots| snapshots.at(time)).await?;
    Ok((name, Some(found)))
}

fn without_token(name: NtString) -> (NtString, Option<FileTime>) {
    const AT: u16 = 0x40;
    if !name.units().contains(&AT) {
        return (name, None);
    }
    let components = || name.units().split(|u| *u == BACKSLASH);
    let Some(at) = components().position(|c| GmtToken::parse(c).is_some()) else { return (name, None) };
    let time = components().nth(at).and_then(GmtToken::parse).map(GmtToken::time);
    let rest: Vec<&[u16]> = components().enumerate().filter(|(n, _)| *n != at).map(|(_, c)| c).collect();
    (NtString(rest.join(&BACKSLASH)), time)
}

/// Looks at the disk on a thread that may wait for it.
async fn blocking<T: Send + 'static>(
    snapshots: Arc<dyn Snapshots>,
    look: impl FnOnce(&dyn Snapshots) -> Result<T, NtStatus> + Send + 'static,
) -> Result<T, NtStatus> {
    tokio::task::spawn_blocking(move || look(&*snapshots)).await.unwrap_or(Err(NtStatus::INTERNAL_ERROR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_out_of_names() {
        let time = GmtToken::parse(NtString::from("@GMT-2024.01.02-03.04.05").units()).map(GmtToken::time);
        for (name, rest) in [
            (r"@GMT-2024.01.02-03.04.05", ""),
            (r"@GMT-2024.01.02-03.04.05\a\b", r"a\b"),
            (r"a\@GMT-2024.01.02-03.04.05\b", r"a\b"),
            (r"a\b\@GMT-2024.01.02-03.04.05", r"a\b"),
        ] {
            assert_eq!(without_token(name.into()), (rest.into(), time), "{name}");
        }
        for name in ["a@b", r"@GMT-2024.01.02-03.04.0\a", "@GMT-2024.01.02-03.04.05x"] {
            assert_eq!(without_token(name.into()), (name.into(), None), "{name}");
        }
    }

    #[test]
    fn lists_have_exact_sizes() {
        assert_eq!(names(&[]), []);
        let list = names(&[FileTime(0), FileTime(10_000_000)]);
        assert_eq!(list.len(), 2 * 50 + 2);
        assert_eq!(list[48..52], *b"\0\0@\0");
        assert_eq!(list[98..], [0; 4]);
    }
}
