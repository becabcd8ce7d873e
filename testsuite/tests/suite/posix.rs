//! The SMB3 POSIX extensions, as a Linux kernel asks for them, and what a Windows client beside it sees.

use crate::support::refused;
use lanward_client::{Connection, Create, Created, File, Options, Tree, posix, records};
use lanward_fsa::{FileInformationClass, FileRules, FileSystem, FsInformationClass, NamePatterns};
use lanward_localfs::LocalVolume;
use lanward_nt::fscc::{FileFsPosixInformation, FilePosixInformation, ReparseTag};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, CreateOptions, NtStatus as S, PosixSid, ShareAccess, Sid};
use lanward_server::ShareDefinition;
use lanward_smb2::Dialect;
use lanward_smb2::messages::{
    CreateDisposition, ErrorId, ErrorResponse, InfoType, QueryDirectoryFlags, SecurityInformation as Info,
    SymbolicLinkError,
};
use lanward_testsuite::{Plan, Site};
use lanward_wire::{Decode, Encode as _, Reader};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::Arc;
use tempfile::TempDir;

/// A server with a folder that takes the extensions (`data`) and one that does not (`plain`).
struct Place {
    folder: TempDir,
    site: Site,
}

impl Place {
    fn new() -> Self {
        Self::with(FileRules::default(), 0)
    }

    fn with(rules: FileRules, umask: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = |name: &str| {
            let volume = LocalVolume::open(folder.path(), lanward_localfs::Options::default()).unwrap();
            ShareDefinition::disk(name, FileSystem::new(volume), name)
        };
        let taking = ShareDefinition { posix: Some(umask), rules: Arc::new(rules), ..disk("data") };
        let site = Plan::default().zone(|z| z.posix = true).define(taking).define(disk("plain")).start();
        Self { site: site.unwrap(), folder }
    }

    fn linux(&self) -> Peer {
        self.peer(Options { posix: true, ..Options::default() }, "data")
    }

    fn windows(&self) -> Peer {
        self.peer(Options::default(), "data")
    }

    fn peer(&self, options: Options, share: &str) -> Peer {
        let mut c = self.site.connect(options).unwrap();
        let session = c.login("alice", "Secret007").unwrap();
        let tree = c.tree_connect(session, share).unwrap();
        Peer { c, tree }
    }
}

struct Peer {
    c: Connection,
    tree: Tree,
}

impl Peer {
    /// Opens with the extensions' context.
    fn create(&mut self, create: Create<'_>, mode: u32) -> lanward_client::Result<Created> {
        self.c.create(self.tree, &create.contexts(&posix(mode)))
    }

    fn make(&mut self, name: &str, mode: u32) -> File {
        let create = Create { access: AccessMask::GENERIC_ALL, ..Create::new_file(name) };
        self.create(create, mode).unwrap().file
    }

    fn open(&mut self, name: &str) -> lanward_client::Result<File> {
        self.create(Create::open(name, AccessMask::GENERIC_ALL), 0).map(|c| c.file)
    }

    fn state(&mut self, file: File) -> FilePosixInformation {
        let class = FileInformationClass::POSIX.0;
        let bytes = self.c.query_info(file, InfoType::FILE, class, 1000).unwrap();
        FilePosixInformation::decode(&mut Reader::new(&bytes)).unwrap()
    }

