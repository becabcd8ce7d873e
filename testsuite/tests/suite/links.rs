//! A session over four links, of which one is taken away in the middle of a stream of writes. Server and client have a network namespace each,
//! with nothing between them but the links, so the test runs again in one of its own.

use crate::channel_loss::{Network, nothing_is_lost};
use lanward_client::Options;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::{self, File};
use std::net::IpAddr;
use std::os::fd::AsFd as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const INSIDE: &str = "LANWARD_LINKS";
const LINKS: u8 = 4;
const OWN: &str = "/proc/thread-self/ns/net";

fn run(command: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    let status = Command::new(words[0]).args(&words[1..]).status().unwrap();
    assert!(status.success(), "{command}");
}

/// A network namespace for as long as this lives.
struct Namespace(Child);

impl Namespace {
    fn new() -> Self {
        let child = Command::new("unshare").args(["--net", "sleep", "600"]).spawn().unwrap();
        let (namespace, since) = (Self(child), Instant::now());
        let of = |path: &str| fs::read_link(path).unwrap();
        while of(&namespace.path()) == of(OWN) {
            assert!(since.elapsed() < Duration::from_secs(20), "no namespace came");
            std::thread::yield_now();
        }
        namespace
    }

    fn path(&self) -> String {
        format!("/proc/{}/ns/net", self.0.id())
    }

    /// From here on this thread, and what it starts, has the network of this namespace.
    fn enter(&self) {
        let file = File::open(self.path()).unwrap();
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It is gone already, or goes now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn may_have_namespaces() -> bool {
    let tried = Command::new("unshare").args(["-Urn", "ip", "link"]).stdout(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn nothing_is_lost_with_a_link() {
    if std::env::var_os(INSIDE).is_none() {
        if !may_have_namespaces() {
            println!("skipped: no network namespace can be made here");
            return;
        }
        let own = std::env::current_exe().unwrap();
        let status = Command::new("unshare")
            .args(["--user", "--map-root-user", "--net"])
            .arg(own)
            .args(["--exact", "links::nothing_is_lost_with_a_link", "--nocapture"])
            .env(INSIDE, "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let client = Namespace::new();
    for n in 1..=LINKS {
        run(&format!("ip link add s{n} type veth peer name c{n} netns {}", client.0.id()));
        run(&format!("ip address add 10.90.{n}.1/24 dev s{n}"));
        run(&format!("ip link set s{n} up"));
    }
    let [first, also @ ..] = [1, 2, 3, LINKS].map(|n| IpAddr::from([10, 90, n, 1]));
    let network = Network {
        first,
        also: also.to_vec(),
        enter: &|| {
            client.enter();
            for n in 1..=LINKS {
                run(&format!("ip address add 10.90.{n}.2/24 dev c{n}"));
                run(&format!("ip link set c{n} up"));
            }
        },
        lose: &|_lost| run("ip link delete c2"),
    };
    nothing_is_lost(Options::default().signed(), &network);
}
