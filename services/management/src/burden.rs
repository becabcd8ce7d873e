//! How many calls one session, one user and one address may have under way, and how many bytes of calls that have not all come.

use lanward_nt::Sid;
use lanward_server::{Caller, UserKind};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whose burden it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Owner {
    Session(u64),
    User(Sid),
    /// Whoever has not said who they are, at one address; an IPv6 network of 64 bits is one.
    Nobody(IpAddr),
}

/// Calls under way, and bytes: of those calls' arguments, and of calls whose rest has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Burden {
    calls: usize,
    bytes: usize,
}

impl Owner {
    const fn most(&self) -> Burden {
        match self {
            Self::Session(_) => Burden { calls: 32, bytes: 8 << 20 },
            Self::User(_) => Burden { calls: 64, bytes: 16 << 20 },
            Self::Nobody(_) => Burden { calls: 8, bytes: 1 << 20 },
        }
    }
}

/// What everybody has under way.
#[derive(Debug, Default)]
pub(crate) struct Burdens(Mutex<HashMap<Owner, Burden>>);

impl Burdens {
    /// Takes it on for all owners or for none.
    fn take(&self, owners: &[Owner], more: Burden) -> bool {
        let mut burdens = self.lock();
        let fits = owners.iter().all(|owner| {
            let (now, most) = (burdens.get(owner).copied().unwrap_or_default(), owner.most());
            now.calls + more.calls <= most.calls && now.bytes + more.bytes <= most.bytes
        });
        if fits {
            for owner in owners {
                let burden = burdens.entry(owner.clone()).or_default();
                burden.calls += more.calls;
                burden.bytes += more.bytes;
            }
        }
        fits
    }

    fn release(&self, owners: &[Owner], less: Burden) {
        let mut burdens = self.lock();
        for owner in owners {
            let Some(burden) = burdens.get_mut(owner) else { continue };
            burden.calls = burden.calls.saturating_sub(less.calls);
            burden.bytes = burden.bytes.saturating_sub(less.bytes);
            if *burden == Burden::default() {
                burdens.remove(owner);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Owner, Burden>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of what somebody has under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Load {
    burdens: Arc<Burdens>,
    owners: Vec<Owner>,
    burden: Burden,
}

impl Load {
    /// Nothing yet, of whoever calls.
    pub(crate) fn of(caller: &Caller, burdens: &Arc<Burdens>) -> Self {
        let user = match caller.user.kind {
            UserKind::Anonymous => Owner::Nobody(network(caller.peer.ip())),
            UserKind::Named | UserKind::Guest => Owner::User(caller.user.sid.clone()),
        };
        let owners = caller.session.map(Owner::Session).into_iter().chain([user]).collect();
        Self { burdens: Arc::clone(burdens), owners, burden: Burden::default() }
    }

    /// From here on it is as many bytes as this; `false`, and what it was, if that is too much.
    pub(crate) fn hold(&mut self, bytes: usize) -> bool {
        let (less, more) = (self.burden.bytes.saturating_sub(bytes), bytes.saturating_sub(self.burden.bytes));
        if less > 0 {
            self.burdens.release(&self.owners, Burden { calls: 0, bytes: less });
        }
        if more > 0 && !self.burdens.take(&self.owners, Burden { calls: 0, bytes: more }) {
            return false;
        }
        self.burden.bytes = bytes;
        true
    }

    /// One more call of the same owners with so many bytes of arguments; `None` if that is too much.
    pub(crate) fn call(&self, bytes: usize) -> Option<Self> {
        let burden = Burden { calls: 1, bytes };
        let (burdens, owners) = (Arc::clone(&self.burdens), self.owners.clone());
        let taken = burdens.take(&owners, burden);
        // Made only then: one that is dropped gives back what it stands for.
        taken.then(|| Self { burdens, owners, burden })
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.burdens.release(&self.owners, self.burden);
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn load(burdens: &Arc<Burdens>, owners: &[Owner]) -> Load {
        Load { burdens: Arc::clone(burdens), owners: owners.to_vec(), burden: Burden::default() }
    }

    #[test]
    fn a_session_has_its_part_of_what_its_user_may() {
        let burdens = Arc::default();
        let user = Owner::User(Sid::new(5, &[21, 1]));
        let session = |id| load(&burdens, &[Owner::Session(id), user.clone()]);
        let take = |from: &Load| std::iter::from_fn(|| from.call(10)).collect::<Vec<_>>();
        let first = take(&session(1));
        let second = take(&session(2));
        assert_eq!((first.len(), second.len(), take(&session(3)).len()), (32, 32, 0));
        drop(first);
        assert_eq!(take(&session(2)).len(), 0, "a session has no more than its own part");
        assert_eq!(take(&session(3)).len(), 32);
        drop(second);
        assert!(burdens.lock().is_empty());
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let net = |text: &str| network(text.parse().unwrap());
        assert_eq!(net("2001:db8::1"), net("2001:db8::ffff:1"));
        assert_ne!(net("2001:db8::1"), net("2001:db8:0:1::1"));
        assert_eq!(net("::ffff:10.0.0.1"), net("10.0.0.1"));
        assert_ne!(net("10.0.0.1"), net("10.0.0.2"));
    }

    proptest! {
        #[test]
        fn nobody_passes_the_bounds_and_nothing_is_left(
            steps in prop::collection::vec((0usize..4, 0usize..6 << 20), 0..60),
        ) {
            let burdens: Arc<Burdens> = Arc::default();
            let owner = Owner::Session(1);
            let mut held: Vec<Load> = (0..4).map(|_| load(&burdens, std::slice::from_ref(&owner))).collect();
            for (which, bytes) in steps {
                let (before, others) = (held[which].burden.bytes, held.iter().map(|l| l.burden.bytes).sum::<usize>());
                let fits = others - before + bytes <= owner.most().bytes;
                prop_assert_eq!(held[which].hold(bytes), fits);
                prop_assert_eq!(held[which].burden.bytes, if fits { bytes } else { before });
                let all: usize = held.iter().map(|l| l.burden.bytes).sum();
                prop_assert_eq!(burdens.lock().get(&owner).copied().unwrap_or_default().bytes, all);
            }
            drop(held);
            prop_assert!(burdens.lock().is_empty());
        }
    }
}
