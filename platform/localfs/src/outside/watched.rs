//! Which directories are watched, for whom, and by which paths.

use lanward_vfs::Listener;
use std::collections::HashMap;
use std::fmt;

/// Somebody who is told.
pub(crate) struct Subscriber {
    pub(crate) id: u64,
    pub(crate) tree: bool,
    pub(crate) listener: Listener,
}

/// All of it; one lock, held for moments and never while a listener is called.
#[derive(Default)]
pub(crate) struct Watched {
    /// A directory that is reached in several ways has one watch and several paths.
    paths: HashMap<i32, Vec<Box<[u8]>>>,
    watches: HashMap<Box<[u8]>, i32>,
    subscribers: HashMap<Box<[u8]>, Vec<Subscriber>>,
    /// Directories whose subdirectories are still to be watched.
    pub(crate) unfinished: Vec<Box<[u8]>>,
    /// Somebody left: there may be watches nobody needs.
    pub(crate) untidy: bool,
    last_id: u64,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("directories", &self.watches.len()).finish_non_exhaustive()
    }
}

impl Watched {
    /// How many directories there are.
    pub(crate) fn count(&self) -> usize {
        self.watches.len()
    }

    /// Whether there is nobody to tell and nothing that could be told.
    pub(crate) fn is_idle(&self) -> bool {
        self.subscribers.is_empty() && self.watches.is_empty()
    }

    pub(crate) fn enter(&mut self, path: &[u8], tree: bool, listener: Listener) -> u64 {
        self.last_id += 1;
        let subscriber = Subscriber { id: self.last_id, tree, listener };
        self.subscribers.entry(path.into()).or_default().push(subscriber);
        self.last_id
    }

    pub(crate) fn leave(&mut self, path: &[u8], id: u64) {
        let Some(subscribers) = self.subscribers.get_mut(path) else { return };
        subscribers.retain(|s| s.id != id);
        if subscribers.is_empty() {
            self.subscribers.remove(path);
        }
        self.untidy = true;
    }

    /// Whether somebody wants to know of changes in this directory.
    pub(crate) fn is_wanted(&self, path: &[u8]) -> bool {
        above(path).any(|at| {
            self.subscribers.get(at).is_some_and(|s| at.len() == path.len() || s.iter().any(|s| s.tree))
        })
    }

    /// Whether somebody wants to know of changes beneath this directory.
    pub(crate) fn is_tree(&self, path: &[u8]) -> bool {
        above(path).any(|at| self.subscribers.get(at).is_some_and(|s| s.iter().any(|s| s.tree)))
    }

    /// Who is to be told of a change in `directory`.
    pub(crate) fn listeners(&self, directory: &[u8]) -> Vec<(u64, Listener)> {
        above(directory)
            .flat_map(|at| self.subscribers.get(at).into_iter().flatten().map(move |s| (at, s)))
            .filter(|(at, s)| s.tree || at.len() == directory.len())
            .map(|(_, s)| (s.id, s.listener.clone()))
            .collect()
    }

    /// Everybody, with the directory that one watches.
    pub(crate) fn everybody(&self) -> Vec<(Box<[u8]>, Listener)> {
        let all = self.subscribers.iter();
        all.flat_map(|(path, s)| s.iter().map(move |s| (path.clone(), s.listener.clone()))).collect()
    }

    /// The paths of those who watch a whole tree.
    pub(crate) fn trees(&self) -> Vec<Box<[u8]>> {
        let trees = self.subscribers.iter().filter(|(_, s)| s.iter().any(|s| s.tree));
        trees.map(|(path, _)| path.clone()).collect()
    }

    pub(crate) fn contains(&self, path: &[u8]) -> bool {
        self.watches.contains_key(path)
    }

    pub(crate) fn add(&mut self, path: &[u8], watch: i32) {
        if self.watches.insert(path.into(), watch).is_some_and(|before| before == watch) {
            return;
        }
        self.paths.entry(watch).or_default().push(path.into());
    }

    /// The paths of a watch.
    pub(crate) fn paths(&self, watch: i32) -> Vec<Box<[u8]>> {
        self.paths.get(&watch).cloned().unwrap_or_default()
    }

    /// The directory is gone.
    pub(crate) fn forget(&mut self, watch: i32) {
        for path in self.paths.remove(&watch).unwrap_or_default() {
            if self.watches.get(&path) == Some(&watch) {
                self.watches.remove(&path);
            }
        }
    }

    /// What was at `path` and beneath is elsewhere. Answers the watches that are of no use any more.
    pub(crate) fn forget_beneath(&mut self, path: &[u8]) -> Vec<i32> {
        let gone: Vec<Box<[u8]>> = self.watches.keys().filter(|p| is_beneath(p, path)).cloned().collect();
        self.drop_paths(gone)
    }

    /// Answers the watches of directories nobody wants to know about.
    pub(crate) fn tidy(&mut self) -> Vec<i32> {
        self.untidy = false;
        let unwanted: Vec<Box<[u8]>> = self.watches.keys().filter(|p| !self.is_wanted(p)).cloned().collect();
        self.drop_paths(unwanted)
    }

    fn drop_paths(&mut self, paths: Vec<Box<[u8]>>) -> Vec<i32> {
        let mut unused = Vec::new();
        for path in paths {
            let Some(watch) = self.watches.remove(&path) else { continue };
            let Some(others) = self.paths.get_mut(&watch) else { continue };
            others.retain(|p| *p != path);
            if others.is_empty() {
                self.paths.remove(&watch);
                unused.push(watch);
            }
        }
        unused
    }
}

/// The path itself and the directories above it, up to the root.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cuts = path.iter().enumerate().rev().filter(|(_, b)| **b == b'/').map(|(i, _)| &path[..i]);
    let root = (!path.is_empty()).then_some(&path[..0]);
    std::iter::once(path).chain(cuts).chain(root)
}

fn is_beneath(path: &[u8], directory: &[u8]) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
