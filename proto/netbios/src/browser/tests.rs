//! Browsers on networks that are made of nothing but time: what one sends all others hear.

use super::*;
use crate::NetbiosName;
use core::time::Duration;
use proptest::prelude::*;

const START: Duration = Duration::from_secs(1000);

fn config(name: &str) -> BrowserConfig {
    BrowserConfig {
        name: name.into(),
        group: "GROUP".into(),
        comment: "about it".into(),
        server_type: 0x9003,
        version: (10, 0),
        preferred_master: false,
        can_back_up: true,
    }
}

/// Computers on one subnet.
struct Network {
    browsers: Vec<(String, Browser, Vec<BrowserFrame>)>,
    /// Who has the name of the master.
    holder: Option<usize>,
    now: Duration,
    seed: u32,
}

impl Network {
    fn new() -> Self {
        Self { browsers: Vec::new(), holder: None, now: START, seed: 7 }
    }

    fn join(&mut self, config: BrowserConfig) -> usize {
        let mut seed = self.seed;
        let browser = Browser::new(config.clone(), self.now, &mut || random(&mut seed));
        self.seed = seed;
        self.browsers.push((config.name, browser, Vec::new()));
        self.browsers.len() - 1
    }

    /// Time goes on, and everything that is due is done.
    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.deliver();
            let due = self.browsers.iter().filter_map(|(_, browser, _)| browser.wakes_at()).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            assert!(due >= self.now || due == self.now.min(due), "time does not go back");
            self.now = self.now.max(due);
            let (now, mut seed) = (self.now, self.seed);
            for (_, browser, _) in &mut self.browsers {
                browser.tick(now, &mut || random(&mut seed));
            }
            self.seed = seed;
        }
        self.now = end;
    }

    fn deliver(&mut self) {
        for _ in 0..10_000 {
            let next = (0..self.browsers.len())
                .find_map(|place| Some((place, self.browsers[place].1.next_action()?)));
            let Some((place, action)) = next else { return };
            self.perform(place, action);
        }
        panic!("they never stop talking");
    }

    fn perform(&mut self, place: usize, action: BrowserAction) {
        let (now, mut seed) = (self.now, self.seed);
        match action {
            BrowserAction::Send(to, _, frame) => self.broadcast(place, to, &frame),
            BrowserAction::Answer(_, frame) => self.browsers[place].2.push(frame),
            BrowserAction::ClaimMaster => {
                let free = self.holder.is_none_or(|holder| holder == place);
                if free {
                    self.holder = Some(place);
                }
                self.browsers[place].1.claimed(free, now);
            }
            BrowserAction::ReleaseMaster => {
                if self.holder == Some(place) {
                    self.holder = None;
                }
            }
            BrowserAction::Fetch(master) => {
                let found = self
                    .browsers
                    .iter()
                    .find(|(name, browser, _)| *name == master && browser.role() == BrowserRole::Master);
                let list = found.map(|(_, browser, _)| browser.list());
                self.browsers[place].1.fetched(list.as_ref(), now, &mut || random(&mut seed));
            }
        }
        self.seed = seed;
    }

    fn broadcast(&mut self, from: usize, to: NetbiosName, frame: &BrowserFrame) {
        let (now, mut seed) = (self.now, self.seed);
        let source = self.browsers[from].0.clone();
        self.browsers[from].2.push(frame.clone());
        for (place, (_, browser, _)) in self.browsers.iter_mut().enumerate() {
            // The name of the master is only its holder's.
            let holds = to.suffix() != NetbiosName::LOCAL_MASTER || self.holder == Some(place);
            if place != from && holds {
                browser.receive(frame, &source, to, now, &mut || random(&mut seed));
            }
        }
        self.seed = seed;
    }

    fn masters(&self) -> Vec<&str> {
        let all = self.browsers.iter().filter(|(_, browser, _)| browser.role() == BrowserRole::Master);
        all.map(|(name, ..)| name.as_str()).collect()
    }

    fn names(&self, place: usize) -> Vec<String> {
        self.browsers[place].1.list().servers.into_iter().map(|server| server.name).collect()
    }
}

fn random(seed: &mut u32) -> u32 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    *seed >> 8
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn one_alone_becomes_master_of_its_subnet() {
    let mut network = Network::new();
    let only = network.join(config("ONE"));
    network.run(MINUTE);
    assert_eq!(network.masters(), ["ONE"]);
    assert_eq!(network.names(only), ["ONE"]);
    let frames = &network.browsers[only].2;
    assert_eq!(frames.iter().filter(|f| matches!(f, BrowserFrame::RequestElection(_))).count(), 4);
    let list = network.browsers[only].1.list();
    assert_eq!((list.groups[0].name.as_str(), list.groups[0].comment.as_str()), ("GROUP", "ONE"));
    assert!(list.servers[0].server_type & server_type::MASTER_BROWSER != 0);
}

