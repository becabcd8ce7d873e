//! What a share for backups says of its size.

use crate::fixture::{ask, budget, file_system, make_directory, make_file};
use lanward_fsa::{
    FileInformationClass as FileClass, FileRules, FsInformationClass as Class, ShareView, TimeMachine,
};
use lanward_nt::{CreateDisposition as D, CreateOptions as O, NtStatus as N};
use std::sync::Arc;

#[tokio::test]
async fn backups_have_a_disk_as_large_as_their_quota() {
    let fs = file_system();
    for name in
        ["a.sparsebundle", "a.sparsebundle\\bands", "B.SPARSEBUNDLE", "B.SPARSEBUNDLE\\bands", "other"]
    {
        make_directory(&fs, name).await;
    }
    make_file(&fs, "a.sparsebundle\\bands\\0", &[1; 8192]).await;
    make_file(&fs, "a.sparsebundle\\bands\\1", &[1; 4096]).await;
    make_file(&fs, "B.SPARSEBUNDLE\\bands\\0", &[1; 4096]).await;
    make_file(&fs, "B.SPARSEBUNDLE\\token", &[1; 40_960]).await;
    make_file(&fs, "other\\0", &[1; 40_960]).await;
    make_file(&fs, "c.sparsebundle", &[1; 40_960]).await;
    // Total and available, in bytes.
    let size = async |quota: Option<u64>| {
        let rules = FileRules { time_machine: Some(TimeMachine { quota }), ..FileRules::default() };
        let view = ShareView { rules: Arc::new(rules), user: "ann".into(), administrator: false };
        let root = ask("", D::Open).options(O::DIRECTORY_FILE).view(&view).open(&fs).await;
        assert!(root.takes_backups());
        let mut buf = Vec::new();
        root.query_volume_information(Class::SIZE, &mut budget(24, &mut buf)).await.unwrap();
        let word = |at: usize| u64::from(u32::from_le_bytes(buf[at..at + 4].try_into().unwrap()));
        let unit = word(16) * word(20);
        (word(0) * unit, word(8) * unit)
    };
    assert_eq!(size(Some(65_536)).await, (65_536, 65_536 - 16_384));
    assert_eq!(size(Some(8192)).await, (8192, 0), "the quota became less than what there is");
    let volume = fs.volume().information().unwrap();
    let all = (volume.total_bytes, volume.available_bytes);
    assert_eq!(size(None).await, size(Some(u64::MAX)).await);
    assert!(all.0 > 65_536);
    make_file(&fs, "a.sparsebundle\\bands\\2", &[1; 8192]).await;
    assert_eq!(size(Some(65_536)).await.1, 65_536 - 16_384, "known for a while");
}

#[tokio::test]
async fn backups_end_at_their_quota() {
    let fs = file_system();
    for name in ["a.sparsebundle", "a.sparsebundle\\bands", "other"] {
        make_directory(&fs, name).await;
    }
    make_file(&fs, "a.sparsebundle\\bands\\0", &[1; 8192]).await;
    let rules = FileRules { time_machine: Some(TimeMachine { quota: Some(16_384) }), ..FileRules::default() };
    let view = ShareView { rules: Arc::new(rules), user: "ann".into(), administrator: false };
    let make = async |name: &str| ask(name, D::Create).view(&view).open(&fs).await;
    let part = make("A.SparseBundle\\Bands\\1").await;
    assert_eq!(part.write(0, &[1; 8192], false).await, Ok(8192));
    assert_eq!(part.write(0, &[2; 8192], false).await, Ok(8192), "what is there may be written again");
    assert_eq!(part.write(8192, &[1], false).await, Err(N::DISK_FULL));
    let end_of_file = part.set_information(FileClass::END_OF_FILE, &8193u64.to_le_bytes()).await;
    assert_eq!(end_of_file, Err(N::DISK_FULL));
    let another = make("a.sparsebundle\\bands\\2").await;
    assert_eq!(another.copy_range(&part, 0, 0, 8192).await, Err(N::DISK_FULL));
    assert_eq!(make("a.sparsebundle\\token").await.write(0, &[1; 8192], false).await, Ok(8192), "no part");
    let outside = ask("a.sparsebundle\\bands\\3", D::Create).open(&fs).await;
    assert_eq!(outside.write(0, &[1; 8192], false).await, Ok(8192), "through a share without a quota");
}