    fn listed(&mut self, name: &str) -> Vec<(String, FilePosixInformation)> {
        let directory = self.create(Create::directory(name), 0).unwrap().file;
        let class = FileInformationClass::POSIX.0;
        let flags = QueryDirectoryFlags::RESTART_SCANS;
        let part = self.c.query_directory(directory, class, flags, "*", 1 << 16).unwrap();
        let entry = |bytes: &[u8]| FilePosixInformation::decode_entry(&mut Reader::new(bytes)).unwrap();
        let mut all: Vec<_> = records(&part).map(entry).map(|(m, n, _)| (n.to_string_lossy(), m)).collect();
        self.c.close(directory).unwrap();
        all.retain(|(name, _)| name != "." && name != "..");
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    fn names(&mut self, name: &str) -> Vec<String> {
        self.listed(name).into_iter().map(|(name, _)| name).collect()
    }
}

#[test]
fn they_are_for_who_asks_where_they_are_allowed() {
    let place = Place::new();
    let mut linux = place.linux();
    assert!(linux.c.negotiated().posix);
    let told = linux.create(Create::new_file("f"), 0o100_640).unwrap();
    let answer = told.posix().unwrap().unwrap();
    assert_eq!((answer.link_count, answer.mode, answer.reparse_tag), (1, 0o640, 0));
    assert!(matches!(PosixSid::of(&answer.owner), Some(PosixSid::Owner(_))));
    assert!(matches!(PosixSid::of(&answer.group), Some(PosixSid::Group(_))));
    let plain = linux.c.create(linux.tree, &Create::open("f", AccessMask::GENERIC_READ)).unwrap();
    assert_eq!(plain.posix().unwrap(), None, "an open without the context is like any other");
    let class = FileInformationClass::POSIX.0;
    let asked = linux.c.query_info(plain.file, InfoType::FILE, class, 1000);
    assert_eq!(refused(asked), S::INVALID_INFO_CLASS);
    let class = FsInformationClass::POSIX.0;
    let asked = linux.c.query_info(plain.file, InfoType::FILESYSTEM, class, 1000);
    assert_eq!(refused(asked), S::INVALID_INFO_CLASS);

    let mut elsewhere = place.peer(Options { posix: true, ..Options::default() }, "plain");
    let told = elsewhere.create(Create::open("F", AccessMask::GENERIC_READ), 0).unwrap();
    assert_eq!(told.posix().unwrap(), None, "the share does not take them, and finds names as ever");
    let mut windows = place.windows();
    assert!(!windows.c.negotiated().posix);
    let told = windows.create(Create::open("F", AccessMask::GENERIC_READ), 0).unwrap();
    assert_eq!(told.posix().unwrap(), None, "the connection has not agreed to them");
    let old = place.peer(Options { posix: true, ..Options::only(Dialect::V3_0_2) }, "data");
    assert!(!old.c.negotiated().posix);

    place.site.change_zone(|zone| zone.posix = false);
    let told = linux.create(Create::open("F", AccessMask::GENERIC_READ), 0).unwrap();
    assert_eq!(told.posix().unwrap(), None, "the policy is read when it is used");
    assert!(!place.linux().c.negotiated().posix);
}

#[test]
fn modes_are_kept_and_shown() {
    let place = Place::with(FileRules::default(), 0o022);
    let mut linux = place.linux();
    let file = linux.make("f", 0o777);
    assert_eq!(linux.state(file).mode, 0o755, "the share withholds what it says");
    let fixed = linux.make("fixed", 0o444);
    assert_eq!(linux.state(fixed).mode, 0o444);
    linux.create(Create::new_directory("d"), 0o1700).unwrap();
    let listed = linux.listed("");
    let modes: Vec<_> = listed.iter().map(|(name, m)| (name.as_str(), m.mode)).collect();
    assert_eq!(
        modes,
        [("d", 0o1700), ("f", 0o755), ("fixed", 0o444)],
        "directories have no type of their own"
    );
    let state = linux.state(file);
    assert_eq!((state.link_count, state.reparse_tag), (1, 0));
    let meta = fs::metadata(place.folder.path().join("f")).unwrap();
    assert_eq!(state.inode, std::os::unix::fs::MetadataExt::ino(&meta));
    assert_eq!(meta.permissions().mode() & 0o6000, 0);
    let class = FsInformationClass::POSIX.0;
    let bytes = linux.c.query_info(file, InfoType::FILESYSTEM, class, 56).unwrap();
    let volume = FileFsPosixInformation::decode(&mut Reader::new(&bytes)).unwrap();
    assert!(volume.block_size >= 512 && volume.total_blocks >= volume.blocks_available);
}

/// As kernels spell chmod and chown.
fn descriptor(owner: Option<Sid>, entries: Vec<Ace>) -> Vec<u8> {
    let dacl = (!entries.is_empty()).then(|| Some(Acl::new(entries)));
    SecurityDescriptor { owner, dacl, ..SecurityDescriptor::default() }.to_bytes()
}

#[test]
fn a_mode_is_set_by_a_descriptor_and_opens_nothing() {
    let place = Place::new();
    let (mut linux, mut windows) = (place.linux(), place.windows());
    let file = linux.make("f", 0o644);
    let mode = |bits| Ace::deny(PosixSid::Mode(bits).into(), AccessMask::empty(), 0);
    linux.c.set_security(file, Info::DACL, &descriptor(None, vec![mode(0o400)])).unwrap();
    assert_eq!(linux.state(file).mode, 0o400);
    let beside = windows.c.create(windows.tree, &Create::open("f", AccessMask::GENERIC_ALL)).unwrap().file;
    let parts = Info::OWNER | Info::DACL;
    let read = |c: &mut Connection, file| {
        let bytes = c.query_security(file, parts).unwrap();
        SecurityDescriptor::decode(&mut Reader::new(&bytes)).unwrap()
    };
    let before = read(&mut windows.c, beside);
    let everyone = Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, 0);
    assert_eq!(before.dacl.clone().flatten().unwrap().entries, std::slice::from_ref(&everyone));
    let same = descriptor(None, vec![mode(0o6777), everyone]);
    linux.c.set_security(file, Info::DACL, &same).unwrap();
    assert_eq!(linux.state(file).mode, 0o777, "nobody is lent an identity");
    assert_eq!(
        read(&mut windows.c, beside),
        before,
        "who sends a list back with a mode changes the mode alone"
    );

