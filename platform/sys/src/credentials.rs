//! Acting as a user of this machine, one thread at a time.
//!
//! Linux keeps credentials with each thread. The system calls are made for this thread alone; what the C library offers under the same names
//! changes the whole process. Only what counts for files is changed (fsuid, fsgid, supplementary groups, effective capabilities), so that
//! nobody else gains the right to signal or trace this process by it.

use rustix::fs::Gid;
use rustix::io::{Errno, Result};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_thread_groups};
use std::cell::RefCell;

/// A user as the system's checks of files see one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The number of the user.
    pub user: u32,
    /// The number of the primary group.
    pub group: u32,
    /// The numbers of the other groups.
    pub groups: &'a [u32],
}

/// What is needed to act as somebody else, and to keep as ourselves what users may not touch, by the names of capabilities(7).
const NEEDED: [(CapabilitySet, &str); 6] = [
    (CapabilitySet::SETUID, "CAP_SETUID"),
    (CapabilitySet::SETGID, "CAP_SETGID"),
    (CapabilitySet::DAC_OVERRIDE, "CAP_DAC_OVERRIDE"),
    (CapabilitySet::DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"),
    (CapabilitySet::FOWNER, "CAP_FOWNER"),
    (CapabilitySet::CHOWN, "CAP_CHOWN"),
];

/// The capabilities this thread lacks for [`act_as`] and for what is done beside it.
///
/// # Errors
/// The system's.
pub fn missing_capabilities() -> Result<Vec<&'static str>> {
    let held = capabilities(None)?.effective;
    Ok(NEEDED.iter().filter(|(capability, _)| !held.contains(*capability)).map(|(_, name)| *name).collect())
}

/// Gives up, for this thread and those it starts, what would let writing to users' files go past their rules although a descriptor was got by
/// them: keeping the bits that make a program run as its owner, and taking more than a quota.
///
/// # Errors
/// The system's.
pub fn give_up_overrides() -> Result<()> {
    let mut held = capabilities(None)?;
    let overrides = CapabilitySet::FSETID | CapabilitySet::SYS_RESOURCE;
    for set in [&mut held.effective, &mut held.permitted, &mut held.inheritable] {
        set.remove(overrides);
    }
    set_capabilities(None, held)
}

/// Runs `call` as somebody else: every check of files in it, on this thread, is theirs. Afterwards, whatever happens in `call`, the thread is
/// itself again; should that fail the process ends, for it must not go on as somebody else.
///
/// `call` starts no threads, for they would be who this one is. Within the same credentials it just runs.
///
/// # Errors
/// The system's, `call` was not run then: `PERM` without the capabilities; `BUSY` within other credentials.
pub fn act_as<T>(who: Credentials<'_>, call: impl FnOnce() -> T) -> Result<T> {
    let within = THREAD.with_borrow_mut(|thread| thread.begin(who))?;
    let _back = (!within).then(|| Back::ToSelf);
    Ok(call())
}

/// Runs `call` as the process itself where this thread acts as somebody, and as that one again afterwards.
pub fn act_as_self<T>(call: impl FnOnce() -> T) -> T {
    let acting = THREAD.with_borrow_mut(|thread| {
        let acting = thread.acting;
        if acting && thread.become_self().is_err() {
            gone_wrong();
        }
        thread.paused |= acting;
        acting
    });
    let _back = acting.then(|| Back::ToUser);
    call()
}

/// Whether this thread acts as somebody else now.
#[must_use]
pub fn is_acting() -> bool {
    THREAD.with_borrow(|thread| thread.acting)
}

thread_local! {
    static THREAD: RefCell<Thread> = const { RefCell::new(Thread::new()) };
}

/// Who this thread is.
struct Thread {
    /// Who it is when it acts as nobody else; unknown until it is asked for the first time.
    own: Option<Own>,
    acting: bool,
    /// It is to act as `user` again when it is done with what it does as itself.
    paused: bool,
    user: u32,
    group: u32,
    groups: Vec<Gid>,
}

