//! Reparse points, set and found, and symbolic links that a client has to follow itself.

use lanward_client::{Connection, Create, File, Options, Request, Tree, records, utf16};
use lanward_nt::fscc::{CtlCode, ReparsePoint, ReparseTag, SymbolicLink};
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, Guid, NtStatus as S};
use lanward_smb2::messages::{
    CreateDisposition, ErrorId, ErrorResponse, InfoType, QueryDirectoryFlags, SYMLINK_FLAG_RELATIVE,
    SymbolicLinkError,
};
use lanward_smb2::{Command, Dialect};
use lanward_testsuite::{Plan, Site};
use lanward_wire::{Decode, Reader};

const ITSELF: CreateOptions = CreateOptions::OPEN_REPARSE_POINT;

struct Peer {
    c: Connection,
    tree: Tree,
    _site: Site,
}

impl Peer {
    fn new(options: Options) -> Self {
        let site = Site::new().unwrap();
        let (c, tree) = site.alice(options).unwrap();
        Self { c, tree, _site: site }
    }

    fn at(site: Site, share: &str, options: Options) -> Self {
        let mut c = site.connect(options).unwrap();
        let session = c.login("alice", "Secret007").unwrap();
        let tree = c.tree_connect(session, share).unwrap();
        Self { c, tree, _site: site }
    }

    fn open(
        &mut self,
        name: &str,
        options: CreateOptions,
        disposition: CreateDisposition,
    ) -> Result<File, S> {
        let create = Create::open(name, AccessMask::GENERIC_ALL).options(options).disposition(disposition);
        self.c.create(self.tree, &create).map(|c| c.file).map_err(|e| e.status().expect("a status"))
    }

    fn make(&mut self, name: &str, directory: bool) -> File {
        let kind = if directory { CreateOptions::DIRECTORY_FILE } else { CreateOptions::empty() };
        self.open(name, kind | ITSELF, CreateDisposition::CREATE).unwrap()
    }

    fn control(&mut self, file: File, code: CtlCode, input: &[u8], max: u32) -> Result<Vec<u8>, S> {
        self.c.ioctl(file, code, input, max).map_err(|e| e.status().expect("a status"))
    }

    fn set(&mut self, file: File, point: &ReparsePoint) -> Result<(), S> {
        self.control(file, CtlCode::SET_REPARSE_POINT, &point.bytes(), 0).map(drop)
    }

    /// The symbolic link an open stops on, and how much of the name is left in bytes.
    fn stops_on(&mut self, name: &str, contexts: bool) -> (String, u32, u16) {
        let bytes = utf16(name);
        let create = Create::open(name, AccessMask::READ_DATA);
        let reply = self.c.call(&Request::new(Command::CREATE, self.tree, &create.request(&bytes))).unwrap();
        assert_eq!(reply.status(), S::STOPPED_ON_SYMLINK, "{name}");
        let error: ErrorResponse<'_> = reply.decode().unwrap();
        let data = if contexts {
            assert_eq!(error.context_count, 1);
            let context = error.contexts().next().unwrap().unwrap();
            assert_eq!(context.error_id, ErrorId::DEFAULT);
            context.data
        } else {
            assert_eq!(error.context_count, 0);
            error.data
        };
        let link = SymbolicLinkError::decode(&mut Reader::new(data)).unwrap();
        (link.substitute_name.to_nt_string().to_string_lossy(), link.flags, link.unparsed_path_length)
    }
}

fn link(target: &str, relative: bool) -> ReparsePoint {
    SymbolicLink { substitute_name: target.into(), print_name: target.into(), relative }.reparse_point()
}

fn point(tag: u32, guid: Option<Guid>, data: &[u8]) -> ReparsePoint {
    ReparsePoint { tag: ReparseTag(tag), guid, data: data.to_vec() }
}

