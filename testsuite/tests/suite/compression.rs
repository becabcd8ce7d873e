//! Compressed reads and writes, alone and in chains, under every protection; and what claims to be compressed and is not.

use lanward_client::{Connection, Create, Options};
use lanward_fsa::FileSystem;
use lanward_localfs::LocalVolume;
use lanward_server::ShareDefinition;
use lanward_smb2::Compression;
use lanward_smb2::messages::{CompressionAlgorithm, ShareFlags};
use lanward_testsuite::{Plan, Site};
use std::time::Duration;

const ALGORITHMS: [CompressionAlgorithm; 4] = [
    CompressionAlgorithm::LZNT1,
    CompressionAlgorithm::LZ77,
    CompressionAlgorithm::LZ77_HUFFMAN,
    CompressionAlgorithm::LZ4,
];

fn text(length: usize) -> Vec<u8> {
    b"A machine tool writes the same line again and again. ".iter().copied().cycle().take(length).collect()
}

fn offering(algorithms: &[CompressionAlgorithm], chained: bool) -> Options {
    Options { compression: algorithms.to_vec(), chained_compression: chained, ..Options::default() }
}

/// Bytes the server has received and sent on its connections.
fn traffic(site: &Site) -> (u64, u64) {
    let each = site.server.connections().into_iter().map(|c| c.bytes());
    each.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

#[test]
fn reads_and_writes_come_through_smaller() {
    let site = Plan::default().start().unwrap();
    let content = [text(300_000), vec![0; 200_000]].concat();
    for algorithm in ALGORITHMS {
        for chained in [false, true] {
            let plain = offering(&[CompressionAlgorithm::PATTERN_V1, algorithm], chained);
            for options in [plain.clone(), plain.clone().signed(), plain.sealed()] {
                let mut c = Connection::connect(site.address, options).unwrap();
                let agreed = c.negotiated().compression.clone().unwrap();
                assert_eq!((agreed.algorithms.contains(&algorithm), agreed.chained), (true, chained));
                let session = c.login("alice", "Secret007").unwrap();
                let tree = c.tree_connect(session, "data").unwrap();
                let file = c.create(tree, &Create::new_file("compressed")).unwrap().file;
                let before = traffic(&site);
                let id = c.send_write(file, 0, &content).unwrap();
                assert_eq!(c.receive_write(id).unwrap() as usize, content.len());
                assert!(c.read(file, 0, 1 << 20).unwrap() == content, "{algorithm:?} {chained}");
                let after = traffic(&site);
                let (up, down) = (after.0 - before.0, after.1 - before.1);
                assert!(up < 50_000 && down < 50_000, "{algorithm:?} {chained}: {up} up, {down} down");
                let none = c.read(file, 1 << 20, 10).unwrap();
                assert!(none.is_empty());
                c.close(file).unwrap();
                c.touch(tree, &Create::delete_on_close("compressed")).unwrap();
            }
        }
    }
}

#[test]
fn shares_ask_only_who_agreed_to_compress() {
    let folder = tempfile::TempDir::new().unwrap();
    let volume = LocalVolume::open(folder.path(), lanward_localfs::Options::default()).unwrap();
    let share = ShareDefinition::disk("small", FileSystem::new(volume), "small");
    let plan = Plan::default().directory("data", folder.path()).unwrap();
    let site = plan.define(ShareDefinition { compress: true, ..share }).start().unwrap();
    let asked = |options: Options, share: &str| {
        let mut c = Connection::connect(site.address, options).unwrap();
        let session = c.login("alice", "Secret007").unwrap();
        let tree = c.tree_connect(session, share).unwrap();
        tree.share_flags.contains(ShareFlags::COMPRESS_DATA)
    };
    let offer = || offering(&[CompressionAlgorithm::LZ77], false);
    assert!(asked(offer(), "small"));
    assert!(!asked(offer(), "data"), "the share does not");
    assert!(!asked(offering(&[CompressionAlgorithm(99)], false), "small"), "nothing in common");
    assert!(!asked(Options::default(), "small"), "no offer");
}

#[test]
fn nobody_compresses_who_has_not_agreed_to() {
    let site = Plan::default().start().unwrap();
    let mut echo = Vec::new();
    let all = Compression { algorithms: Compression::ALL.to_vec(), chained: true };
    assert!(all.compress_message(&[0; 500], 0, &mut echo));
    for options in [Options::default(), offering(&[CompressionAlgorithm::LZ77], false)] {
        let mut c = Connection::connect(site.address, options).unwrap();
        c.login("alice", "Secret007").unwrap();
        c.send_frame(&echo).unwrap();
        assert!(c.receive_frame(Duration::from_secs(10)).is_err(), "the connection ends");
    }
}

/// C4: a stranger may not have the server make 8 MiB out of 20 bytes.
#[test]
fn strangers_get_no_memory_by_compressing() {
    let site = Plan::default().start().unwrap();
    let all = Compression { algorithms: Compression::ALL.to_vec(), chained: true };
    let mut bomb = Vec::new();
    assert!(all.compress_message(&vec![0; 1 << 20], 0, &mut bomb));
    assert!(bomb.len() < 100);
    let mut c = Connection::connect(site.address, offering(&Compression::ALL, true)).unwrap();
    c.send_frame(&bomb).unwrap();
    assert!(c.receive_frame(Duration::from_secs(10)).is_err(), "the connection ends");
}
