use crate::{Open, OpenId, Server, Share, ShareKind};
use lanward_fsa::{BreakNotice, BreakQueue};
use lanward_nt::{NtString, Sid};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// How often files that clients cache are asked about.
const OUTSIDE_CHECK: Duration = Duration::from_secs(2);

/// The opens that wait for their clients. They belong to no session; this table owns them.
#[derive(Debug, Default)]
pub(crate) struct Disconnected {
    table: Mutex<Table>,
    /// The first deadline may have changed.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    opens: BTreeMap<OpenId, Waiting>,
    deadlines: BTreeSet<(Instant, OpenId)>,
    /// In the order in which those of one user go when there are too many: those that are not persistent first, the oldest first.
    order: BTreeSet<Rank>,
    /// The same for each user.
    of_users: HashMap<Sid, BTreeSet<Rank>>,
    last: u64,
}

/// Persistent or not, and how many came before.
type Rank = (bool, u64, OpenId);

#[derive(Debug)]
struct Waiting {
    open: Arc<Open>,
    deadline: Instant,
    rank: Rank,
}

impl Table {
    fn insert(&mut self, open: Arc<Open>, deadline: Instant) {
        self.last += 1;
        let id = open.id();
        let rank = (open.promise().persistent, self.last, id);
        self.deadlines.insert((deadline, id));
        self.order.insert(rank);
        self.of_users.entry(open.user().sid.clone()).or_default().insert(rank);
        self.opens.insert(id, Waiting { open, deadline, rank });
    }

    fn take(&mut self, id: OpenId) -> Option<Arc<Open>> {
        let Waiting { open, deadline, rank } = self.opens.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        self.order.remove(&rank);
        let user = &open.user().sid;
        if let Some(ranks) = self.of_users.get_mut(user) {
            ranks.remove(&rank);
            if ranks.is_empty() {
                self.of_users.remove(user);
            }
        }
        Some(open)
    }

    /// The first to go of whoever has most: nobody can push out others' by having many.
    fn first_to_go(&self) -> Option<OpenId> {
        let most = self.of_users.values().max_by_key(|ranks| (ranks.len(), Reverse(ranks.first())))?;
        most.first().map(|(_, _, id)| *id)
    }
}

impl Disconnected {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an open wait until `deadline`; answers those that must go because there are more than `limit`.
    pub(crate) fn insert(&self, open: Arc<Open>, deadline: Instant, limit: usize) -> Vec<Arc<Open>> {
        let mut gone = Vec::new();
        let mut table = self.lock();
        table.insert(open, deadline);
        while table.opens.len() > limit {
            let Some(id) = table.first_to_go() else { break };
            gone.extend(table.take(id));
        }
        drop(table);
        self.changed.notify_one();
        gone
    }

    /// Takes an open out; whoever gets it decides what becomes of it.
    pub(crate) fn take(&self, id: OpenId) -> Option<Arc<Open>> {
        self.lock().take(id)
    }

    pub(crate) fn find(&self, wanted: impl Fn(&Open) -> bool) -> Option<Arc<Open>> {
        self.lock().opens.values().find(|w| wanted(&w.open)).map(|w| Arc::clone(&w.open))
    }

    fn take_due(&self, now: Instant) -> Vec<Arc<Open>> {
        let mut table = self.lock();
        let due: Vec<_> =
            table.deadlines.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect();
        due.into_iter().filter_map(|id| table.take(id)).collect()
    }

    fn take_all(&self) -> Vec<Arc<Open>> {
        let table = std::mem::take(&mut *self.lock());
        table.opens.into_values().map(|w| w.open).collect()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.lock().deadlines.first().map(|(at, _)| *at)
    }
}

/// A queue that somebody looks after for as long as this lives.
struct Attended<'a>(&'a BreakQueue);

impl<'a> Attended<'a> {
    fn new(queue: &'a BreakQueue) -> Self {
        queue.attend();
        Self(queue)
    }
}

impl Drop for Attended<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Server {
    /// How many opens wait for their clients.
    #[must_use]
    pub fn disconnected_opens(&self) -> usize {
        self.disconnected.lock().opens.len()
    }