#[test]
fn a_link_is_the_clients_to_follow() {
    for (dialect, contexts) in [(Dialect::V2_1, false), (Dialect::V3_1_1, true)] {
        let mut peer = Peer::new(Options::only(dialect));
        let file = peer.make("file", false);
        peer.set(file, &link(r"..\elsewhere", true)).unwrap();
        let directory = peer.make("dir", true);
        peer.set(directory, &link(r"\??\UNC\other\share", false)).unwrap();
        assert_eq!(peer.stops_on("file", contexts), (r"..\elsewhere".into(), SYMLINK_FLAG_RELATIVE, 0));
        assert_eq!(peer.stops_on(r"dir\a\bc", contexts), (r"\??\UNC\other\share".into(), 0, 10));
        assert_eq!(peer.stops_on(r"DIR\x", contexts).2, 4);
        assert_eq!(peer.stops_on(r"file\x", contexts).2, 4, "a file that leads on");
        assert_eq!(peer.stops_on(r"dir\a\", contexts).2, 6, "with its backslash at the end");
        for disposition in [CreateDisposition::OVERWRITE_IF, CreateDisposition::SUPERSEDE] {
            assert_eq!(
                peer.open("file", CreateOptions::empty(), disposition).err(),
                Some(S::STOPPED_ON_SYMLINK)
            );
        }
        let made = peer.open(r"dir\new", CreateOptions::empty(), CreateDisposition::CREATE);
        assert_eq!(made.err(), Some(S::STOPPED_ON_SYMLINK));
        let other = peer.make("other", false);
        assert_eq!(peer.c.rename(other, r"dir\other", false).unwrap_err().status(), Some(S::ACCESS_DENIED));
        let itself = peer.open("file", ITSELF, CreateDisposition::OPEN).unwrap();
        let found = peer.control(itself, CtlCode::GET_REPARSE_POINT, &[], 16_384).unwrap();
        assert_eq!(ReparsePoint::parse(&found), Some(link(r"..\elsewhere", true)));
        peer.control(itself, CtlCode::DELETE_REPARSE_POINT, &point(0xa000_000c, None, b"").bytes(), 0)
            .unwrap();
        assert!(peer.open("file", CreateOptions::empty(), CreateDisposition::OPEN).is_ok());
    }
}

#[test]
fn what_is_set_shows_in_every_listing() {
    let mut peer = Peer::new(Options::default());
    let file = peer.make("f", false);
    peer.set(file, &point(0x8000_0014, None, b"FIFO\0\0\0\0")).unwrap();
    let info = peer.c.query_info(file, InfoType::FILE, 35, 8).unwrap();
    assert_eq!(info, [0x20, 4, 0, 0, 0x14, 0, 0, 0x80], "FileAttributeTagInformation");
    let root = peer.c.create(peer.tree, &Create::directory("")).unwrap().file;
    let listed = peer.c.query_directory(root, 37, QueryDirectoryFlags::empty(), "f", 4096).unwrap();
    let record = records(&listed).next().unwrap();
    assert_eq!(record[56..60], 0x420u32.to_le_bytes(), "FileAttributes");
    assert_eq!(record[64..68], 0x8000_0014u32.to_le_bytes(), "EaSize is the tag");
    assert_eq!(
        peer.open("f", CreateOptions::empty(), CreateDisposition::OPEN).err(),
        Some(S::IO_REPARSE_TAG_NOT_HANDLED)
    );
    let created =
        peer.c.create(peer.tree, &Create::open("f", AccessMask::READ_DATA).options(ITSELF)).unwrap();
    assert!(created.information.attributes.contains(FileAttributes::REPARSE_POINT));
}

#[test]
fn the_rules_of_setting_and_taking_away() {
    let mut peer = Peer::new(Options::default());
    let file = peer.make("f", false);
    let set = CtlCode::SET_REPARSE_POINT;
    let good = point(0x8000_0014, None, b"data").bytes();
    for (input, status) in [
        (vec![], S::IO_REPARSE_DATA_INVALID),
        (good[..7].to_vec(), S::IO_REPARSE_DATA_INVALID),
        (good[..9].to_vec(), S::IO_REPARSE_DATA_INVALID),
        ([&good[..], b"x"].concat(), S::IO_REPARSE_DATA_INVALID),
        (point(0x8000_0014, None, &[0; 16_377]).bytes(), S::IO_REPARSE_DATA_INVALID),
        (point(1, Some(Guid([1; 16])), b"").bytes(), S::IO_REPARSE_TAG_INVALID),
        (point(0, Some(Guid([1; 16])), b"").bytes(), S::IO_REPARSE_TAG_INVALID),
        (point(0xa000_0003, None, b"").bytes(), S::NOT_A_DIRECTORY),
        (
            point(0xa000_000c, None, &[0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0]).bytes(),
            S::IO_REPARSE_DATA_INVALID,
        ),
    ] {
        assert_eq!(peer.control(file, set, &input, 0), Err(status), "{:x?}", &input[..input.len().min(30)]);
    }
    assert_eq!(peer.control(file, CtlCode::GET_REPARSE_POINT, &[], 99), Err(S::NOT_A_REPARSE_POINT));
    peer.c.write(file, 0, b"x").unwrap();
    assert_eq!(
        peer.set(file, &link("t", true)),
        Err(S::IO_REPARSE_DATA_INVALID),
        "a file with data is no link"
    );
    let foreign = point(0x0000_0042, Some(Guid([5; 16])), &[7; 16_360]);
    peer.set(file, &foreign).unwrap();
    assert_eq!(peer.set(file, &point(0x8000_0014, None, b"")), Err(S::IO_REPARSE_TAG_MISMATCH));
    assert_eq!(peer.set(file, &point(0x42, Some(Guid([6; 16])), b"")), Err(S::REPARSE_ATTRIBUTE_CONFLICT));
    peer.set(file, &foreign).unwrap();
    let get = CtlCode::GET_REPARSE_POINT;
    assert_eq!(peer.control(file, get, &[], 23), Err(S::BUFFER_TOO_SMALL));
    assert_eq!(
        peer.control(file, get, &[], 30).unwrap(),
        foreign.bytes()[..30],
        "what fits, with BUFFER_OVERFLOW"
    );
    assert_eq!(peer.control(file, get, &[], 16_384).unwrap(), foreign.bytes());
    let delete = CtlCode::DELETE_REPARSE_POINT;
    for (input, status) in [
        (foreign.bytes(), S::IO_REPARSE_DATA_INVALID),
        (point(0x43, Some(Guid([5; 16])), b"").bytes(), S::IO_REPARSE_TAG_MISMATCH),
        (point(0x42, Some(Guid([6; 16])), b"").bytes(), S::REPARSE_ATTRIBUTE_CONFLICT),
    ] {
        assert_eq!(peer.control(file, delete, &input, 0), Err(status));
    }
    let gone = point(0x42, Some(Guid([5; 16])), b"").bytes();
    assert_eq!(peer.control(file, delete, &gone, 0), Ok(vec![]));
    assert_eq!(peer.control(file, delete, &gone, 0), Err(S::NOT_A_REPARSE_POINT));
    let full = peer.make("full", true);
    peer.make(r"full\child", false);
    assert_eq!(peer.set(full, &link("t", true)), Err(S::DIRECTORY_NOT_EMPTY));
    let reader = peer.c.create(peer.tree, &Create::open("f", AccessMask::READ_DATA)).unwrap().file;
    assert_eq!(peer.set(reader, &link("t", true)), Err(S::ACCESS_DENIED));
}

#[test]
fn links_of_the_machine_are_followed_inside_and_shown_as_links() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("file"), b"content").unwrap();
    std::os::unix::fs::symlink("file", at("inside")).unwrap();
    std::os::unix::fs::symlink("/etc", at("outside")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let site = Plan::default().directory("local", folder.path()).unwrap().start().unwrap();
    let mut peer = Peer::at(site, "local", Options::default());
    let tree = peer.tree;
    assert_eq!(peer.c.read_file(tree, "inside").unwrap(), b"content");
    let get = |peer: &mut Peer, name: &str| {
        let create = Create::open(name, AccessMask::READ_ATTRIBUTES).options(ITSELF);
        let file = peer.c.create(tree, &create).unwrap().file;
        let found = peer.control(file, CtlCode::GET_REPARSE_POINT, &[], 1024);
        peer.c.close(file).unwrap();
        found.map(|b| ReparsePoint::parse(&b).unwrap())
    };
    assert_eq!(get(&mut peer, "inside"), Ok(link("file", true)));
    assert_eq!(get(&mut peer, "outside"), Ok(link(r"\etc", false)));
    assert_eq!(get(&mut peer, "socket"), Ok(point(0x8000_0014, None, b"SOCK\0\0\0\0")));
    assert_eq!(get(&mut peer, "file"), Err(S::NOT_A_REPARSE_POINT));
    assert_eq!(peer.stops_on(r"outside\passwd", true), (r"\etc".into(), 0, 14));
    let itself = peer
        .c
        .create(tree, &Create::delete_on_close("inside").options(CreateOptions::DELETE_ON_CLOSE | ITSELF))
        .unwrap()
        .file;
    peer.c.close(itself).unwrap();
    assert!(at("file").exists() && !at("inside").exists(), "the link goes, not what it leads to");
}
