//! What users take of a volume and may take.

use crate::fixture::{Ask, ask, budget, file_system, user};
use lanward_fsa::{FileOpen, FileSystem, FsInformationClass, QuotaScope};
use lanward_nt::fscc::{FileQuotaInformation, decode_quotas, encode_get_quotas};
use lanward_nt::security::Token;
use lanward_nt::{AccessMask as A, CreateDisposition as D, FileTime, NtStatus, Sid};
use lanward_vfs::MemVolume;
use lanward_wire::{Encode, Writer};
use std::sync::Arc;

const INDEX: &str = "$Extend\\$Quota:$Q:$INDEX_ALLOCATION";
const LARGE: u32 = 4096;

fn counting() -> Arc<FileSystem> {
    FileSystem::new(MemVolume::with_quotas(|| FileTime(7)))
}

fn administrator() -> Token {
    let mut token = user(500);
    token.groups.push(Sid::administrators());
    token
}

fn index(token: &Token, access: A) -> Ask {
    ask(INDEX, D::Open).token(token).access(access)
}

fn entry(sid: &Sid, limit: i64) -> Vec<u8> {
    let quota_threshold = FileQuotaInformation::NO_LIMIT;
    let (change_time, sid) = (FileTime(0), sid.clone());
    FileQuotaInformation { change_time, quota_used: 0, quota_threshold, quota_limit: limit, sid }.to_bytes()
}

/// A file of `rid`'s with `data`.
async fn owned(fs: &Arc<FileSystem>, name: &str, rid: u32, data: &[u8]) -> Result<(), NtStatus> {
    let token = user(rid);
    let mine = lanward_nt::security::SecurityDescriptor {
        owner: Some(token.user.clone()),
        dacl: Some(None),
        ..Default::default()
    };
    let open = ask(name, D::Create).token(&token).security(&mine).open(fs).await;
    open.write(0, data, false).await.map(|_| ())
}

async fn told(
    open: &FileOpen,
    scope: QuotaScope<'_>,
    single: bool,
    limit: u32,
) -> Result<Vec<(u32, i64)>, NtStatus> {
    let mut buf = Vec::new();
    open.query_quota(scope, single, &mut budget(limit, &mut buf)).await?;
    let rid = |sid: &Sid| *sid.sub_authorities().last().unwrap();
    Ok(decode_quotas(&buf).unwrap().iter().map(|q| (rid(&q.sid), q.quota_used)).collect())
}

async fn three(fs: &Arc<FileSystem>) {
    for (name, rid, length) in [("a", 1001, 4096), ("b", 1002, 8192), ("c", 1003, 4096), ("d", 1003, 4096)] {
        owned(fs, name, rid, &vec![1; length]).await.unwrap();
    }
}

const ALL_THREE: [(u32, i64); 3] = [(1001, 4096), (1002, 8192), (1003, 8192)];

/// Without what the administrators' group owns: the root.
fn users(list: Vec<(u32, i64)>) -> Vec<(u32, i64)> {
    list.into_iter().filter(|(rid, _)| *rid > 1000).collect()
}

#[tokio::test]
async fn administrators_list_everybody_page_by_page() {
    let fs = counting();
    three(&fs).await;
    let open = index(&administrator(), A::READ_DATA).open(&fs).await;
    assert_eq!(users(told(&open, QuotaScope::First, false, LARGE).await.unwrap()), ALL_THREE);
    assert_eq!(told(&open, QuotaScope::Next, false, LARGE).await, Err(NtStatus::NO_MORE_ENTRIES));
    let mut one_by_one = Vec::new();
    let mut scope = QuotaScope::First;
    while let Ok(page) = told(&open, scope, true, LARGE).await {
        assert_eq!(page.len(), 1);
        one_by_one.extend(page);
        scope = QuotaScope::Next;
    }
    assert_eq!(users(one_by_one), ALL_THREE);
    // Entries of 68 bytes on 8: room for two, then the rest.
    let mut pages = told(&open, QuotaScope::First, false, 143).await.unwrap();
    assert_eq!(pages.len(), 2);
    while let Ok(page) = told(&open, QuotaScope::Next, false, 143).await {
        pages.extend(page);
    }
    assert_eq!(users(pages), ALL_THREE);
}

#[tokio::test]
async fn some_are_asked_for_by_name() {
    let fs = counting();
    three(&fs).await;
    let open = index(&administrator(), A::READ_DATA).open(&fs).await;
    let start = user(1002).user.to_bytes();
    let from = told(&open, QuotaScope::From(&start), false, LARGE).await.unwrap();
    assert_eq!(from.first(), Some(&(1002, 8192)), "the entry to begin at is told");
    assert_eq!(told(&open, QuotaScope::From(&start), true, LARGE).await.unwrap(), [(1002, 8192)]);
    assert_eq!(users(told(&open, QuotaScope::Next, false, LARGE).await.unwrap()), [(1003, 8192)]);
    let nobody = user(77).user.to_bytes();
    let unknown = told(&open, QuotaScope::From(&nobody), false, LARGE).await;
    assert_eq!(unknown, Err(NtStatus::INVALID_PARAMETER));
    let mut list = Vec::new();
    encode_get_quotas(&[user(1003).user, user(77).user], &mut Writer::new(&mut list));
    let named = told(&open, QuotaScope::Named(&list), false, LARGE).await.unwrap();
    assert_eq!(named, [(1003, 8192), (77, 0)], "one that is not known has zeros");
    assert_eq!(told(&open, QuotaScope::Named(&list), true, LARGE).await.unwrap(), [(1003, 8192)]);
    assert_eq!(
        told(&open, QuotaScope::Named(&list[1..]), true, LARGE).await,
        Err(NtStatus::INVALID_PARAMETER)
    );
    for (scope, room) in [(QuotaScope::First, 47), (QuotaScope::Named(&list), 67), (QuotaScope::First, 0)] {
        assert_eq!(
            told(&open, scope, false, room).await,
            Err(NtStatus::BUFFER_TOO_SMALL),
            "{scope:?} {room}"
        );
    }
}

