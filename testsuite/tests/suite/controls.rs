//! FSCTLs about files, through a whole server.

use crate::support::{pattern, refused};
use lanward_client::{Connection, Create, File, Options, Tree};
use lanward_nt::fscc::{
    ByteRange, CtlCode, FileLevelTrim, FileObjectId, FileRegion, FileRegionOutput, NtfsVolumeData,
};
use lanward_nt::{AccessMask, Guid, NtStatus as S};
use lanward_smb2::FileId;
use lanward_smb2::messages::{
    CreateDisposition, DuplicateExtents, DuplicateExtentsEx, LockElement, LockFlags,
};
use lanward_testsuite::{Plan, Site};
use lanward_wire::{Decode, Encode, Reader};

struct Peer {
    connection: Connection,
    tree: Tree,
    _site: Site,
}

impl Peer {
    fn new() -> Self {
        let site = Site::new().unwrap();
        let (connection, tree) = site.alice(Options::default()).unwrap();
        Self { connection, tree, _site: site }
    }

    fn file(&mut self, name: &str, data: &[u8]) -> File {
        let access = AccessMask::GENERIC_ALL;
        let create = Create::open(name, access).disposition(CreateDisposition::OPEN_IF);
        let file = self.connection.create(self.tree, &create).unwrap().file;
        for (at, piece) in data.chunks(65_536).enumerate() {
            self.connection.write(file, at as u64 * 65_536, piece).unwrap();
        }
        file
    }

    fn control(&mut self, file: File, code: CtlCode, input: &[u8], max: u32) -> Result<Vec<u8>, S> {
        self.connection.ioctl(file, code, input, max).map_err(|e| e.status().expect("a status"))
    }

    fn duplicate(&mut self, target: File, extents: DuplicateExtents) -> Result<Vec<u8>, S> {
        self.control(target, CtlCode::DUPLICATE_EXTENTS_TO_FILE, &extents.to_bytes(), 0)
    }
}

const UNIT: u64 = 4096;

#[test]
fn blocks_are_shared_by_the_rules() {
    let mut peer = Peer::new();
    let data = pattern(4 * UNIT as usize);
    let (from, to) = (peer.file("from", &data), peer.file("to", &[0; 3 * UNIT as usize]));
    let right = DuplicateExtents { source: from.id, source_offset: UNIT, target_offset: 0, length: 2 * UNIT };
    assert_eq!(peer.duplicate(to, right), Ok(vec![]));
    let copy = peer.connection.read(to, 0, 3 * UNIT as u32).unwrap();
    assert_eq!(copy[..2 * UNIT as usize], data[UNIT as usize..3 * UNIT as usize]);
    assert!(copy[2 * UNIT as usize..].iter().all(|b| *b == 0));
    let wrong = [
        (DuplicateExtents { length: 0, ..right }, Ok(vec![])),
        (DuplicateExtents { length: 1, ..right }, Err(S::INVALID_PARAMETER)),
        (DuplicateExtents { source_offset: 1, ..right }, Err(S::INVALID_PARAMETER)),
        (DuplicateExtents { target_offset: u64::MAX, ..right }, Err(S::INVALID_PARAMETER)),
        (DuplicateExtents { target_offset: u64::MAX - UNIT + 1, ..right }, Err(S::INVALID_PARAMETER)),
        (DuplicateExtents { source_offset: 3 * UNIT, ..right }, Err(S::NOT_SUPPORTED)),
        (DuplicateExtents { target_offset: 4 * UNIT, ..right }, Ok(vec![])),
        (
            DuplicateExtents { source: FileId { persistent: 1, volatile: 99 }, ..right },
            Err(S::INVALID_HANDLE),
        ),
        (
            DuplicateExtents { source: to.id, target_offset: UNIT, source_offset: 0, ..right },
            Err(S::NOT_SUPPORTED),
        ),
    ];
    for (extents, outcome) in wrong {
        assert_eq!(peer.duplicate(to, extents), outcome, "{extents:?}");
    }
    assert_eq!(peer.connection.read(to, 0, 65_536).unwrap(), copy, "the target neither changed nor grew");
    let code = CtlCode::DUPLICATE_EXTENTS_TO_FILE;
    assert_eq!(peer.control(to, code, &right.to_bytes()[..39], 0), Err(S::INVALID_PARAMETER));
    let ex =
        DuplicateExtentsEx { structure_size: 0x30, extents: right, flags: DuplicateExtentsEx::SOURCE_ATOMIC };
    let code = CtlCode::DUPLICATE_EXTENTS_TO_FILE_EX;
    assert_eq!(peer.control(to, code, &ex.to_bytes(), 0), Ok(vec![]));
    let lie = DuplicateExtentsEx { structure_size: 0x31, ..ex };
    assert_eq!(peer.control(to, code, &lie.to_bytes(), 0), Err(S::NOT_SUPPORTED));
    peer.control(from, CtlCode::SET_SPARSE, &[1], 0).unwrap();
    assert_eq!(peer.duplicate(to, right), Err(S::NOT_SUPPORTED), "only the source is sparse");
    peer.control(to, CtlCode::SET_SPARSE, &[], 0).unwrap();
    assert_eq!(peer.duplicate(to, right), Ok(vec![]));
}

