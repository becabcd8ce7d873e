//! Looking a name up without opening it.

use crate::metadata::{kind, metadata, stat_at};
use crate::path::EncodedPath;
use crate::stored::read_stored_at;
use crate::volume::Shared;
use lanward_nt::NtPath;
use lanward_sys::is_acting;
use lanward_vfs::{FileKind, Metadata, NtStatus, Result};
use std::ffi::CString;

impl Shared {
    /// What has exactly this name, in a directory that is known already: the way there needs no call of the system then, and nothing is opened.
    /// `None` where that says nothing: the name is a link or in another case, the directory is not known, or others' rights count on the way.
    pub(crate) fn look(&self, path: &EncodedPath<'_>) -> Option<Result<(NtPath, Metadata)>> {
        if path.bytes.is_empty() || is_acting() {
            return None;
        }
        let directory = self.directories.at(path.above())?;
        let state = stat_at(&*directory, path.name()).ok()?;
        if kind(&state) == FileKind::Symlink {
            return None;
        }
        let name = CString::new(path.name()).ok()?;
        let stored = read_stored_at(self, &*directory, &name, &state);
        if stored.is_private() {
            return Some(Err(NtStatus::OBJECT_NAME_NOT_FOUND));
        }
        Some(path.found(&path.bytes).map(|path| (path, metadata(&state, stored))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LocalVolume, Options};
    use lanward_vfs::{Data, Intent, OpenRequest, Volume as _, Wait};
    use std::fs;
    use std::os::unix::fs::symlink;

    fn path(text: &str) -> NtPath {
        NtPath::new(text.into()).unwrap()
    }

    fn open(volume: &LocalVolume, name: &NtPath, intent: Intent) -> Result<(NtPath, Metadata)> {
        let opened = volume.open(&OpenRequest {
            path: name,
            intent,
            data: Data::empty(),
            make_directory: false,
            attributes: lanward_nt::FileAttributes::HIDDEN,
            security: None,
            mode: None,
            no_follow: false,
            posix: None,
            wait: Wait::Allowed,
        })?;
        Ok((opened.path, opened.metadata))
    }

    #[test]
    fn looking_finds_what_opening_finds() {
        let (root, elsewhere) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
        let volume = LocalVolume::open(root.path(), Options::default()).unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("d/e")).unwrap();
        fs::write(elsewhere.path().join("out"), "out").unwrap();
        fs::write(at("d/File"), "12345").unwrap();
        symlink("File", at("d/within")).unwrap();
        symlink(elsewhere.path().join("out"), at("d/without")).unwrap();
        symlink("d", at("link")).unwrap();
        symlink(elsewhere.path(), at("away")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("d/fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        open(&volume, &path("d\\hidden"), Intent::Create).unwrap();
        open(&volume, &path("link\\by link"), Intent::Create).unwrap();
        let names = [
            "d",
            "D",
            "d\\e",
            "d\\File",
            "d\\fILE",
            "d\\none",
            "d\\within",
            "d\\without",
            "d\\fifo",
            "d\\hidden",
            "d\\by link",
            "link\\File",
            "link\\hidden",
            "away\\out",
            "link",
            "d\\File\\x",
            "none\\x",
            "",
            "d\\hidden ",
        ];
        let compare = |moment: &str| {
            for name in names.map(path) {
                let (looked, opened) =
                    (volume.lookup(&name, Wait::Allowed), open(&volume, &name, Intent::Open));
                // Opening a directory and reading where a link leads may set the time of the access.
                let fixed = |found: Result<(NtPath, Metadata)>| {
                    found.map(|(path, m)| (path, Metadata { last_access_time: m.last_write_time, ..m }))
                };
                assert_eq!(fixed(looked), fixed(opened), "{name} {moment}");
            }
        };
        let known = |name: &str| volume.shared.look(&EncodedPath::new(&path(name)).unwrap());
        assert!(matches!(known("d\\hidden"), Some(Ok(_))), "its directory was found when it was made");
        assert!(known("d\\within").is_none() && known("d\\fILE").is_none() && known("link\\File").is_none());
        compare("at first");
        fs::rename(at("d"), at("moved")).unwrap();
        compare("when the directory has moved");
        fs::create_dir(at("d")).unwrap();
        fs::write(at("d/File"), "another").unwrap();
        compare("when another has its name");
        fs::remove_dir_all(at("d")).unwrap();
        symlink(elsewhere.path(), at("d")).unwrap();
        fs::write(elsewhere.path().join("File"), "of somebody else").unwrap();
        compare("when a link has its name");
    }
}
