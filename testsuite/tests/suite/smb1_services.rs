//! What SMB1 has of the server's services: copies by ranges, quotas, referrals, and names and mailslots that lie.

use crate::support::{pattern, refused};
use lanward_client::smb1::{Connection, Create, File, Options, RawBody, Request, Transact, Tree};
use lanward_fsa::FileSystem;
use lanward_nt::dfsc::{DecodedReferrals, ReferralRequest};
use lanward_nt::fscc::{CtlCode, FileQuotaInformation, decode_quotas, encode_get_quotas};
use lanward_nt::{AccessMask, FileTime, NtStatus, NtString, Sid};
use lanward_server::{DfsLink, DfsNamespace, ShareDefinition};
use lanward_smb1::subcommands::{
    IoctlSetup, NtTransactCode, Parameters, QueryFileRequest, QueryLevel, QueryPathRequest,
    QueryQuotaRequest, SetQuotaRequest, Trans2Code,
};
use lanward_smb1::{Command, Text};
use lanward_smb2::messages::{
    SrvCopychunk, SrvCopychunkCopy, SrvCopychunkResponse, SrvRequestResumeKeyResponse,
};
use lanward_testsuite::{ALICE, Plan, ROOT, Site};
use lanward_vfs::MemVolume;
use lanward_wire::{Decode, Encode, Reader, Writer};
use std::sync::Arc;

fn fsctl(file: File, code: CtlCode, input: &[u8]) -> Transact<'static> {
    let setup = IoctlSetup { function_code: code.0, fid: file.id, is_fsctl: 1, is_flags: 0 };
    let mut bytes = Vec::new();
    setup.encode(&mut Writer::new(&mut bytes), Text::default());
    let setup = bytes.chunks(2).map(|word| u16::from_le_bytes([word[0], word[1]])).collect();
    Transact { setup, ..Transact::nt(NtTransactCode::IOCTL) }.data(input)
}

/// [MS-SMB] 2.2.7.2.1: the server copies from one handle to another, of the same user only.
#[test]
fn ranges_are_copied_by_the_server() {
    let site = Plan::default().smb1().start().unwrap();
    let (mut c, tree) = site.alice_smb1(Options::default()).unwrap();
    c.write_file(tree, "\\from", &pattern(5000)).unwrap();
    let from = c.create(tree, &Create::open("\\from", AccessMask::READ_DATA)).unwrap();
    let to = c.create(tree, &Create::new_file("\\to")).unwrap();
    let key = c.transact(tree, &fsctl(from, CtlCode::SRV_REQUEST_RESUME_KEY, &[])).unwrap().data;
    let key = SrvRequestResumeKeyResponse::decode(&mut Reader::new(&key)).unwrap().resume_key;
    let chunks = vec![SrvCopychunk { source_offset: 100, target_offset: 7, length: 4000 }];
    let copy = SrvCopychunkCopy { source_key: key, chunks }.to_bytes();
    let told = c.transact(tree, &fsctl(to, CtlCode::SRV_COPYCHUNK_WRITE, &copy)).unwrap().data;
    let told = SrvCopychunkResponse::decode(&mut Reader::new(&told)).unwrap();
    assert_eq!((told.chunks_written, told.total_bytes_written), (1, 4000));
    assert_eq!(c.read(to, 7, 4000).unwrap(), pattern(5000)[100..4100]);
    let session = c.login(ROOT.0, ROOT.1).unwrap();
    let other = c.tree_connect(&session, "data").unwrap();
    let others = c.create(other, &Create::new_file("\\other")).unwrap();
    let outcome = c.transact(other, &fsctl(others, CtlCode::SRV_COPYCHUNK_WRITE, &copy));
    assert_eq!(refused(outcome), NtStatus::OBJECT_NAME_NOT_FOUND, "the key is another user's");
    c.close(from).unwrap();
    let outcome = c.transact(tree, &fsctl(to, CtlCode::SRV_COPYCHUNK_WRITE, &copy));
    assert_eq!(refused(outcome), NtStatus::OBJECT_NAME_NOT_FOUND, "a key lives as long as its handle");
}

fn quotas(site: &Site, (user, password): (&str, &str)) -> (Connection, Tree, File) {
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(user, password).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    let access = if user == ROOT.0 { AccessMask::FILE_ALL_ACCESS } else { AccessMask::READ_DATA };
    let index = c.create(tree, &Create::open("$Extend\\$Quota:$Q:$INDEX_ALLOCATION", access)).unwrap();
    (c, tree, index)
}

