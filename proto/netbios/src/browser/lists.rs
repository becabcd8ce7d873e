use super::{Announcement, server_type};
use core::time::Duration;
use std::collections::BTreeMap;

/// Most servers that are kept, and most groups.
const MAX_SERVERS: usize = 2_048;
const MAX_GROUPS: usize = 512;

/// The shortest and the longest time between announcements that is believed.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);

/// How many announcements may be missed ([MS-BRWS] 3.3.6 Server Expiration Timer).
const MISSED: u32 = 3;

/// A server or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownServer {
    /// Its name, in upper case.
    pub name: String,
    /// Major and minor version.
    pub version: (u8, u8),
    /// SV_TYPE bits.
    pub server_type: u32,
    /// What people read beside its name; of a group its master browser.
    pub comment: String,
}

/// What is known of a subnet, each name once and in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrowserList {
    /// The servers of the own group.
    pub servers: Vec<KnownServer>,
    /// The groups.
    pub groups: Vec<KnownServer>,
}

/// What announced itself, until it does no more.
#[derive(Debug, Default)]
pub(super) struct Lists {
    servers: BTreeMap<String, Entry>,
    groups: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    known: KnownServer,
    expires: Duration,
    /// When it was last asked to become a backup browser.
    asked: Option<Duration>,
}

impl Lists {
    pub(super) fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.servers.clear();
        self.groups.clear();
    }

    /// Takes what a server says of itself. One of no type at all is going away ([MS-BRWS] 3.2.7).
    pub(super) fn server(&mut self, said: &Announcement, now: Duration) {
        announce(&mut self.servers, said, MAX_SERVERS, now);
    }

    pub(super) fn group(&mut self, said: &Announcement, now: Duration) {
        announce(&mut self.groups, said, MAX_GROUPS, now);
    }

    /// Everything, as somebody else had it.
    pub(super) fn replace(&mut self, list: &BrowserList, until: Duration) {
        self.clear();
        for (known, into, most) in
            [(&list.servers, &mut self.servers, MAX_SERVERS), (&list.groups, &mut self.groups, MAX_GROUPS)]
        {
            for server in known.iter().take(most) {
                let entry = Entry { known: server.clone(), expires: until, asked: None };
                into.insert(server.name.to_ascii_uppercase(), entry);
            }
        }
    }

    /// Forgets what announces itself no more. Answers whether that was anything.
    pub(super) fn expire(&mut self, now: Duration) -> bool {
        let before = self.servers.len().saturating_add(self.groups.len());
        self.servers.retain(|_, entry| now < entry.expires);
        self.groups.retain(|_, entry| now < entry.expires);
        before != self.servers.len().saturating_add(self.groups.len())
    }

    pub(super) fn next_expiry(&self) -> Option<Duration> {
        self.servers.values().chain(self.groups.values()).map(|entry| entry.expires).min()
    }

    /// The backup browsers.
    pub(super) fn backups(&self) -> impl Iterator<Item = &str> {
        self.servers.values().filter(|e| is(e, server_type::BACKUP_BROWSER)).map(|e| e.known.name.as_str())
    }

    /// Somebody who could become a backup browser and was not asked for a while, if there are too few: one for 32 servers begun ([MS-BRWS] 3.3.5.7).
    pub(super) fn candidate(&mut self, now: Duration) -> Option<String> {
        let wanted = self.servers.len().div_ceil(32);
        if self.backups().count() >= wanted {
            return None;
        }
        let candidate = self.servers.values_mut().find(|entry| {
            let could = is(entry, server_type::POTENTIAL_BROWSER) && !is(entry, server_type::BACKUP_BROWSER);
            could && entry.asked.is_none_or(|asked| now.saturating_sub(asked) >= SHORTEST)
        })?;
        candidate.asked = Some(now);
        Some(candidate.known.name.clone())
    }

    pub(super) fn list(&self) -> BrowserList {
        let known = |entries: &BTreeMap<String, Entry>| entries.values().map(|e| e.known.clone()).collect();
        BrowserList { servers: known(&self.servers), groups: known(&self.groups) }
    }
}

fn is(entry: &Entry, bit: u32) -> bool {
    entry.known.server_type & bit != 0
}

fn announce(entries: &mut BTreeMap<String, Entry>, said: &Announcement, most: usize, now: Duration) {
    let name = said.name.to_ascii_uppercase();
    if said.server_type == 0 {
        entries.remove(&name);
        return;
    }
    let full = entries.len() >= most && !entries.contains_key(&name);
    if full || name.is_empty() {
        return;
    }
    let period = Duration::from_millis(said.periodicity.into()).clamp(SHORTEST, LONGEST);
    let asked = entries.get(&name).and_then(|entry| entry.asked);
    let known = KnownServer {
        name: name.clone(),
        version: said.version,
        server_type: said.server_type,
        comment: said.comment.clone(),
    };
    entries.insert(name, Entry { known, expires: now.saturating_add(period.saturating_mul(MISSED)), asked });
}