    let users = Ace::allow(Sid::users(), AccessMask::FILE_GENERIC_READ, 0);
    windows.c.set_security(beside, Info::DACL, &descriptor(None, vec![users.clone()])).unwrap();
    let known = read(&mut windows.c, beside);
    linux.c.set_security(file, Info::DACL, &descriptor(None, vec![mode(0o666)])).unwrap();
    assert_eq!(read(&mut windows.c, beside), known, "a mode allows nothing that the list does not");
    let opened = windows.c.create(windows.tree, &Create::open("f", AccessMask::GENERIC_WRITE));
    assert_eq!(refused(opened), S::ACCESS_DENIED);
    let read_only = linux.create(Create::open("f", AccessMask::GENERIC_READ), 0).unwrap().file;
    let asked = linux.c.set_security(read_only, Info::DACL, &descriptor(None, vec![mode(0o600)]));
    assert_eq!(refused(asked), S::ACCESS_DENIED, "a mode needs the right to change the list");

    let me = linux.state(file).owner;
    linux.c.set_security(file, Info::OWNER, &descriptor(Some(me), Vec::new())).unwrap();
    let other = PosixSid::Owner(4711).into();
    let asked = linux.c.set_security(file, Info::OWNER, &descriptor(Some(other), Vec::new()));
    assert_eq!(refused(asked), S::PRIVILEGE_NOT_HELD, "all files are the server's here");
}

#[test]
fn a_descriptor_that_spells_a_mode_is_not_stored() {
    let place = Place::new();
    let mut linux = place.linux();
    let mode = Ace::deny(PosixSid::Mode(0o600).into(), AccessMask::empty(), 0);
    let all = Ace::allow(Sid::authenticated_users(), AccessMask::FILE_ALL_ACCESS, 0);
    let given = descriptor(None, vec![mode, all]);
    let list = lanward_client::contexts(&[
        lanward_smb2::messages::CreateRequestContext::SecurityDescriptor(&given),
        lanward_smb2::messages::CreateRequestContext::Posix(0o640),
    ]);
    let file = linux.c.create(linux.tree, &Create::new_file("f").contexts(&list)).unwrap().file;
    assert_eq!(linux.state(file).mode, 0o640);
    let bytes = linux.c.query_security(file, Info::DACL).unwrap();
    let dacl = SecurityDescriptor::decode(&mut Reader::new(&bytes)).unwrap().dacl.flatten().unwrap();
    assert_eq!(dacl.entries, [Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, 0)]);
}

