//! The servers and groups that are known of on the networks ([MS-BRWS] 3.3.1). The browser service says what is there; whoever lists servers reads it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};

/// [MS-BRWS] 3.3.1 Current Role: what a browser does for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BrowserRole {
    /// It has no list but could be asked to keep one.
    Potential,
    /// It has a copy of the master's list.
    Backup,
    /// It keeps the list.
    Master,
}

/// A server or a group of servers, as its announcement tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowseEntry {
    /// Its name of NetBIOS, in upper case.
    pub name: String,
    /// Major and minor version.
    pub version: (u8, u8),
    /// SV_TYPE bits ([MS-RAP] 2.5.5.2.1).
    pub server_type: u32,
    /// What people read beside its name; of a group the name of its master browser.
    pub comment: String,
}

/// What is known of one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkList {
    /// What the browser does there.
    pub role: BrowserRole,
    /// The servers of the own group.
    pub servers: Vec<BrowseEntry>,
    /// The groups.
    pub groups: Vec<BrowseEntry>,
}

/// Why nobody is told of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoServers {
    /// There is no browser.
    NoBrowser,
    /// It is a potential browser and has no list (ERROR_REQ_NOT_ACCEP).
    Potential,
}

/// The lists, by the address that the server has on each network.
#[derive(Debug, Default)]
pub struct BrowseList(RwLock<BTreeMap<IpAddr, NetworkList>>);

impl BrowseList {
    /// Says what is known of the network on which the server has the address `local`.
    pub fn publish(&self, local: IpAddr, list: NetworkList) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(local, list);
    }

    /// Says that nothing is known of a network any more.
    pub fn withdraw(&self, local: IpAddr) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&local);
    }

    /// The most the browser does for any network; `None` where there is none.
    #[must_use]
    pub fn role(&self) -> Option<BrowserRole> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().map(|list| list.role).max()
    }

    /// The servers of the own group, or the groups, in the order of their names and each once. `network` limits them to those of one network; without it
    /// they are of all of them.
    ///
    /// # Errors
    /// Why there is no list.
    pub fn entries(&self, groups: bool, network: Option<IpAddr>) -> Result<Vec<BrowseEntry>, NoServers> {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let there = lists.iter().filter(|(local, _)| network.is_none_or(|asked| asked == **local));
        let mut there: Vec<_> = there.map(|(_, list)| list).collect();
        if there.is_empty() {
            return Err(NoServers::NoBrowser);
        }
        there.retain(|list| list.role != BrowserRole::Potential);
        if there.is_empty() {
            return Err(NoServers::Potential);
        }
        let all = there.into_iter().flat_map(|list| if groups { &list.groups } else { &list.servers });
        let mut merged: BTreeMap<&str, BrowseEntry> = BTreeMap::new();
        for entry in all {
            let known = merged.entry(&entry.name).or_insert_with(|| entry.clone());
            // What a server is on one network it is.
            known.server_type |= entry.server_type;
        }
        Ok(merged.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, server_type: u32) -> BrowseEntry {
        BrowseEntry { name: name.into(), version: (4, 0), server_type, comment: String::new() }
    }

    #[test]
    fn networks_are_listed_together_and_alone() {
        let list = BrowseList::default();
        let [first, second, other]: [IpAddr; 3] =
            ["10.0.0.1", "10.0.1.1", "10.0.2.1"].map(|a| a.parse().unwrap());
        assert_eq!(list.entries(false, None), Err(NoServers::NoBrowser));
        let of = |role, servers: &[(&str, u32)]| NetworkList {
            role,
            servers: servers.iter().map(|(name, bits)| entry(name, *bits)).collect(),
            groups: vec![entry("GROUP", 0x8000_0000)],
        };
        list.publish(first, of(BrowserRole::Potential, &[("HIDDEN", 1)]));
        assert_eq!(list.entries(false, None), Err(NoServers::Potential));
        list.publish(second, of(BrowserRole::Master, &[("Z", 2), ("OWN", 0x4_0000)]));
        assert_eq!(list.entries(false, Some(first)), Err(NoServers::Potential));
        assert_eq!(list.entries(false, Some(other)), Err(NoServers::NoBrowser));
        assert_eq!(list.entries(false, None).unwrap(), [entry("OWN", 0x4_0000), entry("Z", 2)]);
        list.publish(first, of(BrowserRole::Backup, &[("A", 1), ("OWN", 0x2_0000)]));
        assert_eq!(list.entries(false, Some(first)).unwrap(), [entry("A", 1), entry("OWN", 0x2_0000)]);
        let all = list.entries(false, None).unwrap();
        assert_eq!(all, [entry("A", 1), entry("OWN", 0x6_0000), entry("Z", 2)]);
        assert_eq!(list.entries(true, None).unwrap(), [entry("GROUP", 0x8000_0000)]);
        assert_eq!(list.role(), Some(BrowserRole::Master));
        list.withdraw(first);
        list.withdraw(second);
        assert_eq!(list.entries(true, None), Err(NoServers::NoBrowser));
    }
}