#[test]
fn locks_keep_blocks_from_being_shared_or_trimmed() {
    let mut peer = Peer::new();
    let (from, to) = (peer.file("from", &[1; 8192]), peer.file("to", &[2; 8192]));
    let other = peer.file("to", &[]);
    let flags = LockFlags::EXCLUSIVE_LOCK | LockFlags::FAIL_IMMEDIATELY;
    peer.connection.lock(other, &[LockElement { offset: 0, length: 1, flags }]).unwrap();
    let whole = DuplicateExtents { source: from.id, source_offset: 0, target_offset: 0, length: 8192 };
    assert_eq!(peer.duplicate(to, whole), Err(S::FILE_LOCK_CONFLICT));
    assert_eq!(
        peer.duplicate(to, DuplicateExtents { target_offset: 4096, length: 4096, ..whole }),
        Ok(vec![])
    );
    let back = DuplicateExtents { source: to.id, ..whole };
    assert_eq!(peer.duplicate(from, back), Err(S::FILE_LOCK_CONFLICT));
    let trim = FileLevelTrim { key: 0, ranges: vec![ByteRange { offset: 0, length: 8192 }] };
    assert_eq!(peer.control(to, CtlCode::FILE_LEVEL_TRIM, &trim.to_bytes(), 4), Err(S::FILE_LOCK_CONFLICT));
    assert_eq!(peer.control(other, CtlCode::FILE_LEVEL_TRIM, &trim.to_bytes(), 4), Ok(vec![1, 0, 0, 0]));
}

#[test]
fn trims_and_their_lies() {
    let mut peer = Peer::new();
    let file = peer.file("f", &[7; 40_000]);
    let code = CtlCode::FILE_LEVEL_TRIM;
    let range = |offset, length| ByteRange { offset, length };
    let trim = |key, ranges: &[ByteRange]| FileLevelTrim { key, ranges: ranges.to_vec() }.to_bytes();
    let two = trim(0, &[range(1, 9000), range(0, 10), range(36_864, u64::MAX >> 1)]);
    assert_eq!(peer.control(file, code, &two, 4), Ok(vec![2, 0, 0, 0]), "only whole pages count");
    let data = peer.connection.read(file, 0, 40_000).unwrap();
    assert_eq!(data.len(), 40_000);
    assert!(data[..4096].iter().chain(&data[8192..36_864]).all(|b| *b == 7), "what was not trimmed stays");
    assert_eq!(peer.control(file, code, &two, 0), Ok(vec![]), "who wants no answer gets none");
    for (input, max, status) in [
        (trim(1, &[range(0, 4096)]), 4, S::INVALID_PARAMETER),
        (trim(0, &[]), 4, S::INVALID_PARAMETER),
        (two[..20].to_vec(), 4, S::INVALID_PARAMETER),
        (two.clone(), 3, S::INVALID_PARAMETER),
        (trim(0, &[range(0, 100)]), 4, S::NO_RANGES_PROCESSED),
        (trim(0, &[range(u64::MAX, 2)]), 4, S::INTEGER_OVERFLOW),
        ([&[0; 4][..], &[0xff; 4]].concat(), 4, S::INVALID_PARAMETER),
    ] {
        assert_eq!(peer.control(file, code, &input, max), Err(status), "{input:x?}");
    }
}

