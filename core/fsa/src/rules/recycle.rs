use super::ShareView;
use super::names::same;
use crate::descriptors;
use lanward_nt::{FileAttributes, NtPath, NtStatus, NtString};
use lanward_vfs::{Data, FileNumber, Intent, OpenRequest, Volume, Wait};

/// The folder of deleted files, in the share's root.
pub(super) const BIN: &str = ".recycle";
/// Files of one name and place that are kept; of more the newest goes for good.
const MOST_VERSIONS: u32 = 1000;
const DOT: u16 = 0x2e;

impl ShareView {
    /// The user's own folder in the bin.
    pub(super) fn own_folder(&self) -> NtString {
        let bad =
            |u: &u16| matches!(*u, 0..=0x1f | 0x22 | 0x2a | 0x2f | 0x3a | 0x3c | 0x3e | 0x3f | 0x5c | 0x7c);
        let mut name: Vec<u16> =
            self.user.units().iter().take(64).map(|u| if bad(u) { 0x5f } else { *u }).collect();
        // Nobody's name ends in a period or is all periods.
        while name.last().is_some_and(|u| [DOT, 0x20].contains(u)) {
            name.pop();
        }
        if name.is_empty() { "guest".into() } else { NtString(name) }
    }

    /// Moves a file that is to be deleted to the bin; answers where it is now, or `None` where it is to be deleted for good. Where `volume` acts for
    /// the user of a number, `own` is the same as the server has it, and that number: the bin is everybody's.
    pub(crate) fn keep_deleted(
        &self,
        (volume, own): (&dyn Volume, Option<(&dyn Volume, u32)>),
        path: &NtPath,
        number: FileNumber,
    ) -> Option<NtPath> {
        let bin = self.rules.recycle.as_ref()?;
        let in_bin = path.components().next().is_some_and(|first| same(first, &BIN.into()));
        if in_bin || bin.exclude.matches(path.file_name()) {
            return None;
        }
        if let Some(most) = bin.max_size {
            let (_, metadata) = volume.lookup(path, Wait::Allowed).ok()?;
            if metadata.end_of_file > most {
                return None;
            }
        }
        let folder = self.folder_for(volume, own, path)?;
        if volume.secured() {
            let opened = descriptors::look(volume, path, true).ok()?;
            descriptors::keep(volume, path, &*opened.file).ok()?;
        }
        for version in 1..=MOST_VERSIONS {
            let to = folder.join(&versioned(path.file_name(), version))?;
            match volume.rename(path, number, &to, false) {
                Ok(to) => return Some(to),
                Err(NtStatus::OBJECT_NAME_COLLISION) => {}
                // A bin on another file system, or none that can be made: it goes for good.
                Err(_) => return None,
            }
        }
        None
    }

    /// Makes the folder in the bin that is what the file's own folder is in the share.
    fn folder_for(
        &self,
        volume: &dyn Volume,
        server: Option<(&dyn Volume, u32)>,
        path: &NtPath,
    ) -> Option<NtPath> {
        let mut folder = NtPath::root();
        let (bin, own) = (NtString::from(BIN), self.own_folder());
        let parent = path.parent();
        let names = [bin.units(), own.units()].into_iter().chain(parent.components());
        for (depth, name) in names.enumerate() {
            folder = folder.join(name)?;
            let hidden = if depth == 0 { FileAttributes::HIDDEN } else { FileAttributes::empty() };
            // In a bin of users of the machine each makes a folder, and nobody else looks into it.
            let (volume, mode) = match (server, depth) {
                (Some((server, _)), 0) => (server, Some(0o1777)),
                (Some(_), _) => (volume, Some(0o700)),
                (None, _) => (volume, None),
            };
            let made = volume.open(&OpenRequest {
                path: &folder,
                intent: Intent::OpenOrCreate,
                data: Data::empty(),
                make_directory: true,
                attributes: hidden,
                security: None,
                mode,
                no_follow: true,
                posix: None,
                wait: Wait::Allowed,
            });
            let made = made.ok()?;
            // A folder of this name that somebody else made would show him what was in closed ones.
            if server.is_some_and(|(_, user)| depth > 0 && made.metadata.posix.owner != user) {
                return None;
            }
            if let Some(mode) = mode.filter(|_| made.created) {
                // Whatever the process leaves out of what it makes.
                made.file.set_mode(mode).ok()?;
            }
            folder = made.path;
        }
        Some(folder)
    }
}

/// `name (2).txt` for the second `name.txt`.
fn versioned(name: &[u16], version: u32) -> Vec<u16> {
    if version == 1 {
        return name.to_vec();
    }
    let mark: Vec<u16> = format!(" ({version})").encode_utf16().collect();
    let dot = name.iter().rposition(|u| *u == DOT).filter(|at| *at > 0).unwrap_or(name.len());
    let (stem, ending) = name.split_at(dot);
    let room = 255usize.saturating_sub(mark.len() + ending.len());
    [&stem[..stem.len().min(room)], &mark, ending].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbered_before_the_ending() {
        let of = |name: &str, version| {
            String::from_utf16(&versioned(&name.encode_utf16().collect::<Vec<_>>(), version)).unwrap()
        };
        assert_eq!(of("a.txt", 1), "a.txt");
        assert_eq!(of("a.b.txt", 2), "a.b (2).txt");
        assert_eq!(of(".profile", 3), ".profile (3)");
        assert_eq!(of("plain", 12), "plain (12)");
        assert_eq!(of(&format!("{}.txt", "n".repeat(251)), 2).len(), 255);
    }
}
