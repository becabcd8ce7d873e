use crate::fixture::{ask, file_system, make_file, poll_once};
use lanward_fsa::{LockElement, LockKind, LockOwner};
use lanward_nt::{CreateDisposition as D, NtStatus as S};
use std::task::Poll;

fn element(offset: u64, length: u64, kind: LockKind, fail_immediately: bool) -> [LockElement; 1] {
    [LockElement { offset, length, kind, fail_immediately }]
}

#[tokio::test]
async fn locks_guard_data() {
    let fs = file_system();
    make_file(&fs, "f", b"0123456789").await;
    let (a, b) = (ask("f", D::Open).open(&fs).await, ask("f", D::Open).open(&fs).await);
    a.lock(&element(2, 3, LockKind::Exclusive, true)).await.unwrap();
    let mut buf = Vec::new();
    assert_eq!(b.read(0, 3, 0, &mut buf).await, Err(S::FILE_LOCK_CONFLICT));
    assert_eq!(b.read(0, 2, 0, &mut buf).await, Ok(2));
    assert_eq!(b.write(4, b"x", false).await, Err(S::FILE_LOCK_CONFLICT));
    assert_eq!(a.write(4, b"x", false).await, Ok(1));
    assert_eq!(b.lock(&element(4, 1, LockKind::Shared, true)).await, Err(S::LOCK_NOT_GRANTED));
    assert_eq!(a.lock(&element(2, 2, LockKind::Unlock, true)).await, Err(S::RANGE_NOT_LOCKED));
    a.lock(&element(2, 3, LockKind::Unlock, true)).await.unwrap();
    a.lock(&element(0, 9, LockKind::Shared, true)).await.unwrap();
    assert_eq!(b.read(0, 3, 0, &mut buf).await, Ok(3));
    assert_eq!(
        a.write(0, b"x", false).await,
        Err(S::FILE_LOCK_CONFLICT),
        "shared ranges bar their owner's writes"
    );
    assert_eq!(a.lock_count(), 1);
    a.close(false).await.unwrap();
    assert_eq!(b.write(0, b"x", false).await, Ok(1));
}

#[tokio::test]
async fn a_request_that_fails_gives_everything_back() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let (a, b) = (ask("f", D::Open).open(&fs).await, ask("f", D::Open).open(&fs).await);
    b.lock(&element(20, 1, LockKind::Exclusive, true)).await.unwrap();
    let several = [0, 10, 20].map(|o| element(o, 5, LockKind::Exclusive, true)[0]);
    assert_eq!(a.lock(&several).await, Err(S::LOCK_NOT_GRANTED));
    assert_eq!(a.lock_count(), 0);
    assert_eq!(b.lock(&element(0, 15, LockKind::Exclusive, true)).await, Ok(()));
    assert_eq!(b.lock(&element(u64::MAX, 2, LockKind::Shared, true)).await, Err(S::INVALID_LOCK_RANGE));
}

#[tokio::test]
async fn waiting_is_in_order_and_can_be_given_up() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let opens = [(); 4].map(|()| ask("f", D::Open));
    let (a, b) = (opens[0].open(&fs).await, opens[1].open(&fs).await);
    let (c, d) = (opens[2].open(&fs).await, opens[3].open(&fs).await);
    let wait = element(0, 1, LockKind::Exclusive, false);
    let free = element(0, 1, LockKind::Unlock, false);
    a.lock(&wait).await.unwrap();
    let (mut first, mut second, mut third) =
        (Box::pin(b.lock(&wait)), Box::pin(c.lock(&wait)), Box::pin(d.lock(&wait)));
    assert!(poll_once(&mut first).is_pending() && poll_once(&mut second).is_pending());
    assert!(poll_once(&mut third).is_pending());
    drop(first);
    a.lock(&free).await.unwrap();
    // Granted to the second, which is given up before it hears of it: the third has it.
    assert_eq!((c.lock_count(), d.lock_count()), (1, 0));
    drop(second);
    assert_eq!((b.lock_count(), c.lock_count(), d.lock_count()), (0, 0, 1));
    assert_eq!(poll_once(&mut third), Poll::Ready(Ok(())));
}

