use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One of the server's lists: global ids ([MS-SRVS] 3.1.1.5 to 3.1.1.8) to things that somebody else owns. Sharded, because opens come
/// and go with every small file.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    shards: [Mutex<BTreeMap<u32, Weak<T>>>; SHARDS],
    next: AtomicU32,
    count: AtomicU32,
}

const SHARDS: usize = 16;

impl<T> Registry<T> {
    pub(crate) fn new() -> Self {
        Self::starting_at(1)
    }

    /// A list whose ids begin at `first`.
    pub(crate) fn starting_at(first: u32) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, next: AtomicU32::new(first), count: AtomicU32::new(0) }
    }

    /// An id that is not in use and never 0.
    pub(crate) fn reserve(&self) -> u32 {
        loop {
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            if id != 0 && id != u32::MAX && !self.with(id, |shard| shard.contains_key(&id)) {
                return id;
            }
        }
    }

    /// Enters a thing under its id; whoever enters it removes it.
    pub(crate) fn insert(&self, id: u32, entry: &Arc<T>) {
        if self.with(id, |shard| shard.insert(id, Arc::downgrade(entry))).is_none() {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes an id out, if it is there.
    pub(crate) fn remove(&self, id: u32) {
        if self.with(id, |shard| shard.remove(&id)).is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn find(&self, id: u32) -> Option<Arc<T>> {
        self.with(id, |shard| shard.get(&id).and_then(Weak::upgrade))
    }

    /// All that is alive, by id.
    pub(crate) fn snapshot(&self) -> Vec<Arc<T>> {
        let mut entries = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            entries.extend(shard.iter().filter_map(|(id, e)| Some((*id, e.upgrade()?))));
        }
        entries.sort_by_key(|(id, _)| *id);
        entries.into_iter().map(|(_, e)| e).collect()
    }

    /// How many ids were given out. Only for lists whose ids begin at 1.
    pub(crate) fn reserved(&self) -> u32 {
        self.next.load(Ordering::Relaxed).wrapping_sub(1)
    }

    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed) as usize
    }

    fn with<R>(&self, id: u32, f: impl FnOnce(&mut BTreeMap<u32, Weak<T>>) -> R) -> R {
        let shard = &self.shards[id as usize % SHARDS];
        f(&mut shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_weak_and_ids_unique() {
        let registry = Registry::new();
        registry.next.store(u32::MAX - 1, Ordering::Relaxed);
        let kept = Arc::new("kept");
        let ids: Vec<u32> = (0..3).map(|_| registry.reserve()).collect();
        assert_eq!(ids, [u32::MAX - 1, 1, 2]);
        registry.insert(1, &kept);
        registry.insert(2, &Arc::new("dropped"));
        assert_eq!(registry.snapshot(), [Arc::clone(&kept)]);
        assert!(registry.find(2).is_none());
        registry.next.store(1, Ordering::Relaxed);
        assert_eq!(registry.reserve(), 3);
        registry.remove(1);
        registry.remove(1);
        assert_eq!(registry.len(), 1);
    }
}
