//! A browser on one subnet ([MS-BRWS] 3.3): whether it keeps the list of servers there, and what it says and hears about that. A machine on several
//! subnets has one for each; they know of each other by their one name, which none of them runs against (KB191611).

use super::lists::Lists;
use super::{Announcement, BrowserFrame, BrowserList, Election, ResetState, server_type};
use crate::NetbiosName;
use core::cmp::Ordering;
use core::time::Duration;
use std::collections::VecDeque;

/// [MS-BRWS] 3.3.1 Current Role
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserRole {
    /// It could keep a list.
    Potential,
    /// It has a copy of the master's.
    Backup,
    /// It keeps the list.
    Master,
}

/// What a browser is, wherever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserConfig {
    /// The computer's name.
    pub name: String,
    /// The workgroup or domain.
    pub group: String,
    /// What people read beside the name.
    pub comment: String,
    /// SV_TYPE bits, without those of browsers.
    pub server_type: u32,
    /// Major and minor version.
    pub version: (u8, u8),
    /// It is to be the master where it can ([MS-BRWS] 2.2.3 Preferred master).
    pub preferred_master: bool,
    /// It can get copies of a master's list, so that it can be a backup browser.
    pub can_back_up: bool,
}

/// The mailslot a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailslot {
    /// `\MAILSLOT\BROWSE`
    Browse,
    /// `\MAILSLOT\LANMAN`
    Lanman,
}

/// What is to be done for a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserAction {
    /// Sends a frame, to all who have the name.
    Send(NetbiosName, Mailslot, BrowserFrame),
    /// Sends a frame to the one computer the last frame came from.
    Answer(NetbiosName, BrowserFrame),
    /// Claims the name of the master browser; [`Browser::claimed`] hears of it.
    ClaimMaster,
    /// Gives that name up.
    ReleaseMaster,
    /// Gets the list of this master; [`Browser::fetched`] hears of it.
    Fetch(String),
}

/// A running election ([MS-BRWS] 3.3.5.8).
#[derive(Debug, Clone, Copy)]
struct Candidacy {
    sent: u32,
    due: Duration,
    /// The one before was won, too.
    won_before: bool,
}

/// Something that is done again and again, at first more often.
#[derive(Debug, Clone, Copy, Default)]
struct Repeated {
    count: usize,
    due: Option<Duration>,
}

impl Repeated {
    /// The time until it is done the next time, by minutes for each time; the last goes on for ever.
    fn again(&mut self, minutes: &[u64], now: Duration) -> Duration {
        let place = self.count.min(minutes.len().saturating_sub(1));
        let span = Duration::from_secs(minutes.get(place).copied().unwrap_or(1).saturating_mul(60));
        self.count = self.count.saturating_add(1);
        self.due = Some(now.saturating_add(span));
        span
    }