#[tokio::test]
async fn users_are_told_of_themselves() {
    let fs = counting();
    three(&fs).await;
    let open = index(&user(1002), A::READ_DATA).open(&fs).await;
    assert_eq!(told(&open, QuotaScope::First, false, LARGE).await.unwrap(), [(1002, 8192)]);
    assert_eq!(told(&open, QuotaScope::Next, false, LARGE).await, Err(NtStatus::NO_MORE_ENTRIES));
    let mut list = Vec::new();
    encode_get_quotas(&[user(1003).user], &mut Writer::new(&mut list));
    assert_eq!(told(&open, QuotaScope::Named(&list), false, LARGE).await.unwrap(), [(1003, 0)]);
    assert_eq!(index(&user(1002), A::WRITE_DATA).status(&fs).await, NtStatus::ACCESS_DENIED);
    assert_eq!(open.set_quota(&entry(&user(1002).user, 1)).await, Err(NtStatus::ACCESS_DENIED));
}

#[tokio::test]
async fn limits_hold_and_narrow_the_volume() {
    let fs = counting();
    three(&fs).await;
    let open = index(&administrator(), A::WRITE_DATA).open(&fs).await;
    let sid = user(1003).user;
    open.set_quota(&entry(&sid, 16_384)).await.unwrap();
    assert_eq!(owned(&fs, "e", 1003, &[1; 8192]).await, Ok(()));
    assert_eq!(owned(&fs, "f", 1003, &[1; 1]).await, Err(NtStatus::QUOTA_EXCEEDED));
    assert_eq!(owned(&fs, "g", 1002, &[1; 4096]).await, Ok(()), "of others nothing is said");
    let own = ask("a", D::Open).token(&user(1003)).open(&fs).await;
    let mut buf = Vec::new();
    own.query_volume_information(FsInformationClass::SIZE, &mut budget(24, &mut buf)).await.unwrap();
    assert_eq!(buf[..16], [&4u64.to_le_bytes()[..], &0u64.to_le_bytes()].concat(), "units of 4,096 bytes");
    open.set_quota(&entry(&sid, FileQuotaInformation::DELETE)).await.unwrap();
    assert_eq!(owned(&fs, "h", 1003, &[1; 1]).await, Ok(()));
    let gone = open.set_quota(&entry(&user(77).user, FileQuotaInformation::DELETE)).await;
    assert_eq!(gone, Err(NtStatus::NO_MATCH));
    let administrators = open.set_quota(&entry(&Sid::administrators(), 5)).await;
    assert_eq!(administrators, Err(NtStatus::ACCESS_DENIED));
    for bad in [&[][..], &[0; 47], &entry(&sid, -3)] {
        assert_eq!(open.set_quota(bad).await, Err(NtStatus::INVALID_PARAMETER));
    }
}

#[tokio::test]
async fn the_index_stays_as_it_is() {
    let fs = counting();
    let open = index(&administrator(), A::FILE_ALL_ACCESS).open(&fs).await;
    assert!(open.is_directory());
    for (disposition, status) in [
        (D::Create, NtStatus::OBJECT_NAME_COLLISION),
        (D::Supersede, NtStatus::ACCESS_DENIED),
        (D::OverwriteIf, NtStatus::ACCESS_DENIED),
        (D::OpenIf, NtStatus::SUCCESS),
    ] {
        let ask = ask(INDEX, disposition).token(&administrator());
        assert_eq!(ask.status(&fs).await, status, "{disposition:?}");
    }
    let security = open.query_security(7).await.unwrap();
    assert_eq!(open.set_security(4, &security).await, Err(NtStatus::ACCESS_DENIED));
    open.close(false).await.unwrap();
}

#[tokio::test]
async fn a_volume_that_does_not_count_says_so() {
    let fs = file_system();
    let open = index(&administrator(), A::FILE_ALL_ACCESS).open(&fs).await;
    assert_eq!(told(&open, QuotaScope::First, false, LARGE).await, Err(NtStatus::NOT_SUPPORTED));
    assert_eq!(open.set_quota(&entry(&user(1).user, 1)).await, Err(NtStatus::NOT_SUPPORTED));
    let quotas_bit = async |fs: &Arc<FileSystem>| {
        let mut buf = Vec::new();
        fs.query_volume_information(FsInformationClass::ATTRIBUTE, &mut budget(64, &mut buf)).unwrap();
        buf[0] & 0x20
    };
    assert_eq!((quotas_bit(&fs).await, quotas_bit(&counting()).await), (0, 0x20));
    let root = ask("", D::Open).token(&administrator()).open(&counting()).await;
    let elsewhere = told(&root, QuotaScope::First, false, LARGE).await;
    assert_eq!(elsewhere, Err(NtStatus::INVALID_PARAMETER), "only through the index");
}