struct Own {
    user: u32,
    group: u32,
    groups: Vec<Gid>,
    capabilities: CapabilitySets,
}

impl Thread {
    const fn new() -> Self {
        Self { own: None, acting: false, paused: false, user: 0, group: 0, groups: Vec::new() }
    }

    /// Becomes `who`; answers whether it was already.
    fn begin(&mut self, who: Credentials<'_>) -> Result<bool> {
        if self.acting || self.paused {
            let same = self.groups.iter().map(|g| g.as_raw()).eq(who.groups.iter().copied());
            if !same || (self.user, self.group) != (who.user, who.group) {
                return Err(Errno::BUSY);
            }
            if self.acting {
                return Ok(true);
            }
        }
        // All ones mean "leave it as it is".
        if [who.user, who.group].iter().chain(who.groups).any(|id| *id == u32::MAX) {
            return Err(Errno::INVAL);
        }
        if self.own.is_none() {
            self.own = Some(Own::now()?);
        }
        (self.user, self.group) = (who.user, who.group);
        self.groups.clear();
        self.groups.extend(who.groups.iter().map(|id| Gid::from_raw(*id)));
        let outcome = self.become_user();
        if outcome.is_err() && self.become_self().is_err() {
            gone_wrong();
        }
        outcome.map(|()| false)
    }

    fn become_user(&mut self) -> Result<()> {
        let own = self.own.as_ref().ok_or(Errno::INVAL)?;
        self.acting = true;
        set_thread_groups(&self.groups)?;
        set_ids(self.user, self.group)?;
        // What overrides the checks of files goes too: nothing takes it from whoever was no root before. Root keeps it.
        let effective = if self.user == 0 { own.capabilities.effective } else { CapabilitySet::empty() };
        set_capabilities(None, CapabilitySets { effective, ..own.capabilities })
    }

    fn become_self(&mut self) -> Result<()> {
        let own = self.own.as_ref().ok_or(Errno::INVAL)?;
        set_capabilities(None, own.capabilities)?;
        set_thread_groups(&own.groups)?;
        set_ids(own.user, own.group)?;
        if own.user == 0 {
            // Becoming root made all of them effective that may be.
            set_capabilities(None, own.capabilities)?;
        }
        self.acting = false;
        Ok(())
    }
}

impl Own {
    /// # Errors
    /// `PERM`: a thread that was started by one that acted as somebody.
    fn now() -> Result<Self> {
        let (user, group) = (fsuid(), fsgid());
        if user != rustix::process::geteuid().as_raw() || group != rustix::process::getegid().as_raw() {
            return Err(Errno::PERM);
        }
        Ok(Self { user, group, groups: rustix::process::getgroups()?, capabilities: capabilities(None)? })
    }
}

enum Back {
    ToSelf,
    ToUser,
}

impl Drop for Back {
    fn drop(&mut self) {
        let outcome = THREAD.with_borrow_mut(|thread| match self {
            Self::ToSelf => thread.become_self(),
            Self::ToUser => {
                thread.paused = false;
                thread.become_user()
            }
        });
        if outcome.is_err() {
            gone_wrong();
        }
    }
}

/// This thread is not who it has to be.
fn gone_wrong() -> ! {
    eprintln!(
        "lanward: a thread cannot become who it was; the process ends so that nobody is served as somebody else"
    );
    std::process::abort()
}

/// # Errors
/// `PERM`: the system did not do it.
fn set_ids(user: u32, group: u32) -> Result<()> {
    // SAFETY: these calls take numbers and touch no memory.
    unsafe {
        libc::setfsgid(group);
        libc::setfsuid(user);
    }
    if (fsuid(), fsgid()) == (user, group) { Ok(()) } else { Err(Errno::PERM) }
}

fn fsuid() -> u32 {
    // SAFETY: the call takes a number; this one is nobody's, so nothing changes and the answer is the one there is.
    unsafe { libc::setfsuid(u32::MAX) }.cast_unsigned()
}

