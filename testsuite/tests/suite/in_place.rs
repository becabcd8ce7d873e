//! Large reads that nothing is computed over leave a directory's files without being copied: the same bytes, the same ends.

use lanward_client::{Create, Options};
use lanward_nt::{AccessMask, NtStatus};
use lanward_testsuite::Plan;

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

#[test]
fn large_reads_give_the_bytes_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let content = pattern((3 << 20) + 12_345);
    std::fs::write(folder.path().join("big"), &content).unwrap();
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    let site = Plan::default().directory("local", folder.path()).unwrap().start().unwrap();
    for options in [Options::default(), Options::default().signed(), Options::default().sealed()] {
        let mut c = lanward_client::Connection::connect(site.address, options).unwrap();
        let session = c.login("alice", "Secret007").unwrap();
        let tree = c.tree_connect(session, "local").unwrap();
        let file = c.create(tree, &Create::open("big", AccessMask::READ_DATA)).unwrap().file;
        let mut read = |offset: usize, length: u32| c.read(file, offset as u64, length);
        assert_eq!(read(0, 1 << 20).unwrap(), content[..1 << 20]);
        assert_eq!(read(777, 65_536).unwrap(), content[777..777 + 65_536]);
        assert_eq!(read(3 << 20, 1 << 20).unwrap(), content[3 << 20..]);
        assert_eq!(read(4 << 20, 1 << 20).unwrap(), [], "behind the end");
        let empty = c.create(tree, &Create::open("empty", AccessMask::READ_DATA)).unwrap().file;
        assert_eq!(c.read(empty, 0, 1 << 20).unwrap(), []);
        let blind = c.create(tree, &Create::open("big", AccessMask::WRITE_DATA)).unwrap().file;
        assert_eq!(c.read(blind, 0, 1 << 20).unwrap_err().status(), Some(NtStatus::ACCESS_DENIED));
        c.echo(None).unwrap();
    }
}
