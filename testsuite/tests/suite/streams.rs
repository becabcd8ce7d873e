//! Named streams, as a client uses them.

use crate::support::{pattern, refused};
use lanward_client::{Connection, Create, File, Options, Tree, records};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{CreateDisposition, InfoType};
use lanward_testsuite::{Plan, Site};

const STREAM: u8 = 22;

/// Names and lengths, sorted.
fn streams(c: &mut Connection, file: File) -> Vec<(String, u64)> {
    let bytes = c.query_info(file, InfoType::FILE, STREAM, 65536).unwrap();
    let entry = |record: &[u8]| {
        let length = u32::from_le_bytes(record[4..8].try_into().unwrap()) as usize;
        let units: Vec<u16> =
            record[24..24 + length].chunks(2).map(|u| u16::from_le_bytes([u[0], u[1]])).collect();
        (String::from_utf16(&units).unwrap(), u64::from_le_bytes(record[8..16].try_into().unwrap()))
    };
    let mut list: Vec<_> = records(&bytes).map(entry).collect();
    list.sort();
    list
}

fn work(c: &mut Connection, tree: Tree) {
    c.write_file(tree, "report.pdf", b"the report").unwrap();
    c.write_file(tree, "report.pdf:Zone.Identifier", b"[ZoneTransfer]\r\nZoneId=3").unwrap();
    let fork = pattern(3 << 20);
    c.write_file(tree, "report.pdf:AFP_Resource:$DATA", &fork).unwrap();
    c.touch(tree, &Create::new_directory("folder")).unwrap();
    c.write_file(tree, "folder:AFP_AfpInfo", &[1; 60]).unwrap();
    assert_eq!(c.read_file(tree, "REPORT.PDF:afp_resource").unwrap(), fork);
    assert_eq!(c.read_file(tree, "report.pdf").unwrap(), b"the report");
    let rights = AccessMask::READ_ATTRIBUTES.union(AccessMask::DELETE);
    let file = c.create(tree, &Create::open("report.pdf", rights)).unwrap().file;
    let all = [
        ("::$DATA".into(), 10),
        (":AFP_Resource:$DATA".into(), 3 << 20),
        (":Zone.Identifier:$DATA".into(), 24),
    ];
    assert_eq!(streams(c, file), all);
    c.rename(file, "folder\\moved.pdf", false).unwrap();
    c.touch(tree, &Create::delete_on_close("folder\\moved.pdf:zone.identifier")).unwrap();
    assert_eq!(streams(c, file), all[..2]);
    let held = Create::open("folder\\moved.pdf:AFP_Resource", AccessMask::READ_DATA);
    let held = c.create(tree, &held).unwrap().file;
    assert_eq!(refused(c.rename(file, "elsewhere", false)), NtStatus::ACCESS_DENIED);
    c.close(held).unwrap();
    c.set_delete(file, true).unwrap();
    c.close(file).unwrap();
    let gone = Create::open("folder\\moved.pdf:AFP_Resource", AccessMask::READ_DATA);
    assert_eq!(refused(c.create(tree, &gone)), NtStatus::OBJECT_NAME_NOT_FOUND);
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    let names: Vec<_> = c.list(root, "*").unwrap().into_iter().map(|e| e.name).collect();
    assert_eq!(names.len(), 3, "nothing but the folder beside the dots: {names:?}");
    c.close(root).unwrap();
    c.touch(tree, &Create::delete_on_close("folder")).unwrap();
}

#[test]
fn a_days_work_with_streams_in_memory() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    work(&mut c, tree);
    drop(c);
    site.settles().unwrap();
}

#[test]
fn a_days_work_with_streams_in_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let site = Plan::default().directory("data", directory.path()).unwrap().start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    work(&mut c, tree);
    let depot = directory.path().join(".lanward/streams");
    assert_eq!(std::fs::read_dir(&depot).unwrap().count(), 0, "nothing is left of what went");
    for name in [".lanward\\streams\\x", ".lanward", ".LANWARD\\new"] {
        let open = Create::new_file(name).disposition(CreateDisposition::OPEN_IF);
        assert_eq!(refused(c.create(tree, &open)), NtStatus::OBJECT_NAME_INVALID, "{name}");
    }
    drop(c);
    site.settles().unwrap();
}