fn fsgid() -> u32 {
    // SAFETY: as above.
    unsafe { libc::setfsgid(u32::MAX) }.cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::{Credentials, act_as, act_as_self, fsgid, fsuid, is_acting, missing_capabilities};
    use crate::permits;
    use rustix::fs::Access;
    use rustix::io::Errno;
    use std::fs::{File, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    use std::path::PathBuf;
    use std::sync::Barrier;

    const ANN: Credentials<'_> = Credentials { user: 61_001, group: 61_001, groups: &[61_100] };
    const BOB: Credentials<'_> = Credentials { user: 61_002, group: 61_002, groups: &[] };

    fn may_act() -> bool {
        let missing = missing_capabilities().unwrap();
        if !missing.is_empty() {
            println!("skipped: acting as others needs {}", missing.join(", "));
        }
        missing.is_empty()
    }

    /// A directory everybody may make files in.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("lanward-{name}-{}", std::process::id()));
            std::fs::create_dir(&path).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
            Self(path)
        }

        fn file(&self, name: &str, owner: (u32, u32), mode: u32) -> PathBuf {
            let path = self.0.join(name);
            let file = File::create(&path).unwrap();
            fchown(&file, Some(owner.0), Some(owner.1)).unwrap();
            file.set_permissions(Permissions::from_mode(mode)).unwrap();
            path
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_system_checks_files_for_whom_a_thread_acts() {
        if !may_act() {
            return;
        }
        let place = Place::new("acting");
        let own = place.file("own", (61_001, 0), 0o600);
        let group = place.file("group", (0, 61_100), 0o060);
        let bobs = place.file("bobs", (61_002, 61_002), 0o600);
        let before = (fsuid(), fsgid(), rustix::process::getgroups().unwrap());
        act_as(ANN, || {
            assert!(is_acting());
            assert!(File::open(&own).is_ok() && File::open(&group).is_ok());
            assert_eq!(File::open(&bobs).unwrap_err().raw_os_error(), Some(libc::EACCES));
            let made = File::create(place.0.join("new")).unwrap().metadata().unwrap();
            assert_eq!((made.uid(), made.gid()), (61_001, 61_001));
            assert!(std::os::unix::fs::chown(&own, Some(61_002), None).is_err(), "no capability is left");
            assert!(std::fs::set_permissions(&bobs, Permissions::from_mode(0o666)).is_err());
            act_as_self(|| {
                assert!(!is_acting());
                assert!(File::open(&bobs).is_ok());
                assert_eq!(act_as(BOB, || ()), Err(Errno::BUSY), "it would be Bob afterwards");
                act_as(ANN, || assert!(File::open(&bobs).is_err())).unwrap();
                assert!(File::open(&bobs).is_ok());
            });
            assert!(File::open(&bobs).is_err(), "it is Ann again");
            let seen = act_as_self(|| File::open(&bobs)).unwrap();
            assert_eq!(permits(&seen, Access::READ_OK), Ok(false));
            assert_eq!(act_as(BOB, || ()), Err(Errno::BUSY), "nobody acts as two");
            act_as(ANN, || assert!(File::open(&own).is_ok())).unwrap();
            assert!(is_acting());
        })
        .unwrap();
        let seen = File::open(&bobs).unwrap();
        act_as(BOB, || assert_eq!(permits(&seen, Access::WRITE_OK), Ok(true))).unwrap();
        assert!(!is_acting());
        assert_eq!((fsuid(), fsgid(), rustix::process::getgroups().unwrap()), before);
        assert_eq!(missing_capabilities().unwrap(), Vec::<&str>::new());
    }

    #[test]
    fn who_is_not_root_acts_with_capabilities_alone() {
        use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
        if !may_act() {
            return;
        }
        let place = Place::new("unprivileged");
        let own = place.file("own", (61_001, 0), 0o600);
        let bobs = place.file("bobs", (61_002, 61_002), 0o600);
        // In a thread of its own, which is never root again.
        std::thread::spawn(move || {
            rustix::thread::set_keep_capabilities(true).unwrap();
            let somebody = rustix::fs::Uid::from_raw(61_009);
            rustix::thread::set_thread_res_uid(somebody, somebody, somebody).unwrap();
            let only = super::NEEDED.iter().fold(CapabilitySet::empty(), |all, (one, _)| all | *one);
            let held =
                CapabilitySets { effective: only, permitted: only, inheritable: CapabilitySet::empty() };
            set_capabilities(None, held).unwrap();
            assert!(File::open(&bobs).is_ok(), "nothing stops the process itself");
            act_as(ANN, || {
                assert!(File::open(&own).is_ok());
                assert!(File::open(&bobs).is_err(), "what overrides is not taken along");
                assert!(std::fs::set_permissions(&bobs, Permissions::from_mode(0o666)).is_err());
                act_as_self(|| assert!(File::open(&bobs).is_ok()));
                assert!(File::open(&bobs).is_err());
            })
            .unwrap();
            assert_eq!(fsuid(), 61_009);
            assert_eq!(capabilities(None).unwrap().effective, only);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn programs_lose_the_identity_they_lend_when_others_write_to_them() {
        use std::io::Write as _;
        if !may_act() {
            return;
        }
        let place = Place::new("lending");
        // In a thread of its own, which keeps what it gives up.
        std::thread::spawn(move || {
            super::give_up_overrides().unwrap();
            assert_eq!(missing_capabilities().unwrap(), Vec::<&str>::new());
            let program = place.file("program", (61_001, 61_100), 0o4775);
            let open = || std::fs::OpenOptions::new().write(true).open(&program);
            let mut file = act_as(Credentials { groups: &[61_100], ..BOB }, open).unwrap().unwrap();
            file.write_all(b"changed").unwrap();
            assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o775);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_panic_leaves_the_thread_itself() {
        if !may_act() {
            return;
        }
        let panicked = std::panic::catch_unwind(|| act_as(ANN, || panic!("on purpose")));
        assert!(panicked.is_err() && !is_acting());
        assert_eq!((fsuid(), fsgid()), (0, 0));
    }

    #[test]
    fn threads_act_as_different_users_at_once() {
        if !may_act() {
            return;
        }
        let place = Place::new("threads");
        let files = [place.file("ann", (61_001, 0), 0o600), place.file("bob", (61_002, 0), 0o600)];
        let together = Barrier::new(2);
        std::thread::scope(|scope| {
            for (who, [own, other]) in [(ANN, [0, 1]), (BOB, [1, 0])] {
                let (files, together) = (&files, &together);
                scope.spawn(move || {
                    for _ in 0..200 {
                        act_as(who, || {
                            together.wait();
                            assert!(File::open(&files[own]).is_ok() && File::open(&files[other]).is_err());
                        })
                        .unwrap();
                        assert!(File::open(&files[other]).is_ok());
                    }
                });
            }
        });
    }

    #[test]
    fn a_thread_of_somebody_else_acts_as_nobody() {
        if !may_act() {
            return;
        }
        let inherited = act_as(ANN, || std::thread::spawn(|| act_as(BOB, || ())).join().unwrap()).unwrap();
        assert_eq!(inherited, Err(Errno::PERM));
    }

    #[test]
    fn who_lacks_the_right_acts_as_nobody_else() {
        if !may_act() {
            return;
        }
        // In a thread of its own, which keeps what it gives up.
        std::thread::spawn(|| {
            let mut without = rustix::thread::capabilities(None).unwrap();
            without.effective.remove(rustix::thread::CapabilitySet::SETUID);
            rustix::thread::set_capabilities(None, without).unwrap();
            let mut ran = false;
            assert_eq!(act_as(ANN, || ran = true), Err(Errno::PERM));
            assert!(!ran && !is_acting());
            assert_eq!(act_as(Credentials { user: u32::MAX, ..ANN }, || ()), Err(Errno::INVAL));
            assert_eq!(missing_capabilities().unwrap(), ["CAP_SETUID"]);
        })
        .join()
        .unwrap();
    }
}