#[test]
fn names_are_exact_and_may_hold_anything() {
    let place = Place::new();
    let (mut linux, mut windows) = (place.linux(), place.windows());
    let odd = ["A", "a", "b:c", "end ", "end.", "star*", "tab\t", "what?", "x<y>|\""];
    for name in odd {
        linux.make(name, 0o644);
    }
    assert_eq!(linux.names(""), odd);
    assert!(place.folder.path().join("b:c").is_file(), "it is called so on the disk too");
    let directory = windows.c.create(windows.tree, &Create::directory("")).unwrap().file;
    let shown: Vec<_> = windows.c.list(directory, "*").unwrap().into_iter().map(|e| e.name).collect();
    assert!(shown.contains(&"b\u{f022}c".into()) && shown.contains(&"end\u{f029}".into()), "{shown:?}");
    windows.c.create(windows.tree, &Create::open("B\u{f022}C", AccessMask::GENERIC_READ)).unwrap();
    linux.open("b\u{f022}c").unwrap();
    assert_eq!(refused(linux.open("B:c")), S::OBJECT_NAME_NOT_FOUND);
    linux.create(Create::new_directory("dir"), 0o755).unwrap();
    linux.make("dir/in:side", 0o644);
    linux.make("dir\\other", 0o644);
    assert_eq!(linux.names("dir"), ["in:side", "other"]);
    assert_eq!(refused(linux.open("DIR/other")), S::OBJECT_PATH_NOT_FOUND);
    for bad in ["dir/../../x", "..", "/etc", "dir//x", "a/b"] {
        assert!(linux.open(bad).is_err(), "{bad}");
    }
}

#[test]
fn nothing_hidden_is_found_by_another_spelling() {
    let veto = NamePatterns::new(["*.exe", "secret", "a?b"]);
    let place = Place::with(FileRules { veto, ..FileRules::default() }, 0);
    let mut linux = place.linux();
    for name in ["x.exe", "X.EXE", "secret", "SECRET", "secret/f", "a\u{f022}b", "a:b"] {
        let made = linux.create(Create::new_file(name), 0o644);
        assert!(matches!(refused(made), S::ACCESS_DENIED | S::OBJECT_PATH_NOT_FOUND), "{name}");
    }
    for name in [".lanward", ".Lanward", ".lanward/streams"] {
        assert_eq!(refused(linux.create(Create::new_file(name), 0o644)), S::OBJECT_NAME_INVALID, "{name}");
    }
    fs::write(place.folder.path().join("Secret"), b"x").unwrap();
    fs::write(place.folder.path().join("a:b"), b"x").unwrap();
    symlink("Secret", place.folder.path().join("way")).unwrap();
    assert_eq!(linux.names(""), ["way"]);
    for name in ["Secret", "a:b", "way"] {
        linux.open(name).unwrap_err();
    }
    let file = linux.make("f", 0o644);
    for to in ["x.exe", "SECRET", "a:b", ".lanward"] {
        linux.c.rename(file, to, true).unwrap_err();
    }
}

#[test]
fn nobody_is_kept_out_and_names_go_at_once() {
    let place = Place::new();
    let (mut linux, mut windows) = (place.linux(), place.windows());
    let held = linux.create(Create::new_file("f").share(ShareAccess::empty()), 0o644).unwrap().file;
    let again = linux.create(Create::open("f", AccessMask::GENERIC_ALL).share(ShareAccess::empty()), 0);
    let again = again.unwrap().file;
    linux.c.write(held, 0, b"old").unwrap();
    linux.create(Create::delete_on_close("f"), 0).map(|c| linux.c.close(c.file).unwrap()).unwrap();
    assert_eq!(refused(linux.open("f")), S::OBJECT_NAME_NOT_FOUND);
    assert!(!place.folder.path().join("f").exists());
    linux.make("f", 0o600);
    assert_eq!(linux.c.read(again, 0, 9).unwrap(), b"old");
    assert_eq!(linux.state(again).link_count, 0);

    let selfish = Create::new_file("mine").share(ShareAccess::empty());
    windows.c.create(windows.tree, &selfish).unwrap();
    assert_eq!(refused(linux.open("mine")), S::SHARING_VIOLATION, "what Windows denies stays denied");
    let removed = linux.create(Create::delete_on_close("mine"), 0);
    assert_eq!(refused(removed), S::SHARING_VIOLATION);
    let file = linux.make("new", 0o644);
    assert_eq!(refused(linux.c.rename(file, "mine", true)), S::SHARING_VIOLATION);
}