#[tokio::test]
async fn dropped_at_any_step_a_request_leaves_nothing() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let (a, b) = (ask("f", D::Open).open(&fs).await, ask("f", D::Open).open(&fs).await);
    let ranges = [0u64, 10, 20];
    for stop in 0..=ranges.len() {
        for r in ranges {
            a.lock(&element(r, 1, LockKind::Exclusive, true)).await.unwrap();
        }
        let wanted = ranges.map(|r| element(r, 1, LockKind::Exclusive, false)[0]);
        let mut request = Box::pin(b.lock(&wanted));
        let mut done = poll_once(&mut request).is_ready();
        for r in &ranges[..stop] {
            a.lock(&element(*r, 1, LockKind::Unlock, true)).await.unwrap();
            done = poll_once(&mut request).is_ready();
        }
        assert_eq!(done, stop == ranges.len());
        drop(request);
        assert_eq!(b.lock_count(), if done { 3 } else { 0 }, "stopped after {stop}");
        for r in &ranges[stop..] {
            a.lock(&element(*r, 1, LockKind::Unlock, true)).await.unwrap();
        }
        assert_eq!(a.lock_count(), 0);
    }
}

#[tokio::test]
async fn closing_ends_what_waits() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let (a, b) = (ask("f", D::Open).open(&fs).await, ask("f", D::Open).open(&fs).await);
    let wait = element(0, 1, LockKind::Exclusive, false);
    a.lock(&wait).await.unwrap();
    let mut request = Box::pin(b.lock(&wait));
    assert!(poll_once(&mut request).is_pending());
    b.close(false).await.unwrap();
    assert_eq!(poll_once(&mut request), Poll::Ready(Err(S::RANGE_NOT_LOCKED)));
    drop(request);
    assert_eq!(b.lock(&wait).await, Err(S::FILE_CLOSED));
    let directory = ask("", D::Open).open(&fs).await;
    assert_eq!(directory.lock(&wait).await, Err(S::INVALID_PARAMETER));
}

#[tokio::test]
async fn processes_of_one_open_lock_against_each_other() {
    let fs = file_system();
    make_file(&fs, "f", b"0123456789").await;
    let (a, one, other) = (ask("f", D::Open).open(&fs).await, LockOwner(1), LockOwner(2));
    a.lock_as(one, &element(0, 4, LockKind::Exclusive, true)).await.unwrap();
    let mut buf = Vec::new();
    assert_eq!(a.read_as(other, 0, 1, 0, &mut buf).await, Err(S::FILE_LOCK_CONFLICT));
    assert_eq!(a.write_as(other, 0, b"x", false).await, Err(S::FILE_LOCK_CONFLICT));
    assert_eq!(a.read_in_place_as(other, 0, 1, 0).err(), Some(S::FILE_LOCK_CONFLICT));
    assert_eq!(a.read_as(one, 0, 1, 0, &mut buf).await, Ok(1));
    let free = element(0, 4, LockKind::Unlock, true);
    assert_eq!(a.lock_as(other, &free).await, Err(S::RANGE_NOT_LOCKED));
    let wanted = element(0, 4, LockKind::Exclusive, false);
    let mut waiting = Box::pin(a.lock_as(other, &wanted));
    assert!(poll_once(&mut waiting).is_pending());
    assert!(!a.cancel_lock(other, 0, 3, S::CANCELLED), "another range");
    assert!(a.cancel_lock(other, 0, 4, S::CANCELLED));
    assert_eq!(waiting.await, Err(S::CANCELLED));
    a.release_locks_of(|owner| owner == one);
    assert_eq!(a.lock_as(other, &wanted).await, Ok(()));
}
