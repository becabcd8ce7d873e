//! The rules, as simply as they can be said: files, streams, opens, locks. It has no server's structure and no care for speed.

use super::caches::{Around, Caches, HANDLE, Owner, Place, READ, Told, WRITE};
use super::step::{Opening, Slot, Step, Wish};
use lanward_nt::{AccessMask, NtStatus, ShareAccess};
use lanward_smb2::messages::{CreateAction, CreateDisposition};
use std::collections::{BTreeMap, BTreeSet};

/// What a client must be answered, and who else must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// Breaks that must be acknowledged before the server goes on, round by round.
    pub(super) rounds: Vec<Vec<Told>>,
    /// Breaks nobody waits for.
    pub(super) told: Vec<Told>,
    pub(super) status: NtStatus,
    pub(super) answer: Answer,
}

/// What comes with a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Nothing,
    Opened { action: CreateAction, end_of_file: u64, cached: u32 },
    Bytes(Vec<u8>),
    Written(u32),
    Looked { end_of_file: u64, deleted: bool },
}

#[derive(Debug, Clone)]
struct File {
    name: usize,
    deleted: bool,
    streams: BTreeMap<usize, Vec<u8>>,
    /// Named streams that go with their last open.
    going: BTreeSet<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lock {
    offset: u64,
    length: u64,
    exclusive: bool,
}

#[derive(Debug, Clone)]
struct Open {
    place: Place,
    access: AccessMask,
    share: ShareAccess,
    delete_on_close: bool,
    locks: Vec<Lock>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    files: BTreeMap<u32, File>,
    opens: BTreeMap<Slot, Open>,
    caches: Caches,
    made: u32,
}

/// What is known so far of how a step ends.
#[derive(Default)]
struct Course {
    rounds: Vec<Vec<Told>>,
    told: Vec<Told>,
}

impl Course {
    fn ends(self, outcome: Result<Answer, NtStatus>) -> Expected {
        let (status, answer) = match outcome {
            Ok(answer) => (NtStatus::SUCCESS, answer),
            Err(status) => (status, Answer::Nothing),
        };
        Expected { rounds: self.rounds, told: self.told, status, answer }
    }
}

const DATA: AccessMask = AccessMask::READ_DATA.union(AccessMask::WRITE_DATA);
const COUNTED: AccessMask = DATA.union(AccessMask::DELETE);

impl World {
    /// Takes a step; `None` when it is nothing.
    pub(super) fn take(&mut self, step: &Step) -> Option<Expected> {
        let mut course = Course::default();
        let outcome = match *step {
            Step::Open(opening) => {
                if self.opens.contains_key(&opening.slot) || self.takes_over(&opening) {
                    return None;
                }
                self.open(&opening, &mut course)
            }
            Step::Leave(client) => {
                let slots: Vec<Slot> = self.opens.keys().filter(|s| s.client == client).copied().collect();
                slots.into_iter().for_each(|slot| self.close(slot));
                Ok(Answer::Nothing)
            }
            Step::Close(slot) => {
                self.opens.get(&slot)?;
                self.close(slot);
                Ok(Answer::Nothing)
            }
            Step::Read { slot, offset, length } => self.read(slot, self.opens.get(&slot)?, offset, length),
            Step::Write { slot, offset, length, fill } => {
                let open = self.opens.get(&slot)?.clone();
                self.write(slot, &open, (offset, length, fill), &mut course)
            }
            Step::Cut { slot, length } => {
                let open = self.opens.get(&slot)?.clone();
                self.cut(slot, &open, length, &mut course)
            }
            Step::Look(slot) => Ok(self.look(self.opens.get(&slot)?)),
            Step::Lock { slot, offset, length, exclusive } => {
                let open = self.opens.get(&slot)?.clone();
                self.lock(slot, &open, Lock { offset, length, exclusive }, &mut course)
            }
            Step::Unlock { slot, offset, length } => {
                self.opens.get(&slot)?;
                self.unlock(slot, offset, length)
            }
            Step::Rename { slot, name, replace } => {
                let open = self.opens.get(&slot)?.clone();
                if open.place.1 != 0 {
                    return None;
                }
                self.rename(slot, &open, name, replace, &mut course)
            }
            Step::Delete { slot, delete } => {
                let open = self.opens.get(&slot)?.clone();
                self.delete(slot, &open, delete, &mut course)
            }
        };
        self.caches.settle();
        Some(course.ends(outcome))
    }

