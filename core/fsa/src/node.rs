use crate::caching::{CacheRequest, CacheTable, HeldCache, OpenCache};
use crate::lock::LockTable;
use crate::share_mode::ShareCounts;
use crate::write_time::HeldTimes;
use crate::{FileSystem, SecurityContext};
use lanward_nt::{AccessMask, NtPath, NtStatus, NtString, ShareAccess, Sid};
use lanward_vfs::{File, FileNumber};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A file that is open at least once ([MS-FSA] 2.1.1.3 Per File).
#[derive(Debug)]
pub(crate) struct FileNode {
    pub(crate) number: FileNumber,
    /// Who made it, if that was one of its opens.
    maker: OnceLock<Arc<SecurityContext>>,
    /// Held while its descriptor is read, changed and stored.
    securing: Mutex<()>,
    /// Changes of its data, or of what a directory lists, that were made here.
    own_changes: AtomicU64,
    /// The write time that an open set and that such opens keep; 0 for none, or what [`crate::write_time`] says of one that others changed.
    pub(crate) set_write_time: AtomicU64,
    /// Some are told other times than the volume has.
    pub(crate) holds_times: AtomicBool,
    state: Mutex<NodeState>,
}

/// What the opens of a file know of each other.
#[derive(Debug, Default)]
pub(crate) struct NodeState {
    pub(crate) links: Vec<Link>,
    last_link: u32,
    /// The data of a file, or the list of a directory: always there.
    data: StreamState,
    /// Named streams that are open.
    named: Vec<StreamState>,
    last_stream: u32,
    pub(crate) held_times: HeldTimes,
}

/// What the opens of one stream know of each other ([MS-FSA] 2.1.1.5 Per Stream).
#[derive(Debug, Default)]
pub(crate) struct StreamState {
    /// [`StreamState::DATA`] or unique in the file.
    id: u32,
    /// Empty for the data of a file and for the list of a directory.
    pub(crate) name: NtString,
    pub(crate) opens: u32,
    /// It goes with its last open. Never for the stream without a name, which goes with its file.
    pub(crate) delete_pending: bool,
    /// The file as who said so has it: it is their deletion, whoever closes last.
    pub(crate) deleter: Option<Arc<dyn File>>,
    /// It goes with the next close, whoever else has it open.
    pub(crate) posix_delete: bool,
    /// It is gone or just going.
    pub(crate) removed: bool,
    pub(crate) shares: ShareCounts,
    pub(crate) locks: LockTable,
    pub(crate) cache: CacheTable,
}

impl StreamState {
    /// The id of the stream without a name.
    pub(crate) const DATA: u32 = 0;

    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    /// Empty for the data of a file.
    pub(crate) const fn name(&self) -> &NtString {
        &self.name
    }
}

/// Where an open is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) link: u32,
    pub(crate) stream: u32,
}

/// One name of the file that it was opened by ([MS-FSA] 2.1.1.4 Per Link).
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) path: Arc<NtPath>,
    pub(crate) opens: u32,
    /// How many of them have the POSIX extensions.
    pub(crate) posix_opens: u32,
    /// The name goes with its last open.
    pub(crate) delete_pending: bool,
    /// Who said so, with the volume as they have it: it is their deletion, whoever closes last.
    pub(crate) deleter: Option<Deleter>,
    /// The name goes with the next close, whoever else has the file open.
    pub(crate) posix_delete: bool,
    /// The name is gone or just going.
    pub(crate) removed: bool,
    /// It is counted among the directories whose deletion is pending.
    pub(crate) counted: bool,
}

/// Who deletes.
#[derive(Debug, Clone)]
pub(crate) struct Deleter {
    pub(crate) file_system: Arc<FileSystem>,
    pub(crate) by: Arc<SecurityContext>,
}