    fn is_due(self, now: Duration) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

/// [MS-BRWS] 3.2.6 and 3.3.6: minutes between announcements.
const HOST: &[u64] = &[1, 1, 2, 4, 8, 12];
const LOCAL_MASTER: &[u64] = &[2, 2, 4, 8, 12];
const DOMAIN: &[u64] = &[1, 1, 5, 5, 10, 10, 15];

/// FindMaster timer, and how often it may run out ([MS-BRWS] 3.3.2, note 49).
const FIND_MASTER: Duration = Duration::from_millis(1500);
const MAX_SEARCHES: u32 = 3;

/// Frames that win an election, and those after which it is lost ([MS-BRWS] 3.3.6).
const WINNING: u32 = 4;
const LOSING: u32 = 30;

/// When to try again to be master where the name was not to be had, and when to look for a master again that is silent.
const RETRY: Duration = Duration::from_secs(60);

/// NetServerEnum2 timer ([MS-BRWS] 3.3.2)
const REFRESH: Duration = Duration::from_secs(12 * 60);

/// The least time between two answers to everybody who asks for them.
const HOLD_OFF: Duration = Duration::from_secs(1);

/// A browser on one subnet. It sends nothing itself and knows no clock: frames come in with the time, and actions come out.
#[derive(Debug)]
pub struct Browser {
    config: BrowserConfig,
    role: BrowserRole,
    started: Duration,
    lists: Lists,
    /// The master browser that was heard of, and when.
    master: Option<(String, Duration)>,
    candidacy: Option<Candidacy>,
    claiming: bool,
    search: Option<(u32, Duration)>,
    host: Repeated,
    local_master: Repeated,
    domain: Repeated,
    /// When an AnnouncementRequest is answered.
    answer_due: Option<Duration>,
    last_told: Option<Duration>,
    refresh_due: Option<Duration>,
    failed_fetches: u32,
    changed: bool,
    actions: VecDeque<BrowserAction>,
}

/// Most actions that wait to be taken.
const MAX_ACTIONS: usize = 64;

impl Browser {
    /// A potential browser that announces itself and looks for a master. `random` gives numbers nobody can guess.
    #[must_use]
    pub fn new(config: BrowserConfig, now: Duration, random: &mut dyn FnMut() -> u32) -> Self {
        let mut browser = Self {
            role: BrowserRole::Potential,
            started: now,
            lists: Lists::default(),
            master: None,
            candidacy: None,
            claiming: false,
            search: None,
            host: Repeated::default(),
            local_master: Repeated::default(),
            domain: Repeated::default(),
            answer_due: None,
            last_told: None,
            refresh_due: None,
            failed_fetches: 0,
            changed: true,
            actions: VecDeque::new(),
            config,
        };
        browser.announce(now);
        if browser.config.preferred_master {
            browser.stand(now, random);
        } else {
            browser.look_for_master(now);
        }
        browser
    }

    /// What it does.
    #[must_use]
    pub const fn role(&self) -> BrowserRole {
        self.role
    }

    /// The master browser it knows of, itself if it is that.
    #[must_use]
    pub fn master(&self) -> Option<&str> {
        match self.role {
            BrowserRole::Master => Some(&self.config.name),
            _ => self.master.as_ref().map(|(name, _)| name.as_str()),
        }
    }

    /// What it knows of, itself included.
    #[must_use]
    pub fn list(&self) -> BrowserList {
        self.lists.list()
    }

    /// Whether what others are told has changed since this was asked last.
    pub const fn take_changed(&mut self) -> bool {
        core::mem::replace(&mut self.changed, false)
    }

    /// Says something else beside its name from now on.
    pub fn set_comment(&mut self, comment: String, now: Duration) {
        if comment != self.config.comment {
            self.config.comment = comment;
            self.announce(now);
        }
    }

    /// The next thing that is to be done.
    pub fn next_action(&mut self) -> Option<BrowserAction> {
        self.actions.pop_front()
    }

    /// When [`Browser::tick`] has something to do.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Duration> {
        let own = [
            self.candidacy.map(|candidacy| candidacy.due),
            self.search.map(|(_, due)| due),
            self.host.due,
            self.local_master.due,
            self.domain.due,
            self.answer_due,
            self.refresh_due,
            self.lists.next_expiry(),
        ];
        own.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Duration, random: &mut dyn FnMut() -> u32) {
        if self.candidacy.is_some_and(|candidacy| candidacy.due <= now) {
            self.campaign(now);
        }
        if let Some((searches, due)) = self.search
            && due <= now
        {
            self.search_on(searches, now, random);
        }
        let asked = self.answer_due.is_some_and(|due| due <= now);
        if asked || self.host.is_due(now) {
            self.answer_due = None;
            self.announce(now);
        }
        if self.role == BrowserRole::Master {
            if self.local_master.is_due(now) {
                self.announce_master(now);
            }
            if self.domain.is_due(now) {
                self.announce_group(now);
            }
        }
        if self.refresh_due.is_some_and(|due| due <= now) {
            self.refresh(now);
        }
        if self.lists.expire(now) {
            self.changed = true;
            self.promote(now);
        }
    }