#[test]
fn an_object_id_comes_stays_and_goes() {
    let mut peer = Peer::new();
    let file = peer.file("f", b"x");
    let get =
        |peer: &mut Peer, code| peer.control(file, code, &[], 64).map(|b| FileObjectId::parse(&b).unwrap());
    assert_eq!(get(&mut peer, CtlCode::GET_OBJECT_ID), Err(S::OBJECTID_NOT_FOUND));
    assert_eq!(peer.control(file, CtlCode::CREATE_OR_GET_OBJECT_ID, &[], 63), Err(S::INVALID_PARAMETER));
    let made = get(&mut peer, CtlCode::CREATE_OR_GET_OBJECT_ID).unwrap();
    assert_ne!(made.object_id, Guid::default());
    assert_eq!((made.birth_object_id, made.domain_id), (made.object_id, Guid::default()));
    assert_eq!(get(&mut peer, CtlCode::CREATE_OR_GET_OBJECT_ID), Ok(made));
    assert_eq!(get(&mut peer, CtlCode::GET_OBJECT_ID), Ok(made));
    let wanted = FileObjectId { object_id: Guid([9; 16]), ..made };
    assert_eq!(peer.control(file, CtlCode::SET_OBJECT_ID, &wanted.bytes(), 0), Err(S::OBJECT_NAME_COLLISION));
    assert_eq!(peer.control(file, CtlCode::SET_OBJECT_ID_EXTENDED, &[5; 48], 0), Ok(vec![]));
    assert_eq!(get(&mut peer, CtlCode::GET_OBJECT_ID).unwrap().domain_id, Guid([5; 16]));
    assert_eq!(peer.control(file, CtlCode::SET_OBJECT_ID_EXTENDED, &[5; 49], 0), Err(S::INVALID_PARAMETER));
    assert_eq!(peer.control(file, CtlCode::DELETE_OBJECT_ID, &[], 0), Ok(vec![]));
    assert_eq!(peer.control(file, CtlCode::SET_OBJECT_ID_EXTENDED, &[5; 48], 0), Err(S::OBJECTID_NOT_FOUND));
    assert_eq!(
        peer.control(file, CtlCode::SET_OBJECT_ID, &wanted.bytes()[1..], 0),
        Err(S::INVALID_PARAMETER)
    );
    assert_eq!(peer.control(file, CtlCode::SET_OBJECT_ID, &wanted.bytes(), 0), Ok(vec![]));
    assert_eq!(get(&mut peer, CtlCode::GET_OBJECT_ID), Ok(wanted));
    let reader = peer.connection.create(peer.tree, &Create::open("f", AccessMask::READ_DATA)).unwrap().file;
    assert_eq!(peer.control(reader, CtlCode::DELETE_OBJECT_ID, &[], 0), Err(S::ACCESS_DENIED));
    assert_eq!(peer.control(reader, CtlCode::SET_OBJECT_ID, &wanted.bytes(), 0), Err(S::ACCESS_DENIED));
}

#[test]
fn what_is_told_of_file_and_volume() {
    let mut peer = Peer::new();
    let file = peer.file("f", &[1; 5000]);
    let code = CtlCode::QUERY_FILE_REGIONS;
    let region = |offset, length, usage| FileRegion { range: ByteRange { offset, length }, usage };
    let all = FileRegionOutput { total: 1, regions: vec![region(0, 5000, 1)] };
    assert_eq!(peer.control(file, code, &[], 40), Ok(all.to_bytes()));
    let part = FileRegionOutput { total: 1, regions: vec![region(4000, 500, 1)] };
    assert_eq!(peer.control(file, code, &region(4000, 500, 1).to_bytes(), 40), Ok(part.to_bytes()));
    assert_eq!(peer.control(file, code, &region(5000, 500, 1).to_bytes(), 40), Ok(vec![]));
    for (input, max, status) in [
        (vec![0; 23], 40, S::BUFFER_TOO_SMALL),
        (region(0, 9, 1).to_bytes(), 39, S::BUFFER_TOO_SMALL),
        (region(0, 0, 1).to_bytes(), 40, S::INVALID_PARAMETER),
        (region(0, 9, 0).to_bytes(), 40, S::INVALID_PARAMETER),
        (region(1, i64::MAX as u64, 1).to_bytes(), 40, S::INVALID_PARAMETER),
        (region(u64::MAX, u64::MAX, 1).to_bytes(), 40, S::INVALID_PARAMETER),
    ] {
        assert_eq!(peer.control(file, code, &input, max), Err(status), "{input:x?}");
    }
    let volume = peer.control(file, CtlCode::GET_NTFS_VOLUME_DATA, &[], 96).unwrap();
    let volume = NtfsVolumeData::decode(&mut Reader::new(&volume)).unwrap();
    assert_eq!(volume.bytes_per_cluster, 4096);
    assert!(volume.free_clusters < volume.total_clusters);
    assert_eq!(peer.control(file, CtlCode::GET_NTFS_VOLUME_DATA, &[], 95), Err(S::BUFFER_TOO_SMALL));
    assert_eq!(peer.control(file, CtlCode::IS_PATHNAME_VALID, b"\x02\0\0\0a\0", 0), Ok(vec![]));
}