/// What is asked of a file's state by an open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want<'a> {
    pub(crate) path: &'a NtPath,
    /// The stream's name; empty for the one without.
    pub(crate) stream: &'a NtString,
    /// The rights the open itself gets.
    pub(crate) access: AccessMask,
    /// Rights the act of opening needs besides (overwriting), which count only for the verdict.
    pub(crate) added: AccessMask,
    pub(crate) share: ShareAccess,
    /// The open has the POSIX extensions.
    pub(crate) posix: bool,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Granted,
    SharingViolation,
    DeletePending,
}

impl FileNode {
    pub(crate) fn new(number: FileNumber) -> Self {
        Self {
            number,
            maker: OnceLock::new(),
            securing: Mutex::default(),
            own_changes: AtomicU64::new(0),
            set_write_time: AtomicU64::new(0),
            holds_times: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// Its data, or what it lists, changes through us.
    pub(crate) fn note_own_change(&self) {
        self.own_changes.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn own_changes(&self) -> u64 {
        self.own_changes.load(Ordering::Acquire)
    }

    pub(crate) fn made_by(&self, maker: &Arc<SecurityContext>) {
        self.maker.get_or_init(|| Arc::clone(maker));
    }

    /// Whose it is as long as no descriptor says so.
    pub(crate) fn owner(&self) -> Sid {
        self.maker.get().map_or_else(Sid::administrators, |maker| maker.token.user.clone())
    }

    /// Lets one change its descriptor at a time.
    pub(crate) fn securing(&self) -> MutexGuard<'_, ()> {
        self.securing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for a moment. A panic elsewhere leaves it as it was: every change to it is complete in itself.
    pub(crate) fn state(&self) -> MutexGuard<'_, NodeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NodeState {
    /// Whether an open goes with those there are. Changes nothing.
    pub(crate) fn try_open(&self, want: &Want<'_>) -> Verdict {
        if self
            .links
            .iter()
            .any(|l| l.delete_pending && (!l.removed || l.opens == 0) && *l.path == *want.path)
        {
            return Verdict::DeletePending;
        }
        let access = want.access.union(want.added);
        for stream in self.all_named_as(want.stream) {
            if stream.delete_pending && (!stream.removed || stream.opens == 0) {
                return Verdict::DeletePending;
            }
            if !stream.removed && !stream.shares.admits(access, want.share) {
                return Verdict::SharingViolation;
            }
        }
        let several = !self.named.is_empty() || !want.stream.units().is_empty();
        if several && !self.admits_across_streams(want.stream, access, want.share) {
            return Verdict::SharingViolation;
        }
        Verdict::Granted
    }

    /// Registers an open that was granted, and gives it of what it asks to cache what others leave.
    ///
    /// # Errors
    /// INVALID_PARAMETER: the lease it asks for is on another file.
    pub(crate) fn register(
        &mut self,
        node: &Arc<FileNode>,
        want: &Want<'_>,
        request: &CacheRequest<'_>,
        directory: bool,
    ) -> Result<(Place, OpenCache, HeldCache), NtStatus> {
        let lease = request.enter_table(node, want.stream, directory)?;
        let place = Place { link: self.register_link(want), stream: self.register_stream(want) };
        let (cache, held) = self.enter_cache(place.stream, want, request, lease, directory);
        Ok((place, cache, held))
    }

    fn register_stream(&mut self, want: &Want<'_>) -> u32 {
        if !want.stream.units().is_empty() && self.named_as(want.stream).is_none() {
            self.last_stream = self.last_stream.wrapping_add(1);
            let (id, name) = (self.last_stream, want.stream.clone());
            self.named.push(StreamState { id, name, ..StreamState::default() });
        }
        let id = self.named_as(want.stream).map_or(StreamState::DATA, |s| s.id);
        if let Some(stream) = self.stream_mut(id) {
            stream.opens += 1;
            stream.shares.add(want.access, want.share);
        }
        id
    }

    /// The name of an open stream; empty for the one without.
    pub(crate) fn stream_name(&self, id: u32) -> Option<&NtString> {
        if id == StreamState::DATA {
            return Some(&self.data.name);
        }
        self.named.iter().find(|s| s.id == id).map(|s| &s.name)
    }

    /// Takes an open of a stream out again; answers the stream's name, and whose deletion it is, if it has to go now, and be forgotten then.
    pub(crate) fn leave_stream(
        &mut self,
        id: u32,
        access: AccessMask,
        share: ShareAccess,
    ) -> Option<(NtString, Option<Arc<dyn File>>)> {
        let stream = self.stream_mut(id)?;
        stream.opens = stream.opens.saturating_sub(1);
        stream.shares.remove(access, share);
        if stream.delete_pending && !stream.removed && (stream.opens == 0 || stream.posix_delete) {
            stream.removed = true;
            return Some((stream.name.clone(), stream.deleter.take()));
        }
        if stream.opens == 0 {
            self.forget_stream(id);
        }
        None
    }

    /// Forgets a stream nobody has open.
    pub(crate) fn forget_stream(&mut self, id: u32) {
        self.named.retain(|s| s.id != id || s.opens > 0);
    }

    /// The named streams that are open.
    pub(crate) fn named(&self) -> &[StreamState] {
        &self.named
    }

    pub(crate) fn named_mut(&mut self) -> &mut [StreamState] {
        &mut self.named
    }

    /// A stream; it is there as long as an open of it is.
    pub(crate) fn stream(&self, id: u32) -> Option<&StreamState> {
        if id == StreamState::DATA { Some(&self.data) } else { self.named.iter().find(|s| s.id == id) }
    }

    pub(crate) fn stream_mut(&mut self, id: u32) -> Option<&mut StreamState> {
        if id == StreamState::DATA {
            Some(&mut self.data)
        } else {
            self.named.iter_mut().find(|s| s.id == id)
        }
    }

    fn named_as(&self, name: &NtString) -> Option<&StreamState> {
        if name.units().is_empty() {
            return Some(&self.data);
        }
        self.named.iter().find(|s| !s.removed && s.name.eq_ignore_case(name))
    }

    /// The stream of a name, and those that had it and are not quite gone.
    fn all_named_as<'a>(&'a self, name: &'a NtString) -> impl Iterator<Item = &'a StreamState> {
        let data = name.units().is_empty().then_some(&self.data);
        data.into_iter().chain(self.named.iter().filter(|s| s.name.eq_ignore_case(name)))
    }

    /// Every stream there is.
    pub(crate) fn streams_mut(&mut self) -> impl Iterator<Item = &mut StreamState> {
        std::iter::once(&mut self.data).chain(&mut self.named)
    }

    /// The stream of a name, if it is open.
    pub(crate) fn stream_named(&mut self, name: &NtString) -> Option<&mut StreamState> {
        let id = self.named_as(name)?.id;
        self.stream_mut(id)
    }

    /// Whether every open lets others delete the file.
    pub(crate) fn lets_delete(&self) -> bool {
        self.data.shares.lets_delete() && self.named.iter().all(|s| s.removed || s.shares.lets_delete())
    }

    fn register_link(&mut self, want: &Want<'_>) -> u32 {
        if let Some(link) = self.links.iter_mut().find(|l| !l.removed && *l.path == *want.path) {
            link.opens += 1;
            link.posix_opens += u32::from(want.posix);
            return link.id;
        }
        self.last_link = self.last_link.wrapping_add(1);
        self.links.push(Link {
            id: self.last_link,
            path: Arc::new(want.path.clone()),
            opens: 1,
            posix_opens: want.posix.into(),
            delete_pending: false,
            deleter: None,
            posix_delete: false,
            removed: false,
            counted: false,
        });
        self.last_link
    }

    pub(crate) fn link(&self, id: u32) -> Option<&Link> {
        self.links.iter().find(|l| l.id == id)
    }

    pub(crate) fn link_mut(&mut self, id: u32) -> Option<&mut Link> {
        self.links.iter_mut().find(|l| l.id == id)
    }
}