    /// Takes a frame that came for `destination` from the computer that calls itself `source`.
    pub fn receive(
        &mut self,
        frame: &BrowserFrame,
        source: &str,
        destination: NetbiosName,
        now: Duration,
        random: &mut dyn FnMut() -> u32,
    ) {
        // What it says on one network it hears on another: it is no one to run against.
        if self.is_own(source) {
            return;
        }
        match frame {
            BrowserFrame::HostAnnouncement(said) => self.hear_host(said, now, random),
            BrowserFrame::AnnouncementRequest { .. } => self.hear_request(destination, now, random),
            BrowserFrame::RequestElection(other) => self.hear_candidate(other, now, random),
            BrowserFrame::GetBackupListRequest { requested_count, token } => {
                self.tell_backups(*requested_count, *token, source);
            }
            BrowserFrame::BecomeBackup { browser } if self.is_own(browser) => self.become_backup(now),
            BrowserFrame::DomainAnnouncement(said) => self.hear_group(said, now),
            BrowserFrame::ResetState(state) => self.reset(*state, now),
            BrowserFrame::LocalMasterAnnouncement(said) => self.hear_master(said, now, random),
            // 3.3.5: of no meaning to a browser that is no domain's.
            BrowserFrame::GetBackupListResponse { .. }
            | BrowserFrame::BecomeBackup { .. }
            | BrowserFrame::MasterAnnouncement { .. } => {}
        }
    }

    /// Hears whether the name of the master browser is its own now.
    pub fn claimed(&mut self, have_it: bool, now: Duration) {
        if !core::mem::take(&mut self.claiming) {
            // It was beaten meanwhile.
            if have_it {
                self.act(BrowserAction::ReleaseMaster);
            }
            return;
        }
        if !have_it {
            self.search = Some((0, now.saturating_add(RETRY)));
            return;
        }
        let copied = self.role == BrowserRole::Backup && !self.lists.is_empty();
        if !copied {
            self.lists.clear();
        }
        self.role = BrowserRole::Master;
        (self.master, self.search, self.refresh_due) = (None, None, None);
        (self.local_master, self.domain) = (Repeated::default(), Repeated::default());
        self.announce_master(now);
        self.announce_group(now);
        self.note_self(now);
        if !copied {
            self.send(
                self.of_group(NetbiosName::WORKSTATION),
                BrowserFrame::AnnouncementRequest { response_name: self.config.name.clone() },
            );
        }
    }

    /// Hears what list a master has, or that it has none.
    pub fn fetched(&mut self, list: Option<&BrowserList>, now: Duration, random: &mut dyn FnMut() -> u32) {
        if self.role == BrowserRole::Master {
            return;
        }
        let Some(list) = list else {
            self.failed_fetches = self.failed_fetches.saturating_add(1);
            // 3.3.6 NetServerEnum2 Timer: twice in succession.
            if self.failed_fetches >= 2 && self.role == BrowserRole::Backup {
                self.failed_fetches = 0;
                self.stand(now, random);
            }
            return;
        };
        self.failed_fetches = 0;
        self.lists.replace(list, now.saturating_add(REFRESH.saturating_mul(3)));
        self.changed = true;
        if self.role == BrowserRole::Potential {
            self.role = BrowserRole::Backup;
            self.announce(now);
        }
    }

    /// Says goodbye ([MS-BRWS] 3.2.7, 3.3.7), so that others need not wait until it is missed.
    pub fn leave(&mut self) {
        let gone = Announcement { server_type: 0, ..self.announcement(0) };
        self.send(self.of_group(NetbiosName::LOCAL_MASTER), BrowserFrame::HostAnnouncement(gone));
        if self.role == BrowserRole::Master {
            self.act(BrowserAction::ReleaseMaster);
            let election = Election { version: 1, ..Election::default() };
            self.send(self.of_group(NetbiosName::BROWSERS), BrowserFrame::RequestElection(election));
        }
        self.role = BrowserRole::Potential;
    }

    fn is_own(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(&self.config.name)
    }

    fn of_group(&self, suffix: u8) -> NetbiosName {
        NetbiosName::new(&self.config.group, suffix).unwrap_or(NetbiosName::ANY)
    }