fn ask(
    c: &mut Connection,
    tree: Tree,
    request: &QueryQuotaRequest,
    sids: &[u8],
) -> Vec<FileQuotaInformation> {
    let call = Transact::nt(NtTransactCode::QUERY_QUOTA).parameters(request, c.text()).data(sids);
    let answer = c.transact(tree, &call).unwrap();
    assert_eq!(answer.parameters, u32::try_from(answer.data.len()).unwrap().to_le_bytes());
    decode_quotas(&answer.data).unwrap()
}

#[test]
fn quotas_are_told_and_set() {
    let volume = MemVolume::with_quotas(|| FileTime(1));
    let site = Plan::default().smb1().share("data", volume).start().unwrap();
    let (mut c, tree, index) = quotas(&site, ROOT);
    let alice = Sid::new(5, &[21, 1, 2, 3, 1000]);
    let entry = FileQuotaInformation {
        change_time: FileTime(0),
        quota_used: 0,
        quota_threshold: 100,
        quota_limit: 200,
        sid: alice.clone(),
    };
    let request = SetQuotaRequest { fid: index.id };
    let call = Transact::nt(NtTransactCode::SET_QUOTA).parameters(&request, c.text());
    c.transact(tree, &call.clone().data(&entry.to_bytes())).unwrap();
    let all = QueryQuotaRequest { fid: index.id, restart_scan: 1, ..QueryQuotaRequest::default() };
    let told = ask(&mut c, tree, &all, &[]);
    assert!(told.contains(&FileQuotaInformation { change_time: FileTime(1), ..entry }), "{told:?}");
    let mut list = Vec::new();
    encode_get_quotas(std::slice::from_ref(&alice), &mut Writer::new(&mut list));
    let named = QueryQuotaRequest { sid_list_length: u32::try_from(list.len()).unwrap(), ..all.clone() };
    assert_eq!(ask(&mut c, tree, &named, &list)[0].quota_limit, 200);
    let lies = QueryQuotaRequest { sid_list_length: u32::MAX, ..all };
    let lie = Transact::nt(NtTransactCode::QUERY_QUOTA).parameters(&lies, c.text()).data(&list);
    assert_eq!(refused(c.transact(tree, &lie)), NtStatus::INVALID_PARAMETER);
    let (mut a, tree, index) = quotas(&site, ALICE);
    let mine = QueryQuotaRequest { fid: index.id, restart_scan: 1, ..QueryQuotaRequest::default() };
    assert_eq!(ask(&mut a, tree, &mine, &[]).iter().map(|q| &q.sid).collect::<Vec<_>>(), [&alice]);
    let set =
        Transact::nt(NtTransactCode::SET_QUOTA).parameters(&SetQuotaRequest { fid: index.id }, a.text());
    assert_eq!(refused(a.transact(tree, &set.data(&entry_of(&alice)))), NtStatus::ACCESS_DENIED);
}

fn entry_of(sid: &Sid) -> Vec<u8> {
    let entry = FileQuotaInformation {
        change_time: FileTime(0),
        quota_used: 0,
        quota_threshold: 1,
        quota_limit: i64::MAX,
        sid: sid.clone(),
    };
    entry.to_bytes()
}

#[test]
fn links_of_a_namespace_are_referred_to() {
    let links = vec![DfsLink { path: "docs".into(), targets: vec![r"\other\docs".into()] }];
    let dfs = DfsNamespace { root_targets: Vec::new(), links };
    let root = FileSystem::new(MemVolume::new(|| FileTime(1)));
    let share = ShareDefinition { dfs: Some(Arc::new(dfs)), ..ShareDefinition::disk("root", root, "root") };
    let site = Plan::default().smb1().define(share).start().unwrap();
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let ipc = c.tree_connect(&session, "IPC$").unwrap();
    let mut call = Transact::trans2(Trans2Code::GET_DFS_REFERRAL);
    let wanted = ReferralRequest { max_level: 3, path: r"\srv\root\docs\a".into(), site: None };
    call.parameters = wanted.to_bytes();
    let answer = c.transact(ipc, &call).unwrap();
    let referrals = DecodedReferrals::decode(&mut Reader::new(&answer.data)).unwrap();
    let targets: Vec<&NtString> = referrals.entries.iter().flat_map(|e| &e.targets).collect();
    assert_eq!(targets, [&NtString::from(r"\other\docs")]);
    call.parameters = ReferralRequest { path: r"\srv\none\x".into(), ..wanted }.to_bytes();
    assert_eq!(refused(c.transact(ipc, &call)), NtStatus::NOT_FOUND);
    let tree = c.tree_connect(&session, "root").unwrap();
    let docs = c.create(tree, &Create::open("\\docs\\a", AccessMask::READ_ATTRIBUTES));
    assert!(docs.is_err(), "what a link covers is not here");
}

