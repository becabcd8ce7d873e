use crate::fixture::{ask, file_system, make_file};
use lanward_fsa::{BreakNotice, BreakQueue, BreakRoute, FileSystem, HeldCache, OplockLevel};
use lanward_nt::{AccessMask, CreateDisposition as D, NtStatus as S};
use std::sync::Arc;
use tokio::time::{Duration, Instant};

fn client() -> (Arc<BreakQueue>, Arc<BreakRoute>) {
    let (queue, route) = (Arc::new(BreakQueue::default()), Arc::new(BreakRoute::default()));
    route.add(&queue);
    (queue, route)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_keeps_others_waiting_for_a_while() {
    let fs = file_system();
    make_file(&fs, "f", b"data").await;
    let (queue, route) = client();
    let batch = ask("f", D::Open).oplock(OplockLevel::Batch, &route);
    let held = batch.go(&fs).await.unwrap();
    held.open.set_name(7);
    assert_eq!(held.cache, HeldCache::Oplock(OplockLevel::Batch));
    let stat = ask("f", D::Open).access(AccessMask::READ_ATTRIBUTES).go(&fs).await.unwrap();
    assert_eq!(queue.take(), None, "looking at attributes disturbs nobody");
    stat.open.close(false).await.unwrap();
    let began = Instant::now();
    let second = ask("f", D::Open).oplock(OplockLevel::Batch, &route).go(&fs).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(35));
    assert_eq!(queue.take(), Some(BreakNotice::Oplock { open: 7, level: OplockLevel::Two }));
    assert_eq!(second.cache, HeldCache::Oplock(OplockLevel::Two), "the first still has it open");
    assert_eq!(held.open.held_cache(), HeldCache::NONE);
    assert_eq!(held.open.acknowledge_oplock(OplockLevel::Two), Err(S::INVALID_OPLOCK_PROTOCOL));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_again_for_a_client_that_did_not_answer() {
    let fs = file_system();
    let (queue, route) = client();
    let mut held = Vec::new();
    for (name, number) in ["a", "b", "c", "d", "e", "f", "g"].into_iter().zip(1..) {
        make_file(&fs, name, b"data").await;
        let batch = ask(name, D::Open).oplock(OplockLevel::Batch, &route);
        held.push(batch.go(&fs).await.unwrap().open);
        held.last().unwrap().set_name(number);
    }
    let waited = async |name: &str| {
        let began = Instant::now();
        ask(name, D::Open).open(&fs).await;
        began.elapsed()
    };
    assert_eq!(waited("a").await, Duration::from_secs(35));
    assert_eq!(waited("b").await, Duration::ZERO);
    let told = [queue.take(), queue.take()].map(Option::unwrap);
    let level = OplockLevel::Two;
    assert_eq!(told[1], BreakNotice::Oplock { open: 2, level });
    assert_eq!(held[1].held_cache(), HeldCache::NONE);
    for name in ["c", "d", "e"] {
        assert_eq!(waited(name).await, Duration::ZERO);
    }
    for open in &held[..3] {
        assert_eq!(open.acknowledge_oplock(level), Err(S::INVALID_OPLOCK_PROTOCOL), "too late");
        assert_eq!(open.acknowledge_oplock(level), Err(S::INVALID_OPLOCK_PROTOCOL), "counted once");
    }
    assert_eq!(waited("f").await, Duration::ZERO, "one more is due");
    let _ = held[3].acknowledge_oplock(level);
    assert_eq!(waited("g").await, Duration::from_secs(35), "it is there again");
}

#[tokio::test]
async fn changes_from_outside_break_what_is_cached() {
    let fs = file_system();
    make_file(&fs, "f", b"data").await;
    // Another object store over the same volume is as far outside as any program.
    let other = FileSystem::new(Arc::clone(fs.volume()));
    let (queue, route) = client();
    let held = ask("f", D::Open).oplock(OplockLevel::Batch, &route).go(&fs).await.unwrap().open;
    held.set_name(7);
    fs.check_outside(0).await;
    held.write(0, b"mine", false).await.unwrap();
    fs.check_outside(1).await;
    fs.check_outside(2).await;
    assert_eq!(queue.take(), None, "one's own changes are known");
    let stranger = ask("f", D::Open).open(&other).await;
    stranger.write(0, b"theirs", false).await.unwrap();
    fs.check_outside(3).await;
    assert_eq!(queue.take(), Some(BreakNotice::Oplock { open: 7, level: OplockLevel::None }));
    held.acknowledge_oplock(OplockLevel::None).unwrap();
    held.close(false).await.unwrap();
    stranger.close(false).await.unwrap();
    let held = ask("f", D::Open).oplock(OplockLevel::Two, &route).go(&fs).await.unwrap().open;
    held.set_name(8);
    let path = lanward_nt::NtPath::new("f".into()).unwrap();
    let (_, metadata) = fs.volume().lookup(&path, lanward_vfs::Wait::Allowed).unwrap();
    fs.volume().remove(&path, metadata.number).unwrap();
    fs.check_outside(4).await;
    assert_eq!(queue.take(), Some(BreakNotice::Oplock { open: 8, level: OplockLevel::None }));
}