    fn act(&mut self, action: BrowserAction) {
        if self.actions.len() < MAX_ACTIONS {
            self.actions.push_back(action);
        }
    }

    fn send(&mut self, to: NetbiosName, frame: BrowserFrame) {
        self.act(BrowserAction::Send(to, Mailslot::Browse, frame));
    }

    /// Its SV_TYPE bits at this moment.
    fn server_type(&self) -> u32 {
        let role = match self.role {
            BrowserRole::Potential => 0,
            BrowserRole::Backup => server_type::BACKUP_BROWSER,
            BrowserRole::Master => server_type::MASTER_BROWSER,
        };
        self.config.server_type | server_type::POTENTIAL_BROWSER | role
    }

    fn announcement(&self, periodicity: u32) -> Announcement {
        Announcement {
            update_count: 0,
            periodicity,
            name: self.config.name.clone(),
            version: self.config.version,
            server_type: self.server_type(),
            browser_version: Announcement::VERSION,
            signature: Announcement::SIGNATURE,
            comment: self.config.comment.clone(),
        }
    }

    /// [MS-BRWS] 3.2.5.2
    fn announce(&mut self, now: Duration) {
        let span = self.host.again(HOST, now);
        if self.role == BrowserRole::Master {
            self.note_self(now);
            return;
        }
        let frame = BrowserFrame::HostAnnouncement(self.announcement(millis(span)));
        self.send(self.of_group(NetbiosName::LOCAL_MASTER), frame);
    }

    /// A master is in its own list.
    fn note_self(&mut self, now: Duration) {
        let own = self.announcement(millis(REFRESH.saturating_mul(2)));
        self.lists.server(&own, now);
        let group = Announcement {
            name: self.config.group.clone(),
            comment: self.config.name.clone(),
            server_type: server_type::DOMAIN_ENUM | server_type::NT,
            ..own
        };
        self.lists.group(&group, now);
        self.changed = true;
    }

    fn announce_master(&mut self, now: Duration) {
        let span = self.local_master.again(LOCAL_MASTER, now);
        self.last_told = Some(now);
        let frame = BrowserFrame::LocalMasterAnnouncement(self.announcement(millis(span)));
        self.send(self.of_group(NetbiosName::BROWSERS), frame);
    }

    fn announce_group(&mut self, now: Duration) {
        let span = self.domain.again(DOMAIN, now);
        let group = Announcement {
            name: self.config.group.clone(),
            comment: self.config.name.clone(),
            server_type: server_type::DOMAIN_ENUM | server_type::NT,
            ..self.announcement(millis(span))
        };
        self.send(NetbiosName::MASTER_BROWSERS, BrowserFrame::DomainAnnouncement(group));
    }

    fn look_for_master(&mut self, now: Duration) {
        self.search = Some((1, now.saturating_add(FIND_MASTER)));
        let response_name = self.config.name.clone();
        self.send(
            self.of_group(NetbiosName::LOCAL_MASTER),
            BrowserFrame::AnnouncementRequest { response_name },
        );
    }

    fn search_on(&mut self, searches: u32, now: Duration, random: &mut dyn FnMut() -> u32) {
        if searches >= MAX_SEARCHES {
            self.search = None;
            self.stand(now, random);
            return;
        }
        self.look_for_master(now);
        if let Some((count, _)) = &mut self.search {
            *count = searches.saturating_add(1);
        }
    }

    /// [MS-BRWS] 3.3.5.3
    fn hear_host(&mut self, said: &Announcement, now: Duration, random: &mut dyn FnMut() -> u32) {
        if self.role != BrowserRole::Master || self.is_own(&said.name) {
            return;
        }
        if said.server_type & server_type::MASTER_BROWSER != 0 && !self.yields(said, now) {
            self.stand(now, random);
        }
        if self.role == BrowserRole::Master {
            self.lists.server(said, now);
            self.changed = true;
            self.promote(now);
        }
    }

