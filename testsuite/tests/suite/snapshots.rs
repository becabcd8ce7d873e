//! Previous versions of a share: listed, opened, and never written.

use crate::support::refused;
use lanward_client::{Connection, Create, File, Options, Tree};
use lanward_fsa::FileSystem;
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, FileTime, GmtToken, NtStatus as S};
use lanward_server::{ShareDefinition, Snapshots};
use lanward_smb2::messages::{CreateContextList, CreateDisposition, CreateRequestContext, SrvSnapshotArray};
use lanward_testsuite::{Plan, Site};
use lanward_vfs::{MemVolume, Volume};
use lanward_wire::{Decode, Reader};
use std::sync::Arc;

/// Versions by their time.
#[derive(Debug)]
struct Versions(Vec<(FileTime, Arc<FileSystem>)>);

impl Snapshots for Versions {
    fn times(&self) -> Result<Vec<FileTime>, S> {
        Ok(self.0.iter().map(|(time, _)| *time).collect())
    }

    fn at(&self, time: FileTime) -> Result<Arc<FileSystem>, S> {
        let found = self.0.iter().find(|(t, _)| *t == time);
        found.map(|(_, fs)| fs.clone()).ok_or(S::OBJECT_NAME_NOT_FOUND)
    }
}

fn second(text: &str) -> FileTime {
    GmtToken::parse(lanward_nt::NtString::from(text).units()).unwrap().time()
}

/// A directory with a file in it, that can be read only.
fn version(content: &[u8]) -> (tempfile::TempDir, Arc<FileSystem>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("dir")).unwrap();
    std::fs::write(folder.path().join("dir/file"), content).unwrap();
    let options = lanward_localfs::Options { read_only: true, ..lanward_localfs::Options::default() };
    let volume = lanward_localfs::LocalVolume::open(folder.path(), options).unwrap();
    (folder, FileSystem::new(volume))
}

struct Peer {
    c: Connection,
    tree: Tree,
    root: File,
    _site: Site,
    _folders: Vec<tempfile::TempDir>,
}

const NEW: &str = "@GMT-2025.01.01-00.00.00";
const OLD: &str = "@GMT-2024.06.01-12.30.15";

fn peer(times: &[&str]) -> Peer {
    let mut folders = Vec::new();
    let mut versions = Vec::new();
    for time in times {
        let (folder, file_system) = version(time.as_bytes());
        folders.push(folder);
        versions.push((second(time), file_system));
    }
    let volume: Arc<dyn Volume> = MemVolume::new(|| FileTime(1));
    let snapshots: Option<Arc<dyn Snapshots>> = Some(Arc::new(Versions(versions)));
    let share =
        ShareDefinition { snapshots, ..ShareDefinition::disk("data", FileSystem::new(volume), "data") };
    let site = Plan::default().define(share).start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    Peer { c, tree, root, _site: site, _folders: folders }
}

impl Peer {
    fn enumerate(&mut self, max: u32) -> (u32, u32, u32, Vec<u8>) {
        let bytes = self.c.ioctl(self.root, CtlCode::SRV_ENUMERATE_SNAPSHOTS, &[], max).unwrap();
        let array = SrvSnapshotArray::decode(&mut Reader::new(&bytes)).unwrap();
        let list = array.snapshots.to_vec();
        (array.number_of_snapshots, array.number_of_snapshots_returned, array.snapshot_array_size, list)
    }
}