#[test]
fn who_comes_later_finds_the_master_and_is_listed() {
    let mut network = Network::new();
    let first = network.join(config("ZZZ"));
    network.run(MINUTE);
    network.join(config("AAA"));
    let third = network.join(BrowserConfig { can_back_up: false, ..config("BBB") });
    network.run(5 * MINUTE);
    assert_eq!(network.masters(), ["ZZZ"], "nobody is turned out by a newcomer");
    assert_eq!(network.names(first), ["AAA", "BBB", "ZZZ"]);
    assert_eq!(network.browsers[third].1.role(), BrowserRole::Potential);
    assert_eq!(network.browsers[third].1.master(), Some("ZZZ"));
    // One backup browser for so few.
    assert_eq!(network.browsers[1].1.role(), BrowserRole::Backup);
    assert_eq!(network.names(1), ["AAA", "BBB", "ZZZ"]);
    let now = network.now;
    let request = BrowserFrame::GetBackupListRequest { requested_count: 4, token: 9 };
    let to = NetbiosName::new("GROUP", 0x1d).unwrap();
    network.browsers[first].1.receive(&request, "CLIENT", to, now, &mut || 0);
    network.deliver();
    let servers = vec!["AAA".into(), "ZZZ".into()];
    assert_eq!(
        network.browsers[first].2.last(),
        Some(&BrowserFrame::GetBackupListResponse { token: 9, servers })
    );
    network.browsers[third].1.receive(&request, "CLIENT", to, now, &mut || 0);
    assert_eq!(network.browsers[third].1.next_action(), None, "only the master answers");
}

#[test]
fn elections_are_won_by_criteria_then_by_age_then_by_name() {
    for (first, second, winner) in [
        (config("ZZZ"), BrowserConfig { preferred_master: true, ..config("AAA") }, "AAA"),
        (BrowserConfig { preferred_master: true, ..config("ZZZ") }, config("AAA"), "ZZZ"),
        (config("ZZZ"), config("AAA"), "AAA"),
    ] {
        let mut network = Network::new();
        network.join(first);
        network.join(second);
        network.run(2 * MINUTE);
        assert_eq!(network.masters(), [winner]);
    }
    // Of two masters that meet, the one that has been there longer stays.
    let mut old = Network::new();
    old.join(config("ZZZ"));
    old.run(10 * MINUTE);
    let mut new = Network::new();
    new.now = old.now - MINUTE;
    new.join(config("AAA"));
    new.run(MINUTE);
    assert_eq!((old.masters(), new.masters()), (vec!["ZZZ"], vec!["AAA"]));
    old.browsers.append(&mut new.browsers);
    old.run(30 * MINUTE);
    assert_eq!(old.masters(), ["ZZZ"]);
    assert_eq!(old.names(0), ["AAA", "ZZZ"]);
}

#[test]
fn what_is_silent_is_forgotten_and_who_says_goodbye_at_once() {
    let mut network = Network::new();
    let master = network.join(config("M"));
    network.run(MINUTE);
    network.join(BrowserConfig { can_back_up: false, ..config("QUIET") });
    network.join(BrowserConfig { can_back_up: false, ..config("POLITE") });
    network.run(30 * MINUTE);
    assert_eq!(network.names(master), ["M", "POLITE", "QUIET"]);
    network.browsers[2].1.leave();
    network.deliver();
    assert_eq!(network.names(master), ["M", "QUIET"]);
    network.browsers.truncate(2);
    network.browsers.remove(1);
    network.run(33 * MINUTE);
    assert_eq!(network.names(master), ["M", "QUIET"], "three announcements may be missed");
    network.run(20 * MINUTE);
    assert_eq!(network.names(master), ["M"]);
}

#[test]
fn a_backup_browser_takes_over_with_its_list() {
    let mut network = Network::new();
    network.join(config("M"));
    network.run(MINUTE);
    let backup = network.join(config("B"));
    network.join(BrowserConfig { can_back_up: false, ..config("C") });
    network.run(15 * MINUTE);
    assert_eq!(network.browsers[backup].1.role(), BrowserRole::Backup);
    network.browsers[0].1.leave();
    network.deliver();
    network.browsers.remove(0);
    network.holder = None;
    network.run(MINUTE);
    assert_eq!(network.masters(), ["B"]);
    assert!(network.names(0).contains(&"C".to_owned()));
}

/// Other implementations call no election when they go: they announce once more that they are nothing.
#[test]
fn a_master_that_takes_its_leave_is_followed_by_another() {
    let mut network = Network::new();
    network.join(BrowserConfig { can_back_up: false, ..config("B") });
    network.join(BrowserConfig { can_back_up: false, ..config("C") });
    let (now, to) = (network.now, NetbiosName::new("GROUP", NetbiosName::BROWSERS).unwrap());
    let said = |server_type| {
        let update_count = 0;
        let (version, comment) = ((4, 9), String::new());
        BrowserFrame::LocalMasterAnnouncement(Announcement {
            update_count,
            periodicity: 60_000,
            name: "OTHER".into(),
            version,
            server_type,
            browser_version: Announcement::VERSION,
            signature: Announcement::SIGNATURE,
            comment,
        })
    };
    let tell = |network: &mut Network, server_type, source: &str| {
        for (_, browser, _) in &mut network.browsers {
            browser.receive(&said(server_type), source, to, now, &mut || 0);
        }
    };
    network.holder = Some(9);
    tell(&mut network, server_type::MASTER_BROWSER, "OTHER");
    network.run(MINUTE);
    assert!(network.masters().is_empty() && network.browsers[0].1.master() == Some("OTHER"));
    network.holder = None;
    tell(&mut network, 0, "OTHER");
    network.run(MINUTE);
    assert_eq!(network.masters().len(), 1);
}