    /// Makes way for a domain controller that is master already.
    fn yields(&mut self, said: &Announcement, now: Duration) -> bool {
        let controller = said.server_type & server_type::DOMAIN_CONTROLLER != 0;
        if controller {
            self.demote(Some((said.name.clone(), now)));
        }
        controller
    }

    /// [MS-BRWS] 3.2.5.1; a master answers for itself at once to those who look for it.
    fn hear_request(&mut self, destination: NetbiosName, now: Duration, random: &mut dyn FnMut() -> u32) {
        let told = self.last_told.is_some_and(|told| now.saturating_sub(told) < HOLD_OFF);
        if self.role == BrowserRole::Master && destination.suffix() == NetbiosName::LOCAL_MASTER && !told {
            self.announce_master(now);
        }
        let wait = Duration::from_millis(between(random(), 0, 30_000));
        self.answer_due.get_or_insert(now.saturating_add(wait));
    }

    /// [MS-BRWS] 3.3.5.2
    fn hear_master(&mut self, said: &Announcement, now: Duration, random: &mut dyn FnMut() -> u32) {
        if self.is_own(&said.name) {
            return;
        }
        if said.server_type & server_type::MASTER_BROWSER == 0 {
            return self.miss(&said.name, now);
        }
        if self.role == BrowserRole::Master {
            // Two of them: 3.3.5.8 has an election decide.
            if !self.yields(said, now) {
                self.stand(now, random);
            }
            return;
        }
        self.master = Some((said.name.clone(), now));
        self.search = None;
    }

    /// Who was the master takes its leave: whoever is there now is looked for, and an election decides if nobody is.
    fn miss(&mut self, name: &str, now: Duration) {
        let was = self.master.as_ref().is_some_and(|(master, _)| master.eq_ignore_ascii_case(name));
        if was && self.role != BrowserRole::Master {
            self.master = None;
            self.look_for_master(now);
        }
    }

    fn hear_group(&mut self, said: &Announcement, now: Duration) {
        if self.role == BrowserRole::Master && !said.name.eq_ignore_ascii_case(&self.config.group) {
            self.lists.group(said, now);
            self.changed = true;
        }
    }

    /// [MS-BRWS] 3.3.5.9. Where there is no backup browser, and behind them, the master itself can be asked.
    fn tell_backups(&mut self, requested_count: u8, token: u32, source: &str) {
        if self.role != BrowserRole::Master {
            return;
        }
        let Some(to) = NetbiosName::new(source, NetbiosName::WORKSTATION) else { return };
        let own = core::iter::once(self.config.name.as_str());
        let servers = self.lists.backups().chain(own).take(usize::from(requested_count.clamp(1, 16)));
        let servers = servers.map(str::to_owned).collect();
        self.act(BrowserAction::Answer(to, BrowserFrame::GetBackupListResponse { token, servers }));
    }

    /// [MS-BRWS] 3.3.5.7
    fn promote(&mut self, now: Duration) {
        if self.role != BrowserRole::Master {
            return;
        }
        if let Some(browser) = self.lists.candidate(now)
            && !self.is_own(&browser)
        {
            self.send(self.of_group(NetbiosName::BROWSERS), BrowserFrame::BecomeBackup { browser });
        }
    }

    /// [MS-BRWS] 3.3.5.1
    fn become_backup(&mut self, now: Duration) {
        if self.role == BrowserRole::Potential && self.config.can_back_up {
            self.refresh(now);
        }
    }

    fn refresh(&mut self, now: Duration) {
        self.refresh_due = Some(now.saturating_add(REFRESH));
        match self.master.clone() {
            Some((master, _)) => self.act(BrowserAction::Fetch(master)),
            None => self.look_for_master(now),
        }
    }

    /// [MS-BRWS] 3.3.5.10. Nobody is told by a datagram that proves nothing to end its service.
    fn reset(&mut self, state: ResetState, now: Duration) {
        if !matches!(state, ResetState::STOP_MASTER | ResetState::CLEAR_ALL) {
            return;
        }
        match self.role {
            BrowserRole::Master => self.demote(None),
            BrowserRole::Backup if state == ResetState::CLEAR_ALL => {
                self.role = BrowserRole::Potential;
                (self.refresh_due, self.changed) = (None, true);
                self.lists.clear();
                self.announce(now);
            }
            BrowserRole::Backup | BrowserRole::Potential => {}
        }
    }

