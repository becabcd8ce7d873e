//! Quotas as clients ask for them and set them.

use crate::support::refused;
use lanward_client::{Connection, Create, File, Options, Result, Tree};
use lanward_nt::fscc::{FileQuotaInformation, decode_quotas, encode_get_quotas};
use lanward_nt::{AccessMask, FileTime, NtStatus, Sid};
use lanward_smb2::messages::{InfoType, QueryInfoRequest, QueryQuotaInfo, QuotaSids};
use lanward_testsuite::{ALICE, Plan, ROOT, Site};
use lanward_vfs::MemVolume;
use lanward_wire::{Encode, Writer};

const INDEX: &str = "$Extend\\$Quota:$Q:$INDEX_ALLOCATION";

fn site() -> Site {
    Plan::default().share("data", MemVolume::with_quotas(|| FileTime(1))).start().unwrap()
}

fn log_in(site: &Site, (user, password): (&str, &str)) -> (Connection, Tree) {
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(user, password).unwrap();
    let tree = c.tree_connect(session, "data").unwrap();
    (c, tree)
}

fn ask(c: &mut Connection, file: File, input: &[u8]) -> Result<Vec<FileQuotaInformation>> {
    let body = QueryInfoRequest {
        info_type: InfoType::QUOTA,
        output_buffer_length: 4096,
        file_id: file.id,
        input,
        ..QueryInfoRequest::default()
    };
    c.query_info_with(file, &body).map(|bytes| decode_quotas(&bytes).unwrap())
}

fn question(sids: QuotaSids<'_>) -> Vec<u8> {
    QueryQuotaInfo { return_single: false, restart_scan: false, sids }.to_bytes()
}

#[test]
fn quotas_are_told_and_set() {
    let site = site();
    let (mut c, tree) = log_in(&site, ROOT);
    let alice = Sid::new(5, &[21, 1, 2, 3, 1000]);
    let index = c.create(tree, &Create::open(INDEX, AccessMask::FILE_ALL_ACCESS)).unwrap().file;
    let entry = FileQuotaInformation {
        change_time: FileTime(0),
        quota_used: 0,
        quota_threshold: 100,
        quota_limit: 200,
        sid: alice.clone(),
    };
    c.set_info(index, InfoType::QUOTA, 0, &entry.to_bytes()).unwrap();
    let all = ask(&mut c, index, &question(QuotaSids::All)).unwrap();
    assert!(all.contains(&FileQuotaInformation { change_time: FileTime(1), ..entry }), "{all:?}");
    assert_eq!(refused(ask(&mut c, index, &question(QuotaSids::All))), NtStatus::NO_MORE_ENTRIES);
    let mut list = Vec::new();
    encode_get_quotas(std::slice::from_ref(&alice), &mut Writer::new(&mut list));
    assert_eq!(ask(&mut c, index, &question(QuotaSids::List(&list))).unwrap()[0].quota_limit, 200);
    for bad in [&[][..], &[0; 15], &question(QuotaSids::List(&list))[..30]] {
        assert_eq!(refused(ask(&mut c, index, bad)), NtStatus::INVALID_PARAMETER, "{bad:?}");
    }
    let (mut a, tree_a) = log_in(&site, ALICE);
    let mine = a.create(tree_a, &Create::open(INDEX, AccessMask::READ_DATA)).unwrap().file;
    let told = ask(&mut a, mine, &question(QuotaSids::All)).unwrap();
    assert_eq!(told.iter().map(|q| &q.sid).collect::<Vec<_>>(), [&alice]);
}

#[test]
fn without_quotas_nothing_is_told_and_nothing_set() {
    let site = Site::new().unwrap();
    let (mut c, tree) = log_in(&site, ROOT);
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    assert_eq!(refused(ask(&mut c, root, &question(QuotaSids::All))), NtStatus::NOT_SUPPORTED);
    assert_eq!(refused(c.set_info(root, InfoType::QUOTA, 0, &[0; 48])), NtStatus::NOT_SUPPORTED);
}