    /// Closes opens whose clients did not come back in time ([MS-SMB2] 3.3.6.2, 3.3.6.4), for as long as it is polled.
    /// A client that is gone cannot give up what it caches either: what it has open goes when somebody else needs that ([MS-SMB2] 3.3.4.6,
    /// 3.3.4.7).
    pub async fn scavenge(&self) {
        let mut late = pin!(self.close_late());
        let mut orphans = pin!(self.close_orphans());
        let mut outside = pin!(self.check_outside());
        poll_fn(|cx| {
            let ended = [late.as_mut().poll(cx), orphans.as_mut().poll(cx), outside.as_mut().poll(cx)];
            if ended.iter().any(Poll::is_ready) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Looks for changes that others make to what clients cache.
    async fn check_outside(&self) {
        for turn in 0usize.. {
            tokio::time::sleep(OUTSIDE_CHECK).await;
            for share in self.shares() {
                if let ShareKind::Disk(file_system) = &share.kind {
                    file_system.check_outside(turn).await;
                }
            }
        }
    }

    async fn close_orphans(&self) {
        let attended = Attended::new(&self.orphans);
        loop {
            attended.0.ready().await;
            while let Some(notice) = attended.0.take() {
                // A persistent open stays: its client is told when it is back.
                let meant = |open: &Open| open.is_meant(notice) && !open.promise().persistent;
                while let Some(open) = self.disconnected.find(meant) {
                    open.close_unclaimed().await;
                }
            }
        }
    }

    async fn close_late(&self) {
        loop {
            let changed = self.disconnected.changed.notified();
            match self.disconnected.next_deadline() {
                Some(deadline) => drop(tokio::time::timeout_at(deadline, changed).await),
                None => changed.await,
            }
            for open in self.disconnected.take_due(Instant::now()) {
                open.close_unclaimed().await;
            }
        }
    }

    /// Gives up all opens that wait: the server ends. Those that are written down come back in its next run.
    pub async fn forget_disconnected(&self) {
        for open in self.disconnected.take_all() {
            // A file that somebody has deleted already does not come back.
            let deleted = open.file().is_some_and(|f| f.delete_pending());
            if open.is_kept() && !deleted {
                open.abandon();
            } else {
                open.close_unclaimed().await;
            }
        }
    }

    /// Whether a persistent open of this name waits for its client, so that nobody else may have the file ([MS-SMB2] 3.3.5.9).
    #[must_use]
    pub fn awaits_owner(&self, share: &Share, name: &NtString) -> bool {
        let table = self.disconnected.lock();
        let persistent = table.order.range((true, 0, OpenId(0))..);
        let mut opens = persistent.filter_map(|(_, _, id)| table.opens.get(id)).map(|w| &w.open);
        opens.any(|open| open.is_of(share) && open.is_named(name))
    }

    /// Gives up the opens that wait to come back to a share.
    pub(crate) async fn forget_disconnected_of(&self, share: &Share) {
        while let Some(open) = self.disconnected.find(|open| open.is_of(share)) {
            open.close_unclaimed().await;
        }
    }
}

impl Open {
    /// Leaves its session, which is gone, and waits for its client; answers what must be closed instead, this open itself if it is not to
    /// wait ([MS-SMB2] 3.3.7.1).
    pub(crate) fn disconnect(self: Arc<Self>) -> Vec<Arc<Self>> {
        if !self.is_preserved() {
            return vec![self];
        }
        self.detach();
        let server = Arc::clone(&self.server);
        let (id, limit) = (self.id, server.settings().limits.disconnected_opens);
        let deadline = Instant::now() + self.promise().timeout;
        let open = Arc::clone(&self);
        let mut gone = server.disconnected.insert(self, deadline, limit as usize);
        // Who closed it meanwhile did not find it in the table.
        if open.is_closed() || !open.is_preserved() {
            gone.extend(server.disconnected.take(id));
        }
        gone
    }

    /// Whether a break is about a cache of this open.
    fn is_meant(&self, notice: BreakNotice) -> bool {
        match notice {
            BreakNotice::Oplock { open, .. } => self.volatile_id() == open,
            BreakNotice::Lease { table, key, .. } => self.file().is_some_and(|f| f.is_leased(table, key)),
        }
    }

    async fn close_unclaimed(&self) {
        if let Err(status) = self.close(false).await {
            tracing::debug!(%status, open = self.id.0, "closing an open nobody came back for");
        }
    }
}