    /// Tells of breaks; those who had something of `waits_for` keep the step waiting until they have answered.
    fn tell(&mut self, told: Vec<Told>, waits_for: u32, course: &mut Course) {
        if told.iter().any(|t| t.from & waits_for != 0) {
            course.rounds.push(told);
            self.caches.settle();
        } else {
            course.told.extend(told);
        }
    }

    fn open(&mut self, o: &Opening, course: &mut Course) -> Result<Answer, NtStatus> {
        if o.delete_on_close && !o.access.contains(AccessMask::DELETE) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let found = self.files.iter().find(|(_, f)| f.name == o.name).map(|(id, _)| *id);
        if let Wish::Lease { key, .. } = o.wish
            && self.caches.elsewhere(o.slot.client, key, found.map(|id| (id, o.stream)))
        {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let makes = !matches!(o.disposition, CreateDisposition::OPEN | CreateDisposition::OVERWRITE);
        let Some(id) = found else {
            if !makes {
                return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
            }
            self.made += 1;
            let streams = BTreeMap::from([(0, Vec::new())]);
            let file = File { name: o.name, deleted: false, streams, going: BTreeSet::new() };
            self.files.insert(self.made, file);
            return Ok(self.make(o, (self.made, o.stream)));
        };
        let place = (id, o.stream);
        let file = self.files.get(&id).ok_or(NtStatus::UNSUCCESSFUL)?;
        if file.deleted {
            return Err(NtStatus::DELETE_PENDING);
        }
        if !file.streams.contains_key(&o.stream) {
            if !makes {
                return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
            }
            let wanted = o.access | o.overwriting();
            if self.opens.values().any(|other| other.refuses(place, wanted, o.share)) {
                return Err(NtStatus::SHARING_VIOLATION);
            }
            return Ok(self.make(o, place));
        }
        if file.going.contains(&o.stream) {
            return Err(NtStatus::DELETE_PENDING);
        }
        if o.disposition == CreateDisposition::CREATE {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        self.clear_way(o, place, course)?;
        let action = match o.disposition {
            CreateDisposition::SUPERSEDE => CreateAction::SUPERSEDED,
            CreateDisposition::OVERWRITE | CreateDisposition::OVERWRITE_IF => CreateAction::OVERWRITTEN,
            _ => CreateAction::OPENED,
        };
        if action != CreateAction::OPENED {
            self.data(place).clear();
            self.lose_streams(place);
        }
        Ok(self.enter(o, place, action))
    }

    /// Whether the specification leaves open what becomes of the lease: its key was freed by a deletion ([MS-SMB2] 3.3.1.12
    /// FileDeleteOnClose), or is on another stream of the same file, which may be refused for other reasons first.
    fn takes_over(&self, o: &Opening) -> bool {
        let Wish::Lease { key, .. } = o.wish else { return false };
        let owner = Owner::Lease { client: o.slot.client, key };
        let there = self.caches.place_of(owner);
        let beside =
            |(id, stream)| stream != o.stream && self.files.get(&id).is_some_and(|f| f.name == o.name);
        self.caches.is_freed(owner) || there.is_some_and(beside)
    }

    /// Overwriting a file takes its named streams along; those that are open go with their last open.
    fn lose_streams(&mut self, place: Place) {
        let open: BTreeSet<usize> =
            self.opens.values().filter(|o| o.place.0 == place.0).map(|o| o.place.1).collect();
        if let Some(file) = self.files.get_mut(&place.0).filter(|_| place.1 == 0) {
            file.going = file.streams.keys().filter(|s| **s != 0 && open.contains(*s)).copied().collect();
            file.streams.retain(|stream, _| *stream == 0 || open.contains(stream));
        }
    }

    fn make(&mut self, o: &Opening, place: Place) -> Answer {
        self.data(place).clear();
        self.enter(o, place, CreateAction::CREATED)
    }

    /// Breaks of others' caches and the share modes ([MS-FSA] 2.1.5.1.2).
    fn clear_way(&mut self, o: &Opening, place: Place, course: &mut Course) -> Result<(), NtStatus> {
        let own = match o.wish {
            Wish::Lease { key, .. } => Some(Owner::Lease { client: o.slot.client, key }),
            _ => None,
        };
        let overwrites = o.overwrites();
        let loses = if overwrites { READ | WRITE } else { WRITE };
        let disturbs = overwrites || o.access.intersects(COUNTED);
        if disturbs {
            let batch = |owner, state| matches!(owner, Owner::Oplock(_)) && state & HANDLE != 0;
            let told = self.caches.take(place, loses, own, batch);
            self.tell(told, WRITE, course);
        }
        let wanted = o.access | o.overwriting();
        if self.opens.values().any(|other| other.refuses(place, wanted, o.share)) {
            let leases = |owner, _| matches!(owner, Owner::Lease { .. });
            let told = self.caches.take(place, HANDLE, own, leases);
            self.tell(told, HANDLE, course);
            return Err(NtStatus::SHARING_VIOLATION);
        }
        if o.delete_on_close {
            // What Windows does: those who have it open only because they cache that can let it go in time.
            let leases = |owner, _| matches!(owner, Owner::Lease { .. });
            let told = self.caches.take(place, HANDLE, own, leases);
            self.tell(told, HANDLE, course);
        }
        if disturbs {
            let told = self.caches.take(place, loses, own, |_, _| true);
            self.tell(told, WRITE, course);
        }
        Ok(())
    }

    fn enter(&mut self, o: &Opening, place: Place, action: CreateAction) -> Answer {
        let counted = |open: &&Open| open.place == place && open.access.intersects(COUNTED);
        let around = Around {
            active: self.opens.values().filter(counted).count(),
            locked: self.opens.values().any(|open| open.place == place && !open.locks.is_empty()),
            deleted: self.files.get(&place.0).is_some_and(|f| f.deleted),
        };
        let cached = self.caches.enter(o.slot, place, o.wish, o.access.intersects(COUNTED), around);
        let open = Open {
            place,
            access: o.access,
            share: o.share,
            delete_on_close: o.delete_on_close,
            locks: Vec::new(),
        };
        self.opens.insert(o.slot, open);
        if o.delete_on_close {
            self.caches.free(o.slot);
        }
        let end_of_file = self.data(place).len() as u64;
        Answer::Opened { action, end_of_file, cached }
    }

    fn data(&mut self, place: Place) -> &mut Vec<u8> {
        let file = self.files.entry(place.0).or_insert_with(|| File {
            name: usize::MAX,
            deleted: false,
            streams: BTreeMap::new(),
            going: BTreeSet::new(),
        });
        file.streams.entry(place.1).or_default()
    }

    fn close(&mut self, slot: Slot) {
        let Some(open) = self.opens.remove(&slot) else { return };
        self.caches.leave(slot);
        let (id, stream) = open.place;
        let Some(file) = self.files.get_mut(&id) else { return };
        if open.delete_on_close {
            if stream == 0 {
                file.deleted = true;
            } else {
                file.going.insert(stream);
            }
        }
        if file.going.contains(&stream) && !self.opens.values().any(|o| o.place == open.place) {
            file.going.remove(&stream);
            file.streams.remove(&stream);
        }
        if file.deleted && !self.opens.values().any(|o| o.place.0 == id) {
            self.files.remove(&id);
        }
    }

    /// [MS-FSA] 2.1.4.10; `locking`: the range is to be locked, not read or written.
    fn is_locked(&self, slot: Slot, place: Place, range: Lock, locking: bool) -> bool {
        self.opens.iter().filter(|(_, o)| o.place == place).any(|(holder, o)| {
            o.locks.iter().any(|lock| {
                let meets =
                    range.offset < lock.offset + lock.length && lock.offset < range.offset + range.length;
                let own = *holder == slot;
                let blocks = match (lock.exclusive, range.exclusive) {
                    (true, exclusive) => !own || (exclusive && locking),
                    (false, exclusive) => exclusive,
                };
                meets && blocks
            })
        })
    }

    fn read(&self, slot: Slot, open: &Open, offset: u64, length: u32) -> Result<Answer, NtStatus> {
        if !open.access.contains(AccessMask::READ_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let range = Lock { offset, length: length.into(), exclusive: false };
        if self.is_locked(slot, open.place, range, false) {
            return Err(NtStatus::FILE_LOCK_CONFLICT);
        }
        let data = self.files.get(&open.place.0).and_then(|f| f.streams.get(&open.place.1));
        let rest = data.and_then(|d| d.get(index(offset)..)).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(NtStatus::END_OF_FILE)?;
        Ok(Answer::Bytes(rest.get(..index(length.into())).unwrap_or(rest).to_vec()))
    }

    /// Others' caches of data go before it changes; level II oplocks go though they are one's own.
    fn change(&mut self, slot: Slot, place: Place, course: &mut Course) {
        let own = self.caches.owner_of(slot);
        let spared =
            own.filter(|o| matches!(o, Owner::Lease { .. }) || self.caches.state_of(*o) & WRITE != 0);
        let told = self.caches.take(place, READ | WRITE, spared, |_, _| true);
        self.tell(told, WRITE, course);
    }

    fn write(
        &mut self,
        slot: Slot,
        open: &Open,
        (offset, length, fill): (u64, u32, u8),
        course: &mut Course,
    ) -> Result<Answer, NtStatus> {
        if !open.access.contains(AccessMask::WRITE_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        self.change(slot, open.place, course);
        let range = Lock { offset, length: length.into(), exclusive: true };
        if self.is_locked(slot, open.place, range, false) {
            return Err(NtStatus::FILE_LOCK_CONFLICT);
        }
        let (start, end) = (index(offset), index(offset + u64::from(length)));
        let data = self.data(open.place);
        data.resize(data.len().max(end), 0);
        if let Some(part) = data.get_mut(start..end) {
            part.fill(fill);
        }
        Ok(Answer::Written(length))
    }

    fn cut(&mut self, slot: Slot, open: &Open, length: u64, course: &mut Course) -> Result<Answer, NtStatus> {
        if !open.access.contains(AccessMask::WRITE_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        self.change(slot, open.place, course);
        self.data(open.place).resize(index(length), 0);
        Ok(Answer::Nothing)
    }

    fn look(&self, open: &Open) -> Answer {
        let file = self.files.get(&open.place.0);
        let data = file.and_then(|f| f.streams.get(&open.place.1));
        let deleted = file.is_some_and(|f| f.deleted || f.going.contains(&open.place.1));
        Answer::Looked { end_of_file: data.map_or(0, Vec::len) as u64, deleted }
    }

    fn lock(
        &mut self,
        slot: Slot,
        open: &Open,
        range: Lock,
        course: &mut Course,
    ) -> Result<Answer, NtStatus> {
        if !open.access.intersects(DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // [MS-FSA] 2.1.5.8 spares what is not allocated yet; breaking that too is allowed.
        self.change(slot, open.place, course);
        if self.is_locked(slot, open.place, range, true) {
            return Err(NtStatus::LOCK_NOT_GRANTED);
        }
        if let Some(open) = self.opens.get_mut(&slot) {
            open.locks.push(range);
        }
        Ok(Answer::Nothing)
    }

    fn unlock(&mut self, slot: Slot, offset: u64, length: u64) -> Result<Answer, NtStatus> {
        let open = self.opens.get_mut(&slot).ok_or(NtStatus::FILE_CLOSED)?;
        if !open.access.intersects(DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let same = |l: &Lock| (l.offset, l.length) == (offset, length);
        let exclusive = open.locks.iter().position(|l| same(l) && l.exclusive);
        let found = exclusive.or_else(|| open.locks.iter().rposition(same));
        open.locks.remove(found.ok_or(NtStatus::RANGE_NOT_LOCKED)?);
        Ok(Answer::Nothing)
    }

    /// Others who have the file open only because they cache that are asked to close it.
    fn ask_to_close(&mut self, slot: Slot, place: Place, course: &mut Course) {
        let own = self.caches.owner_of(slot);
        let told = self.caches.take(place, HANDLE, own, |_, _| true);
        self.tell(told, HANDLE, course);
    }

    fn rename(
        &mut self,
        slot: Slot,
        open: &Open,
        name: usize,
        replace: bool,
        course: &mut Course,
    ) -> Result<Answer, NtStatus> {
        if !open.access.contains(AccessMask::DELETE) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let file = self.files.get(&open.place.0).ok_or(NtStatus::UNSUCCESSFUL)?;
        if file.deleted {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if file.name == name {
            return Ok(Answer::Nothing);
        }
        self.ask_to_close(slot, open.place, course);
        // What Windows does, and the specification does not say.
        if self.opens.values().any(|o| o.place.0 == open.place.0 && o.place.1 != 0) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if let Some((id, target)) =
            self.files.iter().find(|(_, f)| f.name == name).map(|(id, f)| (*id, f.clone()))
        {
            if !replace {
                return Err(NtStatus::OBJECT_NAME_COLLISION);
            }
            if target.deleted {
                return Err(NtStatus::DELETE_PENDING);
            }
            // All of them at once: nobody's answer waits for somebody else's.
            let own = self.caches.owner_of(slot);
            let ask = |stream: &usize| self.caches.take((id, *stream), HANDLE, own, |_, _| true);
            let told = target.streams.keys().flat_map(ask).collect();
            self.tell(told, HANDLE, course);
            if self.opens.values().any(|o| o.place.0 == id) {
                return Err(NtStatus::ACCESS_DENIED);
            }
            self.files.remove(&id);
        }
        if let Some(file) = self.files.get_mut(&open.place.0) {
            file.name = name;
        }
        Ok(Answer::Nothing)
    }

    fn delete(
        &mut self,
        slot: Slot,
        open: &Open,
        delete: bool,
        course: &mut Course,
    ) -> Result<Answer, NtStatus> {
        if !open.access.contains(AccessMask::DELETE) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if delete {
            self.ask_to_close(slot, open.place, course);
        }
        self.caches.free(slot);
        let file = self.files.get_mut(&open.place.0).ok_or(NtStatus::UNSUCCESSFUL)?;
        match (open.place.1, delete) {
            (0, _) => file.deleted = delete,
            (stream, true) => {
                file.going.insert(stream);
            }
            (stream, false) => {
                file.going.remove(&stream);
            }
        }
        Ok(Answer::Nothing)
    }
}

impl Opening {
    fn overwrites(&self) -> bool {
        !self.overwriting().is_empty()
    }

    /// Rights that throwing data away needs beside those asked for.
    fn overwriting(&self) -> AccessMask {
        match self.disposition {
            CreateDisposition::SUPERSEDE => AccessMask::DELETE,
            CreateDisposition::OVERWRITE | CreateDisposition::OVERWRITE_IF => AccessMask::WRITE_DATA,
            _ => AccessMask::empty(),
        }
    }
}

impl Open {
    /// Whether it keeps another open of the file out: by what is done to one stream ([MS-FSA] 2.1.5.1.2.2), or because
    /// either may delete the file and the other does not let it (2.1.5.1.2.1).
    fn refuses(&self, place: Place, access: AccessMask, share: ShareAccess) -> bool {
        if self.place.0 != place.0 {
            return false;
        }
        if self.place == place && conflict(access, share, self.access, self.share) {
            return true;
        }
        let deletes = |place: Place, access: AccessMask| place.1 == 0 && access.contains(AccessMask::DELETE);
        let forbids = |share: ShareAccess, access: AccessMask| {
            !share.contains(ShareAccess::DELETE) && access.intersects(COUNTED)
        };
        (deletes(self.place, self.access) && forbids(share, access))
            || (deletes(place, access) && forbids(self.share, self.access))
    }
}

/// [MS-FSA] 2.1.5.1.2.2
fn conflict(access: AccessMask, share: ShareAccess, others: AccessMask, their_share: ShareAccess) -> bool {
    let rights = [
        (AccessMask::READ_DATA, ShareAccess::READ),
        (AccessMask::WRITE_DATA, ShareAccess::WRITE),
        (AccessMask::DELETE, ShareAccess::DELETE),
    ];
    let refuses = |right: AccessMask, access: AccessMask, shares: ShareAccess, share: ShareAccess| {
        access.contains(right) && !shares.contains(share)
    };
    access.intersects(COUNTED)
        && others.intersects(COUNTED)
        && rights.iter().any(|(right, sharing)| {
            refuses(*right, access, their_share, *sharing) || refuses(*right, others, share, *sharing)
        })
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
