//! The same day's work in every dialect and protection.

use crate::support::{pattern, protections, refused};
use lanward_client::{Connection, Create, Options, Tree};
use lanward_nt::{AccessMask, CreateOptions, NtStatus, ShareAccess};
use lanward_smb2::messages::{LockElement, LockFlags};
use lanward_smb2::{Cipher, SigningAlgorithm};
use lanward_testsuite::{Plan, Site};

fn files(c: &mut Connection, tree: Tree) {
    let data = pattern(200_000);
    c.write_file(tree, "a.bin", &data).unwrap();
    assert_eq!(c.read_file(tree, "A.BIN").unwrap(), data, "names are found without regard to case");
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE | AccessMask::DELETE;
    let file = c.create(tree, &Create::open("a.bin", access)).unwrap().file;
    c.rename(file, "b.bin", false).unwrap();
    c.set_end_of_file(file, 5).unwrap();
    c.flush(file).unwrap();
    assert_eq!(c.close_query(file).unwrap().information.end_of_file, 5);
    c.touch(tree, &Create::new_directory("folder")).unwrap();
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    let mut names: Vec<String> = c.list(root, "*").unwrap().iter().map(|e| e.name.to_string()).collect();
    names.sort();
    assert_eq!(names, [".", "..", "b.bin", "folder"]);
    c.close(root).unwrap();
    c.touch(tree, &Create::delete_on_close("b.bin")).unwrap();
    let folder = Create::delete_on_close("folder")
        .options(CreateOptions::DIRECTORY_FILE | CreateOptions::DELETE_ON_CLOSE);
    c.touch(tree, &folder).unwrap();
    assert_eq!(
        refused(c.touch(tree, &Create::open("b.bin", AccessMask::READ_DATA))),
        NtStatus::OBJECT_NAME_NOT_FOUND
    );
}

fn conflicts(c: &mut Connection, tree: Tree) {
    let one = c.create(tree, &Create::new_file("locked")).unwrap().file;
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let other = c.create(tree, &Create::open("locked", access)).unwrap().file;
    let lock = |flags| [LockElement { offset: 0, length: 10, flags }];
    let exclusive = LockFlags::EXCLUSIVE_LOCK | LockFlags::FAIL_IMMEDIATELY;
    c.lock(one, &lock(exclusive)).unwrap();
    assert_eq!(refused(c.lock(other, &lock(exclusive))), NtStatus::LOCK_NOT_GRANTED);
    assert_eq!(refused(c.write(other, 9, b"x")), NtStatus::FILE_LOCK_CONFLICT);
    c.lock(one, &lock(LockFlags::UNLOCK)).unwrap();
    assert_eq!(c.write(other, 9, b"x").unwrap(), 1);
    let alone = Create::open("locked", AccessMask::READ_DATA).share(ShareAccess::empty());
    assert_eq!(refused(c.create(tree, &alone)), NtStatus::SHARING_VIOLATION);
    c.close(one).unwrap();
    c.close(other).unwrap();
    assert_eq!(refused(c.close(other)), NtStatus::FILE_CLOSED);
}

fn work(site: &Site, options: Options) {
    let (mut c, tree) = site.alice(options).unwrap();
    files(&mut c, tree);
    conflicts(&mut c, tree);
    c.touch(tree, &Create::delete_on_close("locked")).unwrap();
    c.echo(Some(tree.session)).unwrap();
    c.tree_disconnect(tree).unwrap();
    c.logoff(tree.session).unwrap();
    assert_eq!(refused(c.tree_connect(tree.session, "data")), NtStatus::USER_SESSION_DELETED);
}

#[test]
fn a_days_work_in_memory() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        work(&site, options);
    }
    site.settles().unwrap();
}

#[test]
fn a_days_work_in_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let site = Plan::default().directory("data", directory.path()).unwrap().start().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        work(&site, options);
    }
    site.settles().unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn every_cipher_and_signature_of_3_1_1() {
    let site = Site::new().unwrap();
    for cipher in [Cipher::Aes128Ccm, Cipher::Aes256Ccm, Cipher::Aes128Gcm, Cipher::Aes256Gcm] {
        let options = Options { ciphers: vec![cipher], ..Options::default().sealed() };
        let (mut c, tree) = site.alice(options).unwrap();
        assert_eq!(c.negotiated().cipher, Some(cipher));
        c.write_file(tree, "sealed", b"secret").unwrap();
        assert_eq!(c.read_file(tree, "sealed").unwrap(), b"secret");
    }
    for algorithm in [SigningAlgorithm::HmacSha256, SigningAlgorithm::AesCmac, SigningAlgorithm::AesGmac] {
        let options = Options { signing_algorithms: vec![algorithm], ..Options::default().signed() };
        let (mut c, tree) = site.alice(options).unwrap();
        assert_eq!(c.negotiated().signing, Some(algorithm));
        c.write_file(tree, "signed", b"true").unwrap();
        assert_eq!(c.read_file(tree, "signed").unwrap(), b"true");
    }
}

#[test]
fn eight_mebibytes_in_one_request() {
    let site = Site::new().unwrap();
    let data = pattern(8 << 20);
    for options in [Options::default(), Options::default().signed(), Options::default().sealed()] {
        let (mut c, tree) = site.alice(options).unwrap();
        assert_eq!((c.negotiated().max_read_size, c.negotiated().max_write_size), (8 << 20, 8 << 20));
        let file = c.create(tree, &Create::new_file("large")).unwrap().file;
        assert_eq!(c.write(file, 0, &data).unwrap(), 8 << 20);
        assert!(c.read(file, 0, 8 << 20).unwrap() == data, "what was read is not what was written");
        c.close(file).unwrap();
        c.touch(tree, &Create::delete_on_close("large")).unwrap();
    }
}

#[test]
fn many_requests_in_flight() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default().signed()).unwrap();
    let data = pattern(1 << 20);
    c.write_file(tree, "many", &data).unwrap();
    let file = c.create(tree, &Create::open("many", AccessMask::GENERIC_READ)).unwrap().file;
    let ids: Vec<_> = (0..64).map(|n| c.send_read(file, n * 16_384, 16_384).unwrap()).collect();
    for (n, id) in ids.into_iter().enumerate().rev() {
        let expected = &data[n * 16_384..][..16_384];
        assert!(c.receive_read(id, |bytes| bytes == expected).unwrap(), "block {n}");
    }
}

#[test]
fn a_disconnected_tree_is_gone() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(options).unwrap();
        c.tree_disconnect(tree).unwrap();
        assert_eq!(refused(c.read_file(tree, "b.bin")), NtStatus::NETWORK_NAME_DELETED, "{name}");
    }
}
