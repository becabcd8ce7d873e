//! The kernel's quotas, on a file system of an image that is mounted for nobody but these tests. That needs root and a kernel with quotas.

use lanward_localfs::{LocalVolume, Options};
use lanward_nt::Sid;
use lanward_vfs::{Capabilities, QuotaLimits, Volume as _};
use std::path::Path;
use std::process::Command;

/// Names the mounted directory in the process the test starts itself again in.
const MOUNTED: &str = "LANWARD_TEST_QUOTAS_AT";
/// Mounts an image in a namespace of its own and runs the rest of the arguments; 77 where that cannot be.
const MOUNT: &str = r#"
    truncate -s 64M "$1/image" && mkdir "$1/at" || exit 77
    mkfs.ext4 -q -O quota -E quotatype=usrquota "$1/image" 2>/dev/null || exit 77
    mount -o loop,usrquota "$1/image" "$1/at" 2>/dev/null || exit 77
    shift
    exec "$@"
"#;

#[test]
fn limits_are_the_kernels() {
    if let Some(at) = std::env::var_os(MOUNTED) {
        return on_a_counting_file_system(Path::new(&at));
    }
    let scratch = tempfile::tempdir().unwrap();
    let own = std::env::current_exe().unwrap();
    let status = Command::new("unshare")
        .args(["-m", "sh", "-c", MOUNT, "sh"])
        .arg(scratch.path())
        .arg(own)
        .args(["--exact", "limits_are_the_kernels"])
        .env(MOUNTED, scratch.path().join("at"))
        .status();
    match status.map(|s| s.code()) {
        Ok(Some(0)) => {}
        // What unshare says itself is 1, and so does a test that fails; but that one has mounted something.
        Ok(Some(77)) | Err(_) => eprintln!("skipped: no file system with quotas can be mounted here"),
        Ok(Some(1)) if !scratch.path().join("at").exists() => {
            eprintln!("skipped: no mounts of one's own here");
        }
        failed => panic!("{failed:?}"),
    }
}

fn on_a_counting_file_system(at: &Path) {
    let volume = LocalVolume::open(at, Options::default()).unwrap();
    let both = Capabilities::QUOTAS | Capabilities::QUOTAS_ENFORCED;
    assert!(volume.capabilities().contains(both));
    let file = at.join("file");
    std::fs::write(&file, vec![1; 1 << 20]).unwrap();
    std::os::unix::fs::chown(&file, Some(4242), None).unwrap();
    let sid = Sid::unix_user(4242);
    let limits = QuotaLimits { threshold: Some(2 << 20), limit: Some(3 << 20) };
    volume.set_quota(&sid, Some(limits)).unwrap();
    let found = volume.quota(&sid).unwrap().unwrap();
    assert_eq!((found.owner, found.limits), (sid.clone(), limits));
    assert!(found.used >= 1 << 20);
    let all = volume.quotas(None, 10).unwrap();
    let owners: Vec<Sid> = all.iter().map(|q| q.owner.clone()).collect();
    assert_eq!(owners, [Sid::unix_user(0), sid.clone()]);
    assert_eq!(volume.quotas(Some(&owners[0]), 10).unwrap(), all[1..]);
    assert_eq!(volume.quotas(Some(&sid), 10), Ok(Vec::new()));
    volume.set_quota(&sid, None).unwrap();
    assert_eq!(volume.quota(&sid).unwrap().unwrap().limits, QuotaLimits::default());
    assert!(volume.set_quota(&Sid::everyone(), None).is_err(), "nobody's files are counted so");
}