#[test]
fn they_are_listed_whole_or_counted() {
    let mut p = peer(&[NEW, OLD]);
    let size = 2 * 50 + 2;
    assert_eq!(p.enumerate(16), (2, 0, size, vec![]));
    assert_eq!(p.enumerate(12 + size - 1), (2, 0, size, vec![]));
    let (count, returned, told, list) = p.enumerate(12 + size);
    assert_eq!((count, returned, told), (2, 2, size));
    let text: Vec<u16> = list.chunks(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect();
    assert_eq!(String::from_utf16(&text).unwrap(), format!("{NEW}\0{OLD}\0\0"));
    assert_eq!(refused(p.c.ioctl(p.root, CtlCode::SRV_ENUMERATE_SNAPSHOTS, &[], 15)), S::INVALID_PARAMETER);
    let mut none = peer(&[]);
    assert_eq!(none.c.ioctl(none.root, CtlCode::SRV_ENUMERATE_SNAPSHOTS, &[], 4096).unwrap(), [0; 16]);
}

#[test]
fn opens_go_back_in_time_by_name_and_by_context() {
    let mut p = peer(&[NEW, OLD]);
    p.c.touch(p.tree, &Create::new_directory("dir")).unwrap();
    p.c.write_file(p.tree, r"dir\file", b"now").unwrap();
    for time in [NEW, OLD] {
        for name in [format!(r"{time}\dir\file"), format!(r"dir\{time}\file"), format!(r"DIR\FILE\{time}")] {
            assert_eq!(p.c.read_file(p.tree, &name).unwrap(), time.as_bytes(), "{name}");
        }
        let mut contexts = CreateContextList::new();
        contexts.push_request(&CreateRequestContext::TimewarpToken(FileTime(second(time).0 + 77)));
        let create =
            Create { contexts: contexts.contexts(), ..Create::open(r"dir\file", AccessMask::READ_DATA) };
        let file = p.c.create(p.tree, &create).unwrap().file;
        assert_eq!(p.c.read(file, 0, 100).unwrap(), time.as_bytes());
        let listed = p.c.create(p.tree, &Create::directory(&format!(r"{time}\dir"))).unwrap().file;
        let names: Vec<_> =
            p.c.list(listed, "*").unwrap().into_iter().map(|e| e.name.to_string_lossy()).collect();
        assert_eq!(names, [".", "..", "file"]);
    }
    assert_eq!(p.c.read_file(p.tree, r"dir\file").unwrap(), b"now");
    let never = Create::open(r"@GMT-2020.01.01-00.00.00\dir", AccessMask::READ_DATA);
    assert_eq!(refused(p.c.create(p.tree, &never)), S::OBJECT_NAME_NOT_FOUND);
    let gone = Create::open(&format!(r"{OLD}\elsewhere"), AccessMask::READ_DATA).name.to_owned();
    assert_eq!(
        refused(p.c.create(p.tree, &Create::open(&gone, AccessMask::READ_DATA))),
        S::OBJECT_NAME_NOT_FOUND
    );
}

#[test]
fn nothing_in_them_changes() {
    let mut p = peer(&[OLD]);
    let name = format!(r"{OLD}\dir\file");
    let write = Create::open(&name, AccessMask::WRITE_DATA);
    assert_eq!(refused(p.c.create(p.tree, &write)), S::MEDIA_WRITE_PROTECTED);
    for disposition in [CreateDisposition::OVERWRITE, CreateDisposition::SUPERSEDE] {
        let over = Create::open(&name, AccessMask::GENERIC_ALL).disposition(disposition);
        assert_eq!(refused(p.c.create(p.tree, &over)), S::MEDIA_WRITE_PROTECTED);
    }
    let new = format!(r"{OLD}\new");
    assert_eq!(refused(p.c.create(p.tree, &Create::new_file(&new))), S::MEDIA_WRITE_PROTECTED);
    assert_eq!(refused(p.c.create(p.tree, &Create::new_directory(&new))), S::MEDIA_WRITE_PROTECTED);
    let file =
        p.c.create(p.tree, &Create::open(&name, AccessMask::READ_DATA | AccessMask::DELETE)).unwrap().file;
    assert_eq!(refused(p.c.set_delete(file, true)), S::MEDIA_WRITE_PROTECTED);
    assert_eq!(p.c.read_file(p.tree, &name).unwrap(), OLD.as_bytes());
}

#[test]
fn a_share_without_any_goes_nowhere() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    assert_eq!(c.ioctl(root, CtlCode::SRV_ENUMERATE_SNAPSHOTS, &[], 16).unwrap(), [0; 16]);
    let mut contexts = CreateContextList::new();
    contexts.push_request(&CreateRequestContext::TimewarpToken(second(OLD)));
    let create = Create { contexts: contexts.contexts(), ..Create::open("", AccessMask::READ_DATA) };
    assert_eq!(refused(c.create(tree, &create)), S::OBJECT_NAME_NOT_FOUND);
    c.write_file(tree, OLD, b"a name like any other").unwrap();
    assert_eq!(c.read_file(tree, OLD).unwrap(), b"a name like any other");
}

#[test]
fn an_old_client_that_deletes_in_a_previous_version_deletes_nothing() {
    let (_folder, file_system) = version(b"then");
    let snapshots: Option<Arc<dyn Snapshots>> = Some(Arc::new(Versions(vec![(second(OLD), file_system)])));
    let now = FileSystem::new(MemVolume::new(|| FileTime(1)));
    let share = ShareDefinition { snapshots, ..ShareDefinition::disk("data", now, "data") };
    let site = Plan::default().smb1().define(share).start().unwrap();
    let (mut c, tree) = site.alice_smb1(lanward_client::smb1::Options::default()).unwrap();
    c.on_path(tree, lanward_smb1::Command::CREATE_DIRECTORY, "\\dir").unwrap();
    c.write_file(tree, "\\dir\\file", b"now").unwrap();
    for name in ["*", "file"] {
        let refusal = refused(c.delete(tree, &format!("\\{OLD}\\dir\\{name}")));
        assert_eq!(refusal, S::MEDIA_WRITE_PROTECTED, "{name}");
    }
    assert_eq!(c.read_file(tree, "\\dir\\file").unwrap(), b"now");
}