#[test]
fn what_nobody_here_can_do_is_refused_in_the_right_words() {
    let mut peer = Peer::new();
    let file = peer.file("f", b"x");
    for code in [
        CtlCode::FILESYSTEM_GET_STATISTICS,
        CtlCode::FIND_FILES_BY_SID,
        CtlCode::GET_INTEGRITY_INFORMATION,
        CtlCode::SET_INTEGRITY_INFORMATION,
        CtlCode::QUERY_SPARING_INFO,
        CtlCode::READ_FILE_USN_DATA,
        CtlCode::QUERY_SHARED_VIRTUAL_DISK_SUPPORT,
        CtlCode::SVHDX_SYNC_TUNNEL_REQUEST,
    ] {
        assert_eq!(peer.control(file, code, &[0; 64], 512), Err(S::INVALID_DEVICE_REQUEST), "{code:?}");
    }
    let unknown = [
        CtlCode::OFFLOAD_READ,
        CtlCode::OFFLOAD_WRITE,
        CtlCode::SRV_READ_HASH,
        CtlCode(0x0009_00d7),
        CtlCode(0),
    ];
    for code in unknown {
        assert_eq!(peer.control(file, code, &[0; 64], 512), Err(S::NOT_SUPPORTED), "{code:?}");
    }
    assert_eq!(peer.control(file, CtlCode::MARK_HANDLE, &[0; 23], 0), Err(S::INVALID_PARAMETER));
    assert_eq!(peer.control(file, CtlCode::MARK_HANDLE, &[0; 24], 0), Err(S::INVALID_DEVICE_REQUEST));
    let nobody = File { id: FileId { persistent: 77, volatile: 77 }, ..file };
    assert_eq!(peer.control(nobody, CtlCode(0), &[], 0), Err(S::FILE_CLOSED));
}

#[test]
fn a_directory_that_copies_by_itself_copies_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let data = pattern(700_001);
    std::fs::write(folder.path().join("from"), &data).unwrap();
    let site = Plan::default().directory("local", folder.path()).unwrap().start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login("alice", "Secret007").unwrap();
    let tree = c.tree_connect(session, "local").unwrap();
    let from = c.create(tree, &Create::open("from", AccessMask::READ_DATA)).unwrap().file;
    let to = c.create(tree, &Create::new_file("to")).unwrap().file;
    let key = c.ioctl(from, CtlCode::SRV_REQUEST_RESUME_KEY, &[], 32).unwrap();
    let mut input = key[..24].to_vec();
    input.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0]);
    for (source, target, length) in [(1u64, 0u64, 600_000u32), (0, 600_000, 10)] {
        input.extend_from_slice(&source.to_le_bytes());
        input.extend_from_slice(&target.to_le_bytes());
        input.extend_from_slice(&length.to_le_bytes());
        input.extend_from_slice(&[0; 4]);
    }
    let answer = c.ioctl(to, CtlCode::SRV_COPYCHUNK_WRITE, &input, 12).unwrap();
    assert_eq!(answer, [2u32.to_le_bytes(), [0; 4], 600_010u32.to_le_bytes()].concat());
    let copied = std::fs::read(folder.path().join("to")).unwrap();
    assert_eq!(copied, [&data[1..600_001], &data[..10]].concat());
    input[0] ^= 0xff;
    input[8] ^= 0xff;
    assert_eq!(refused(c.ioctl(to, CtlCode::SRV_COPYCHUNK_WRITE, &input, 12)), S::OBJECT_NAME_NOT_FOUND);
}