#[test]
fn renames_are_posixs() {
    let place = Place::new();
    let mut linux = place.linux();
    let (new, old) = (linux.make("new", 0o644), linux.make("old", 0o644));
    linux.c.write(new, 0, b"new").unwrap();
    linux.c.write(old, 0, b"old").unwrap();
    linux.c.rename(new, "old", true).unwrap();
    assert_eq!(linux.c.read(old, 0, 9).unwrap(), b"old", "who has it open keeps it");
    let now = linux.open("old").unwrap();
    assert_eq!(linux.c.read(now, 0, 9).unwrap(), b"new");
    linux.make("OLD", 0o644);
    linux.c.rename(new, "Old", false).unwrap();
    assert_eq!(linux.names(""), ["OLD", "Old"]);

    for name in ["d", "empty", "full"] {
        linux.create(Create::new_directory(name), 0o755).unwrap();
    }
    let inside = linux.make("d/f", 0o644);
    linux.make("full/g", 0o644);
    let directory = linux.create(Create::open("d", AccessMask::GENERIC_ALL), 0).unwrap().file;
    assert_eq!(refused(linux.c.rename(directory, "full", true)), S::OBJECT_NAME_COLLISION);
    linux.c.rename(directory, "empty", true).unwrap();
    linux.c.write(inside, 0, b"still").unwrap();
    assert_eq!(linux.names("empty"), ["f"]);
    linux.c.rename(inside, "empty/in:side", true).unwrap();
    assert_eq!(linux.names("empty"), ["in:side"]);
    let mut windows = place.windows();
    windows.c.create(windows.tree, &Create::open("empty\\in\u{f022}side", AccessMask::GENERIC_READ)).unwrap();
    assert_eq!(
        refused(linux.c.rename(directory, "away", true)),
        S::ACCESS_DENIED,
        "Windows would lose its file"
    );
}

#[test]
fn links_are_the_clients_to_follow() {
    let place = Place::new();
    let (mut linux, mut windows) = (place.linux(), place.windows());
    fs::create_dir(place.folder.path().join("real")).unwrap();
    fs::write(place.folder.path().join("real/f"), b"behind").unwrap();
    symlink("real", place.folder.path().join("way")).unwrap();
    symlink("/etc/passwd", place.folder.path().join("out")).unwrap();
    windows.c.create(windows.tree, &Create::open("way\\f", AccessMask::GENERIC_READ)).unwrap();
    for (name, target, unparsed) in [("way/f", "real", 4), ("out", "\\etc\\passwd", 0)] {
        let create = Create::open(name, AccessMask::GENERIC_READ);
        let list = posix(0);
        let id = linux.c.send_create(linux.tree, &create.contexts(&list)).unwrap();
        let reply = linux.c.receive(id).unwrap();
        assert_eq!(reply.status(), S::STOPPED_ON_SYMLINK, "{name}");
        let error: ErrorResponse<'_> = reply.decode().unwrap();
        let context = error.contexts().next().unwrap().unwrap();
        assert_eq!(context.error_id, ErrorId::DEFAULT);
        let data = context.data;
        let link = SymbolicLinkError::decode(&mut Reader::new(data)).unwrap();
        assert_eq!(link.substitute_name.to_nt_string(), target.into());
        assert_eq!(link.unparsed_path_length, unparsed, "{name}");
    }
    let listed = linux.listed("");
    let links: Vec<_> = listed.iter().map(|(name, m)| (name.as_str(), m.mode >> 12, m.reparse_tag)).collect();
    let symlink_tag = ReparseTag::SYMLINK.0;
    assert_eq!(links, [("out", 2, symlink_tag), ("real", 0, 0), ("way", 2, symlink_tag)]);
    let itself = Create::open("out", AccessMask::DELETE)
        .options(CreateOptions::OPEN_REPARSE_POINT | CreateOptions::DELETE_ON_CLOSE);
    let itself = linux.create(itself, 0).unwrap().file;
    linux.c.close(itself).unwrap();
    assert_eq!(linux.names(""), ["real", "way"]);
}

#[test]
fn overwriting_keeps_the_mode() {
    let place = Place::new();
    let mut linux = place.linux();
    let file = linux.make("f", 0o751);
    linux.c.close(file).unwrap();
    let again = Create::open("f", AccessMask::GENERIC_ALL).disposition(CreateDisposition::OVERWRITE_IF);
    let again = linux.create(again, 0o600).unwrap();
    assert_eq!(again.posix().unwrap().unwrap().mode, 0o751, "only what is made gets a mode");
}