/// KB191611
#[test]
fn nobody_runs_against_itself_on_another_network() {
    let mut network = Network::new();
    let master = network.join(BrowserConfig { preferred_master: true, ..config("TWICE") });
    network.run(MINUTE);
    assert_eq!(network.masters(), ["TWICE"]);
    let (now, to) = (network.now, NetbiosName::new("GROUP", NetbiosName::BROWSERS).unwrap());
    let own = network.browsers[master].2.clone();
    for frame in own {
        network.browsers[master].1.receive(&frame, "Twice", to, now, &mut || 0);
        // Not even if somebody says it for it.
        network.browsers[master].1.receive(&frame, "OTHER", to, now, &mut || 0);
    }
    network.run(5 * MINUTE);
    assert_eq!(network.masters(), ["TWICE"]);
}

#[test]
fn what_datagrams_ask_for_ends_no_service() {
    let mut network = Network::new();
    let master = network.join(config("M"));
    network.run(MINUTE);
    let (now, to) = (network.now, NetbiosName::new("GROUP", NetbiosName::BROWSERS).unwrap());
    let reset = |state| BrowserFrame::ResetState(state);
    network.browsers[master].1.receive(&reset(ResetState::STOP), "X", to, now, &mut || 0);
    assert_eq!(network.masters(), ["M"]);
    network.browsers[master].1.receive(&reset(ResetState::STOP_MASTER), "X", to, now, &mut || 0);
    network.deliver();
    assert!(network.masters().is_empty() && network.holder.is_none());
    let election = BrowserFrame::RequestElection(Election { version: 1, ..Election::default() });
    network.browsers[master].1.receive(&election, "X", to, now, &mut || 0);
    network.run(MINUTE);
    assert_eq!(network.masters(), ["M"]);
}

#[test]
fn a_name_that_is_not_to_be_had_is_tried_again_later() {
    let mut network = Network::new();
    network.join(config("M"));
    network.holder = Some(99);
    network.run(5 * MINUTE);
    assert!(network.masters().is_empty());
    network.holder = None;
    network.run(5 * MINUTE);
    assert_eq!(network.masters(), ["M"]);
}

fn announcement() -> impl Strategy<Value = Announcement> {
    ("[A-Z]{1,4}", any::<u32>(), any::<u32>()).prop_map(|(name, periodicity, server_type)| Announcement {
        name,
        periodicity,
        server_type,
        ..Announcement::default()
    })
}

fn frame() -> impl Strategy<Value = BrowserFrame> {
    prop_oneof![
        announcement().prop_map(BrowserFrame::HostAnnouncement),
        announcement().prop_map(BrowserFrame::LocalMasterAnnouncement),
        announcement().prop_map(BrowserFrame::DomainAnnouncement),
        (any::<u32>(), any::<u32>(), "[A-Z]{0,2}").prop_map(|(criteria, uptime, name)| {
            BrowserFrame::RequestElection(Election { version: 1, criteria, uptime, name })
        }),
        (any::<u8>(), any::<u32>()).prop_map(|(requested_count, token)| BrowserFrame::GetBackupListRequest {
            requested_count,
            token
        }),
        "[A-Z]{1,2}".prop_map(|browser| BrowserFrame::BecomeBackup { browser }),
        (0u8..5).prop_map(|state| BrowserFrame::ResetState(ResetState(state))),
        Just(BrowserFrame::AnnouncementRequest { response_name: "X".into() }),
    ]
}

proptest! {
    /// Whatever strangers say, there is at most one master, it has the name, and what waits is bounded.
    #[test]
    fn there_is_one_master_at_most(steps in prop::collection::vec((frame(), 0u64..2000, 0usize..3), 1..60)) {
        let mut network = Network::new();
        for name in ["A", "B", "C"] {
            network.join(config(name));
        }
        let to = NetbiosName::new("GROUP", NetbiosName::BROWSERS).unwrap();
        for (frame, wait, place) in steps {
            let now = network.now;
            let mut seed = network.seed;
            network.browsers[place].1.receive(&frame, "STRANGER", to, now, &mut || random(&mut seed));
            network.run(Duration::from_millis(wait));
            let masters = network.masters();
            prop_assert!(masters.len() <= 1, "{masters:?}");
            if let Some(master) = masters.first() {
                prop_assert_eq!(network.holder.map(|holder| network.browsers[holder].0.as_str()), Some(*master));
            }
        }
    }
}