    fn demote(&mut self, by: Option<(String, Duration)>) {
        self.role = BrowserRole::Potential;
        (self.local_master, self.domain) = (Repeated::default(), Repeated::default());
        self.candidacy = None;
        self.master = by;
        self.lists.clear();
        self.changed = true;
        self.act(BrowserAction::ReleaseMaster);
    }

    /// [MS-BRWS] 2.2.3 Criteria
    fn criteria(&self) -> u32 {
        let role = match self.role {
            BrowserRole::Master => 0x04,
            BrowserRole::Backup => 0x01,
            BrowserRole::Potential => 0,
        };
        0x2001_0f00 | role | if self.config.preferred_master { 0x08 } else { 0 }
    }

    fn uptime(&self, now: Duration) -> u32 {
        u32::try_from(now.saturating_sub(self.started).as_secs()).unwrap_or(u32::MAX)
    }

    /// Takes part in an election from now on, if it does not yet.
    fn stand(&mut self, now: Duration, random: &mut dyn FnMut() -> u32) {
        if self.candidacy.is_none() && !self.claiming {
            let due = now.saturating_add(self.delay(random));
            self.candidacy = Some(Candidacy { sent: 0, due, won_before: false });
        }
    }

    fn delay(&self, random: &mut dyn FnMut() -> u32) -> Duration {
        Duration::from_millis(match self.role {
            BrowserRole::Master => 100,
            BrowserRole::Backup => between(random(), 200, 600),
            BrowserRole::Potential => between(random(), 800, 3000),
        })
    }

    /// [MS-BRWS] 3.3.5.8
    fn hear_candidate(&mut self, other: &Election, now: Duration, random: &mut dyn FnMut() -> u32) {
        if self.is_own(&other.name) {
            return;
        }
        let own = (self.criteria(), self.uptime(now));
        let better = own.cmp(&(other.criteria, other.uptime)).then_with(|| {
            // The name that comes first in the alphabet wins.
            other.name.to_ascii_uppercase().cmp(&self.config.name.to_ascii_uppercase())
        });
        self.search = None;
        if better != Ordering::Greater {
            self.lose();
            return;
        }
        let delay = self.delay(random);
        match &mut self.candidacy {
            None => self.stand(now, random),
            Some(candidacy) if candidacy.sent < WINNING && !candidacy.won_before => {
                candidacy.won_before = true;
                candidacy.due = now.saturating_add(delay);
            }
            Some(_) => {}
        }
    }

    fn lose(&mut self) {
        (self.candidacy, self.claiming) = (None, false);
        if self.role == BrowserRole::Master {
            self.demote(None);
        }
    }

    /// [MS-BRWS] 3.3.6 Election Delay Timer
    fn campaign(&mut self, now: Duration) {
        let Some(mut candidacy) = self.candidacy.take() else { return };
        candidacy.sent = candidacy.sent.saturating_add(1);
        if candidacy.sent > LOSING {
            self.lose();
            return;
        }
        let election = Election {
            version: 1,
            criteria: self.criteria(),
            uptime: self.uptime(now),
            name: self.config.name.clone(),
        };
        self.send(self.of_group(NetbiosName::BROWSERS), BrowserFrame::RequestElection(election));
        if candidacy.sent < WINNING {
            candidacy.due = now.saturating_add(Duration::from_secs(1));
            self.candidacy = Some(candidacy);
        } else if self.role == BrowserRole::Master {
            self.announce_master(now);
        } else {
            self.claiming = true;
            self.act(BrowserAction::ClaimMaster);
        }
    }
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

/// A number from `least` up to `most`.
fn between(random: u32, least: u64, most: u64) -> u64 {
    let span = most.saturating_sub(least).saturating_add(1);
    least.saturating_add(u64::from(random).checked_rem(span).unwrap_or(0))
}