/// CVE-2006-3942, CVE-2006-1314: names of transactions that do not end, and mailslots written to with lengths that lie.
#[test]
fn c7_names_without_an_end_and_lengths_of_mailslots() {
    let site = Plan::default().smb1().start().unwrap();
    let options = Options { unicode: false, ..Options::default() };
    let mut c = site.connect_smb1(options).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let ipc = c.tree_connect(&session, "IPC$").unwrap();
    // Words before the setup: totals, bounds, flags, time, and where the parts are.
    let words = |total: u16, count: u16, offset: u16, setup: &[u16]| {
        let setup_count = u16::try_from(setup.len()).unwrap();
        let fixed = [0, total, 0, 0, 0, 0, 0, 0, 0, 0, 0, count, offset, setup_count];
        fixed.iter().chain(setup).flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>()
    };
    let write = [1u16, 1, 2];
    let slot = b"\\MAILSLOT\\LANMAN";
    let whole = [&slot[..], &[0], &[0x55; 32]].concat();
    let data = 32 + 1 + 2 * 17 + 2 + 17;
    let cases: Vec<(Vec<u8>, Vec<u8>)> = vec![
        (words(0, 0, 0, &write), slot.to_vec()),
        (words(0, 0, 0, &write), vec![b'\\'; 4000]),
        (words(0, 0, 0, &write), Vec::new()),
        (words(32, 32, data, &[]), whole.clone()),
        (words(32, 32, data, &[1]), whole.clone()),
        (words(32, 32, data, &[0xffff, 0xffff, 0xffff]), whole.clone()),
        (words(32, 32, 0xffff, &write), whole.clone()),
        (words(32, 0xffff, data, &write), whole.clone()),
        (words(1, 32, data, &write), whole.clone()),
        (words(32, 33, data, &write), whole.clone()),
        (words(32, 32, 0, &write), whole),
    ];
    for (words, bytes) in cases {
        let body = RawBody { words: &words, bytes: &bytes };
        let ticket = c.send(&Request::new(Command::TRANSACTION, ipc, &body)).unwrap();
        // Where it says that more is to come there is no answer yet but one that waits for it.
        let reply = c.receive(ticket).unwrap();
        let waits = u16::from_le_bytes([words[2], words[3]]) > u16::from_le_bytes([words[22], words[23]]);
        assert!(reply.status().0 != 0 || waits, "{words:?} {bytes:?}");
        assert_eq!(c.echo(b"still here").unwrap(), b"still here");
    }
}

/// A pipe tells by handle what a file does, opened by whatever disposition ([MS-SMB2] 2.2.13), and nothing by its path.
#[test]
fn pipes_tell_what_they_are() {
    let site = Plan::default().smb1().start().unwrap();
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let ipc = c.tree_connect(&session, "IPC$").unwrap();
    let access = AccessMask::READ_DATA | AccessMask::WRITE_DATA;
    for disposition in 0..=5 {
        let pipe = c.create(ipc, &Create::open("\\lsass", access).disposition(disposition)).unwrap();
        let tell = |c: &mut Connection, level| {
            let request = QueryFileRequest { fid: pipe.id, information_level: level };
            let call = Transact::trans2(Trans2Code::QUERY_FILE_INFORMATION).parameters(&request, c.text());
            c.transact(ipc, &call).map(|answer| answer.data)
        };
        let name: Vec<u8> = "\\lsass".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let all = tell(&mut c, QueryLevel::ALL).unwrap();
        assert!(all.ends_with(&name), "{all:?}");
        assert_eq!(tell(&mut c, QueryLevel::BASIC).unwrap()[32..36], [0x80, 0, 0, 0]);
        assert_eq!(tell(&mut c, QueryLevel::STANDARD).unwrap()[12..20], [0, 0, 0, 0, 0, 0x10, 0, 0]);
        assert_eq!(refused(tell(&mut c, QueryLevel::QUERY_ALL_EAS)), NtStatus::ACCESS_DENIED);
        c.close(pipe).unwrap();
    }
    let request = QueryPathRequest {
        information_level: QueryLevel::IS_NAME_VALID,
        reserved: 0,
        file_name: "\\lsass".into(),
    };
    let call = Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).parameters(&request, c.text());
    assert_eq!(refused(c.transact(ipc, &call)), NtStatus::INVALID_DEVICE_REQUEST);
}
