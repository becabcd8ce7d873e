//! Channels that go: of four over four addresses one is killed in the middle of a stream of writes, and nothing is lost; nor are breaks.

use crate::channels::{capable, channel};
use lanward_client::{Break, Connection, Create, File, Login, Options, Request, utf16};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{OplockLevel, WriteRequest};
use lanward_smb2::{Command, HeaderFlags, MessageId};
use lanward_testsuite::{ALICE, Counts, Plan, Site};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::time::Duration;

const BLOCK: usize = 64 << 10;
const BLOCKS: usize = 160;
/// Writes in flight on one channel.
const DEPTH: usize = 8;

/// Block `n` of the file: no two are alike.
fn block(n: usize) -> Vec<u8> {
    let seed = u32::try_from(n).unwrap().wrapping_mul(0x9e37_79b9);
    (0..u32::try_from(BLOCK / 4).unwrap()).flat_map(|i| seed.wrapping_add(i).to_le_bytes()).collect()
}

/// A channel and what it has in flight.
struct Lane {
    c: Connection,
    sent: BTreeMap<u64, usize>,
}

impl Lane {
    fn send(&mut self, file: File, n: usize, sequence: u16, flags: HeaderFlags) {
        let data = block(n);
        let body = WriteRequest {
            file_id: file.id,
            offset: (n * BLOCK) as u64,
            data: &data,
            ..WriteRequest::default()
        };
        let request = Request::new(Command::WRITE, file, &body).payload(BLOCK).flags(flags);
        let id = self.c.send(&Request { channel_sequence: sequence, ..request }).unwrap();
        self.sent.insert(id.0, n);
    }

    /// The oldest answer: which block it is about, and how it went.
    fn receive(&mut self) -> (usize, NtStatus) {
        let (id, n) = self.sent.pop_first().unwrap();
        (n, self.c.receive(MessageId(id)).unwrap().status())
    }
}

/// How client and server come to each other.
pub(crate) struct Network<'a> {
    /// Where the server listens.
    pub(crate) first: IpAddr,
    /// Three more.
    pub(crate) also: Vec<IpAddr>,
    /// Called on the client's thread once the server listens.
    pub(crate) enter: &'a dyn Fn(),
    /// Takes the second connection away.
    pub(crate) lose: &'a dyn Fn(&Connection),
}

fn lanes(site: &Site, options: Options, also: &[IpAddr]) -> (Vec<Lane>, File) {
    let (mut first, tree) = site.alice(options).unwrap();
    let file = first.create(tree, &Create::new_file("stream")).unwrap().file;
    let binding = first.session_mut(tree.session).unwrap().binding();
    let options = Options { client_guid: Some(first.negotiated().client_guid), ..first.options().clone() };
    let mut lanes = vec![Lane { c: first, sent: BTreeMap::new() }];
    for address in also {
        let address = SocketAddr::new(*address, site.address.port());
        let mut c = Connection::connect(address, options.clone()).unwrap();
        c.login_with(&Login::user(ALICE.0, ALICE.1).bind(binding.clone())).unwrap();
        lanes.push(Lane { c, sent: BTreeMap::new() });
    }
    (lanes, file)
}

pub(crate) fn nothing_is_lost(options: Options, network: &Network<'_>) {
    let directory = tempfile::tempdir().unwrap();
    let (listen, also) = (SocketAddr::new(network.first, 0), network.also.clone());
    let plan = Plan { workers: 2, listen, also, ..Plan::default() };
    // A peer that goes without a word is soon missed.
    let plan = plan.settings(|settings| settings.dead_peer = Duration::from_secs(2));
    let site = plan.directory("data", directory.path()).unwrap().start().unwrap();
    (network.enter)();
    let (mut lanes, file) = lanes(&site, options, &network.also);
    let everything = |connections| Counts { connections, sessions: 1, trees: 1, opens: 1, users: 1 };
    assert_eq!(site.counts(), everything(4));
    let mut to_write: VecDeque<(usize, HeaderFlags)> =
        (0..BLOCKS).map(|n| (n, HeaderFlags::empty())).collect();
    let (mut sequence, mut written) = (0, 0);
    while written < BLOCKS {
        for lane in &mut lanes {
            while lane.sent.len() < DEPTH
                && let Some((n, flags)) = to_write.pop_front()
            {
                lane.send(file, n, sequence, flags);
            }
        }
        if sequence == 0 && written >= BLOCKS / 2 {
            // A channel goes with all it has in flight: nobody knows what of it was done.
            let lost = lanes.remove(1);
            assert_eq!(lost.sent.len(), DEPTH);
            (network.lose)(&lost.c);
            sequence = 1;
            lost.sent.values().for_each(|n| to_write.push_front((*n, HeaderFlags::REPLAY_OPERATION)));
        }
        for lane in lanes.iter_mut().filter(|lane| !lane.sent.is_empty()) {
            match lane.receive() {
                (_, NtStatus::SUCCESS) => written += 1,
                // The server has not noticed yet that what is repeated cannot happen any more, or this was overtaken.
                (n, NtStatus::FILE_NOT_AVAILABLE) => to_write.push_back((n, HeaderFlags::REPLAY_OPERATION)),
                (n, status) => panic!("block {n}: {status}"),
            }
        }
    }
    site.settles_at(everything(3)).unwrap();
    lanes[0].c.flush(file).unwrap();
    let stored = std::fs::read(directory.path().join("stream")).unwrap();
    assert_eq!(stored.len(), BLOCKS * BLOCK);
    for (n, found) in stored.chunks(BLOCK).enumerate() {
        assert!(found == block(n), "block {n} is not as it was written");
    }
    drop(lanes);
    site.settles().unwrap();
}

#[test]
fn nothing_is_lost_with_a_channel() {
    let also = [2, 3, 4].map(|last| IpAddr::from([127, 0, 0, last])).to_vec();
    let network = Network {
        first: IpAddr::from([127, 0, 0, 1]),
        also,
        enter: &|| (),
        lose: &|lost| lost.stream().shutdown(Shutdown::Both).unwrap(),
    };
    for options in [Options::default(), Options::default().signed(), Options::default().sealed()] {
        nothing_is_lost(options, &network);
    }
}

/// The level an oplock is broken to.
fn broken_to(c: &mut Connection) -> OplockLevel {
    match c.receive_break(Duration::from_secs(10)).unwrap() {
        Break::Oplock(told) => told.oplock_level,
        Break::Lease(told) => panic!("not {told:?}"),
    }
}

#[test]
fn a_break_goes_over_another_channel_when_its_own_is_gone() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    for (name, options) in capable() {
        println!("{name}");
        let (mut first, tree) = site.alice(options).unwrap();
        let batch = Create::new_file(&name).oplock(OplockLevel::BATCH);
        let file = first.create(tree, &batch).unwrap().file;
        let mut second = channel(&site, &mut first, tree);
        let (mut other, elsewhere) = site.alice(Options::default()).unwrap();
        let read = Create::open(&name, AccessMask::GENERIC_READ);
        let utf16 = utf16(&name);
        let body = read.request(&utf16);
        let id = other.send(&Request::new(Command::CREATE, elsewhere, &body)).unwrap();
        assert!(other.receive_interim(id).unwrap().is_some());
        assert_eq!(broken_to(&mut first), OplockLevel::II);
        drop(first);
        assert_eq!(broken_to(&mut second), OplockLevel::II);
        second.acknowledge_oplock_break(file, OplockLevel::II).unwrap();
        other.receive(id).unwrap().check(&[]).unwrap();
        drop((second, other));
        site.settles().unwrap();
    }
}
