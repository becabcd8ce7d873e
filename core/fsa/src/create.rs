use crate::authorize::Making;
use crate::caching::{BreakWait, CacheRequest, HeldCache, Opener, Seen};
use crate::create_check::{Wanted, check_overwrite};
use crate::name::{self, OpenName};
use crate::node::{FileNode, Want};
use crate::notify::{NotifyAction, NotifyFilter, OpenNotify};
use crate::offload::{blocking, short, would_block};
use crate::open::Rights;
use crate::posix::{find, says_mode};
use crate::stream::{Target, remove_streams};
use crate::{FileOpen, FileSystem, SecurityContext, extended_attributes, quota_index};
use lanward_nt::{
    AccessMask, CreateAction, CreateDisposition, CreateOptions, FileAttributes, NtPath, NtStatus, NtString,
    ShareAccess,
};
use lanward_vfs::{
    BasicUpdate, Capabilities, Data, ExtendedAttribute, FileKind, FileNumber, Intent, Metadata, OpenRequest,
    Opened, Wait,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// [MS-FSA] 2.1.5.1: an open as it was asked for.
#[derive(Debug, Clone)]
pub struct CreateParams<'a> {
    /// The name as the client sent it, unchecked: `dir\file:stream:$DATA`, or a pipe's name.
    pub path: &'a NtString,
    /// What the open is for; generic rights and MAXIMUM_ALLOWED are understood.
    pub desired_access: AccessMask,
    /// What others may do meanwhile.
    pub share_access: ShareAccess,
    /// What to do about an existing or missing name.
    pub disposition: CreateDisposition,
    /// How.
    pub options: CreateOptions,
    /// Attributes of a file that is made or overwritten.
    pub attributes: FileAttributes,
    /// Bytes to keep storage for.
    pub allocation_size: Option<u64>,
    /// Extended attributes of a file that is made or overwritten.
    pub extended_attributes: Vec<ExtendedAttribute>,
    /// Opened with the SMB3 POSIX extensions: the permission bits of a file that is made. The path is what
    /// [`NtString::from_posix_path`] makes of the client's. Passed over where the volume cannot tell names by their case.
    pub posix: Option<u16>,
    /// A self-relative SECURITY_DESCRIPTOR for a file that is made.
    pub security_descriptor: Option<&'a [u8]>,
    /// What the open should be allowed to cache.
    pub cache: CacheRequest<'a>,
    /// Set when the open has to wait for others to give up what they cache.
    pub waits: Option<&'a AtomicBool>,
}

/// What came of an open.
#[derive(Debug)]
pub struct Created {
    /// The open.
    pub open: Arc<FileOpen>,
    /// What was done.
    pub action: CreateAction,
    /// The file as it is now.
    pub metadata: Metadata,
    /// What the open may cache.
    pub cache: HeldCache,
}

/// What others say to an open.
enum Admission {
    Granted(Arc<FileOpen>, HeldCache),
    /// When this is done, they are to be asked again.
    Wait(BreakWait),
}

/// How often an open looks again when the name it found moved away under it.
const ATTEMPTS: usize = 8;

/// What of the options stays with an open as its Mode ([MS-FSA] 2.1.5.1 phase 3).
const MODE: CreateOptions = CreateOptions::WRITE_THROUGH
    .union(CreateOptions::SEQUENTIAL_ONLY)
    .union(CreateOptions::NO_INTERMEDIATE_BUFFERING)
    .union(CreateOptions::SYNCHRONOUS_IO_ALERT)
    .union(CreateOptions::SYNCHRONOUS_IO_NONALERT)
    .union(CreateOptions::DELETE_ON_CLOSE);

impl FileSystem {
    /// Opens, makes or overwrites a file or directory ([MS-FSA] 2.1.5.1) for somebody.
    ///
    /// # Errors
    /// The statuses of [MS-FSA] 2.1.5.1.
    pub async fn create(
        self: &Arc<Self>,
        p: CreateParams<'_>,
        by: &Arc<SecurityContext>,
    ) -> Result<Created, NtStatus> {
        let acting;
        let this = if by.identity.is_none() {
            self
        } else {
            acting = self.acting_for(by)?;
            &acting
        };
        this.create_here(p, by).await
    }

    async fn create_here(
        self: &Arc<Self>,
        mut p: CreateParams<'_>,
        by: &Arc<SecurityContext>,
    ) -> Result<Created, NtStatus> {
        let mut name = name::parse(p.path)?;
        extended_attributes::check(&p.extended_attributes)?;
        if p.posix.is_some() {
            self.take_posix(&mut p);
        }
        if let Some(view) = &by.view {
            view.check_path(&name.path, p.disposition.creates())?;
            view.check_bin(&name.path, &mut p)?;
            view.check_drop(&mut p)?;
        }
        let mut wanted = Wanted::new(&p, by, &name)?;
        if let Some(mut target) = quota_index::open(&mut p, &name)? {
            wanted.check_kind(&p, &name, &target.opened.metadata)?;
            let (open, cache) =
                self.admitted(&p, &wanted, &mut target, (quota_index::rights(by), by)).await?;
            return finish(open, target, cache, &p).await;
        }
        if p.posix.is_none()
            && p.disposition.creates()
            && let Some(long) = self.tunnel.long_path(&name)
            && self.is_free(&p, &name.path).await
        {
            name.path = long;
        }
        let mut looked_again = false;
        for _ in 0..ATTEMPTS {
            let changes = self.changes.load(Ordering::Acquire);
            self.check_parent(&p, &name).await?;
            let making = self.making(&p, &name, &wanted, by).await?;
            wanted.may_make = making.allowed;
            if !making.allowed {
                self.refuse_making(&p, &name).await?;
            }
            self.check_lease(&p.cache, &name.path, p.posix.is_some()).await?;
            let found = if name.is_named_stream() {
                self.open_stream_on_volume(&p, &name, &wanted, (&making, by)).await
            } else {
                self.open_on_volume(&p, &name, &wanted, &making).await.map(Target::from)
            };
            let mut target = match found {
                // A name that is going is said to be so before it, or a stream of it, is said to be there or not.
                Err(status) if is_about(status, &name) => match self.number_of(&p, &name.path).await {
                    Some(number) if self.removed_meanwhile(number).await => continue,
                    Some(number) if self.is_going(number) => return Err(NtStatus::DELETE_PENDING),
                    // It may have gone between the two looks.
                    number
                        if status == NtStatus::OBJECT_NAME_COLLISION
                            && !looked_again
                            && (number.is_none() || self.changes.load(Ordering::Acquire) != changes) =>
                    {
                        looked_again = true;
                        continue;
                    }
                    _ => return Err(status),
                },
                found => found?,
            };
            let opened = &target.opened;
            if !opened.created {
                wanted.check_kind(&p, &name, &opened.metadata)?;
                if !name.is_named_stream() {
                    self.check_needed(&p, opened).await?;
                }
                if p.posix.is_none() {
                    self.tunnel.note(&name, &opened.path);
                }
            }
            let rights = if target.new_file {
                making.maximal & self.machine_rights(opened, by).await?
            } else {
                self.rights_on(opened, &p, by).await?
            };
            let seen = by.view.as_ref().map_or(Ok(rights), |v| v.rights_on(opened, target.new_file, rights));
            let admitted = match seen {
                Ok(rights) => self.admitted(&p, &wanted, &mut target, (rights, by)).await,
                Err(status) => {
                    if target.new_file {
                        self.forsake(&target.opened).await;
                    }
                    Err(status)
                }
            };
            let (open, cache) = match admitted {
                Ok(admitted) => admitted,
                Err(status) => {
                    self.forsake_stream(&target).await;
                    let number = target.opened.metadata.number;
                    if status == NtStatus::DELETE_PENDING && self.removed_meanwhile(number).await {
                        continue;
                    }
                    return Err(status);
                }
            };
            // Whoever renames or removes the name from here on sees this open registered.
            let opened = &target.opened;
            if self.changes.load(Ordering::Acquire) == changes || self.still_named(&p, &open, opened).await {
                return finish(open, target, cache, &p).await;
            }
        }
        Err(NtStatus::OBJECT_NAME_NOT_FOUND)
    }

    /// What an open with the POSIX extensions does not ask: whether others may share the file with it.
    fn take_posix(&self, p: &mut CreateParams<'_>) {
        if self.volume().capabilities().contains(Capabilities::CASE_SENSITIVE) {
            p.share_access = ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE;
            p.security_descriptor = p.security_descriptor.filter(|d| !says_mode(d));
        } else {
            p.posix = None;
        }
    }

    /// Looks a path up as an open looks for it.
    pub(crate) async fn find(
        &self,
        p: &CreateParams<'_>,
        path: &NtPath,
    ) -> Result<(NtPath, Metadata), NtStatus> {
        let (volume, path, posix) = (Arc::clone(self.volume()), path.clone(), p.posix.is_some());
        short(self.is_slow(), move || find(&*volume, &path, posix, Wait::Allowed)).await
    }

    /// Whether nothing has a path.
    async fn is_free(&self, p: &CreateParams<'_>, path: &NtPath) -> bool {
        let outcome = self.find(p, path).await;
        outcome.is_err_and(|e| e == NtStatus::OBJECT_NAME_NOT_FOUND)
    }

    /// What may not be made may still be opened, if it is there.
    async fn refuse_making(&self, p: &CreateParams<'_>, name: &OpenName) -> Result<(), NtStatus> {
        if self.is_free(p, &name.path).await {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let must_be_new = p.disposition == CreateDisposition::Create && !name.is_named_stream();
        if must_be_new { Err(NtStatus::OBJECT_NAME_COLLISION) } else { Ok(()) }
    }

    /// A directory that is going takes no new names.
    async fn check_parent(&self, p: &CreateParams<'_>, name: &OpenName) -> Result<(), NtStatus> {
        if !p.disposition.creates() || self.pending_directories.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        match self.number_of(p, &name.path.parent()).await {
            Some(number) if self.is_going(number) => Err(NtStatus::DELETE_PENDING),
            _ => Ok(()),
        }
    }

    /// What has this path.
    async fn number_of(&self, p: &CreateParams<'_>, path: &NtPath) -> Option<FileNumber> {
        let (_, metadata) = self.find(p, path).await.ok()?;
        Some(metadata.number)
    }

    /// Whether a file goes with its last open.
    fn is_going(&self, number: FileNumber) -> bool {
        let node = self.shard(number).get(&number).cloned();
        node.is_some_and(|n| n.state().links.iter().any(|l| l.delete_pending))
    }

    async fn open_on_volume(
        &self,
        p: &CreateParams<'_>,
        name: &OpenName,
        wanted: &Wanted,
        making: &Making,
    ) -> Result<Opened, NtStatus> {
        let intent = self.intent(p, wanted)?;
        let all = wanted.data(if wanted.maximum { wanted.limit } else { wanted.named });
        let least = wanted.data(wanted.named);
        let mut outcome = self.open_with(p, name, wanted, making, (intent, all)).await;
        // Of "whatever is allowed" the volume may allow less than the share.
        for data in [all & Data::READ, least] {
            if outcome.as_ref().err() != Some(&NtStatus::ACCESS_DENIED) || !wanted.maximum {
                break;
            }
            outcome = self.open_with(p, name, wanted, making, (intent, data | least)).await;
        }
        let may_make = intent != Intent::Open || !p.disposition.creates();
        match outcome {
            Err(NtStatus::OBJECT_NAME_NOT_FOUND) if !may_make => Err(self.refusal()),
            outcome => outcome,
        }
    }

    /// # Errors
    /// ACCESS_DENIED or MEDIA_WRITE_PROTECTED where nothing may be written.
    pub(crate) fn intent(&self, p: &CreateParams<'_>, wanted: &Wanted) -> Result<Intent, NtStatus> {
        let writable = wanted.limit.contains(AccessMask::WRITE_DATA) && !self.is_read_only();
        match p.disposition {
            CreateDisposition::Open => Ok(Intent::Open),
            CreateDisposition::OpenIf if !writable => Ok(Intent::Open),
            _ if !writable => Err(self.refusal()),
            CreateDisposition::Overwrite => Ok(Intent::Open),
            CreateDisposition::Create => Ok(Intent::Create),
            _ if !wanted.may_make => Ok(Intent::Open),
            CreateDisposition::Supersede | CreateDisposition::OpenIf | CreateDisposition::OverwriteIf => {
                Ok(Intent::OpenOrCreate)
            }
        }
    }

    fn refusal(&self) -> NtStatus {
        if self.is_read_only() { NtStatus::MEDIA_WRITE_PROTECTED } else { NtStatus::ACCESS_DENIED }
    }

    pub(crate) async fn open_with(
        &self,
        p: &CreateParams<'_>,
        name: &OpenName,
        wanted: &Wanted,
        making: &Making,
        (intent, data): (Intent, Data),
    ) -> Result<Opened, NtStatus> {
        let mut attributes = p.attributes.intersection(FileAttributes::SETTABLE);
        attributes.set(FileAttributes::ARCHIVE, !wanted.directory);
        attributes.remove(FileAttributes::NORMAL);
        let (make_directory, no_follow) =
            (wanted.directory, p.options.contains(CreateOptions::OPEN_REPARSE_POINT));
        let (security, mode) = (making.descriptor.as_deref(), making.mode);
        let request = |path, wait| OpenRequest {
            path,
            intent,
            data,
            make_directory,
            attributes,
            security,
            mode,
            no_follow,
            posix: p.posix,
            wait,
        };
        let outcome = self.volume().open(&request(&name.path, Wait::Never));
        if !would_block(&outcome) {
            return outcome;
        }
        let (volume, path, posix) = (Arc::clone(self.volume()), name.path.clone(), p.posix);
        let descriptor = making.descriptor.clone();
        blocking(move || {
            let (wait, security) = (Wait::Allowed, descriptor.as_deref());
            volume.open(&OpenRequest {
                path: &path,
                intent,
                data,
                make_directory,
                attributes,
                security,
                mode,
                no_follow,
                posix,
                wait,
            })
        })
        .await
    }

    /// Asks until nobody has to give up anything more first.
    async fn admitted(
        self: &Arc<Self>,
        p: &CreateParams<'_>,
        wanted: &Wanted,
        target: &mut Target,
        (rights, by): (AccessMask, &Arc<SecurityContext>),
    ) -> Result<(Arc<FileOpen>, HeldCache), NtStatus> {
        loop {
            match self.admit(p, wanted, target, (rights, by))? {
                Admission::Granted(open, cache) => return Ok((open, cache)),
                Admission::Wait(wait) => {
                    if let Some(waits) = p.waits {
                        waits.store(true, Ordering::Relaxed);
                    }
                    wait.done().await;
                    // Whoever gave up what it cached has written it back.
                    target.opened.metadata = target.opened.file.metadata()?;
                }
            }
        }
    }

    /// The verdict and the registration, under one lock.
    fn admit(
        self: &Arc<Self>,
        p: &CreateParams<'_>,
        wanted: &Wanted,
        target: &Target,
        (rights, by): (AccessMask, &Arc<SecurityContext>),
    ) -> Result<Admission, NtStatus> {
        let Target { opened, stream, new_file } = target;
        let (access, added) = if *new_file {
            let limit = if wanted.maximum { wanted.everything() } else { AccessMask::empty() };
            (wanted.named.union(limit), AccessMask::empty())
        } else {
            (wanted.grant(p, &opened.metadata, rights, self.is_read_only())?, wanted.added)
        };
        if !opened.created && p.disposition.overwrites() && stream.units().is_empty() {
            check_overwrite(opened.metadata.attributes, p.attributes)?;
        }
        let (share, posix) = (p.share_access, p.posix.is_some());
        let want = Want { path: &opened.path, stream, access, added, share, posix };
        let number = opened.metadata.number;
        let mut shard = self.shard(number);
        let known = shard.get(&number).cloned();
        let node = known.unwrap_or_else(|| Arc::new(FileNode::new(number)));
        let directory = opened.metadata.kind == FileKind::Directory;
        let opener = Opener {
            request: &p.cache,
            overwrites: !opened.created && p.disposition.overwrites(),
            deletes: !opened.created && p.options.contains(CreateOptions::DELETE_ON_CLOSE),
        };
        let (place, cache, held) = {
            let mut state = node.state();
            if let Some(wait) = state.clear_way(&node, &want, opener)? {
                return Ok(Admission::Wait(wait));
            }
            let registered = state.register(&node, &want, &p.cache, directory)?;
            if stream.units().is_empty() {
                state.note_seen(Seen::new(node.own_changes(), &opened.metadata));
            }
            registered
        };
        if *new_file {
            node.made_by(by);
        }
        shard.entry(number).or_insert_with(|| Arc::clone(&node));
        drop(shard);
        let open = Arc::new(FileOpen {
            file_system: Arc::clone(self),
            node,
            file: Arc::clone(&opened.file),
            id: self.next_open(),
            link: place.link,
            stream: place.stream,
            cache,
            rights: Rights { granted: access, maximal: rights & wanted.everything(), share: p.share_access },
            by: Arc::clone(by),
            options: p.options,
            posix,
            directory,
            closed: AtomicBool::new(false),
            position: AtomicU64::new(0),
            // Delete-on-close is armed by `finish`, when nothing can fail any more.
            mode: AtomicU32::new(
                p.options.intersection(MODE).difference(CreateOptions::DELETE_ON_CLOSE).bits(),
            ),
            sticky_write_time: AtomicU64::new(0),
            sticky_change_time: AtomicU64::new(0),
            holds_time: AtomicBool::new(false),
            archived: AtomicBool::new(opened.metadata.attributes.contains(FileAttributes::ARCHIVE)),
            notify: OpenNotify::default(),
            last_quota: quota_index::is_index(number).then(Box::default),
            scan: tokio::sync::Mutex::new(None),
        });
        open.enter_directory_cache(&opened.path);
        Ok(Admission::Granted(open, held))
    }

    /// Whether the name still leads to what was opened.
    async fn still_named(&self, p: &CreateParams<'_>, open: &FileOpen, opened: &Opened) -> bool {
        let outcome = self.find(p, &opened.path).await;
        outcome.is_ok_and(|(_, m)| m.number == open.node.number)
    }
}

/// Whether a refusal says that what was asked for is there, or that a stream is not.
fn is_about(status: NtStatus, name: &OpenName) -> bool {
    matches!(status, NtStatus::OBJECT_NAME_COLLISION | NtStatus::DELETE_PENDING)
        || (status == NtStatus::OBJECT_NAME_NOT_FOUND && name.is_named_stream())
}

/// What happens to the file itself once the open is registered. When it fails the open is dropped, which closes it.
async fn finish(
    open: Arc<FileOpen>,
    target: Target,
    cache: HeldCache,
    p: &CreateParams<'_>,
) -> Result<Created, NtStatus> {
    let Target { opened, new_file, .. } = target;
    let overwritten = !opened.created && p.disposition.overwrites();
    let delete_on_close = p.options.contains(CreateOptions::DELETE_ON_CLOSE);
    let readonly = p.attributes.contains(FileAttributes::READONLY);
    let mut outcome = Ok(opened.metadata);
    if new_file {
        open.file_system.report_added(open.directory, &opened.path);
    }
    if opened.created || overwritten {
        open.node.note_own_change();
        outcome = shape(&open, &opened, p, Shape { overwritten, new_file }).await;
        if open.is_named_stream() {
            open.report_stream_opened(&opened, overwritten);
        } else if overwritten {
            let changed = NotifyFilter::ATTRIBUTES | NotifyFilter::WRITTEN;
            open.file_system.report(NotifyAction::Modified, changed, &opened.path);
        }
        open.node.note_own_change();
        if overwritten {
            outcome = outcome.and_then(|metadata| open.tell_held_times().map(|()| metadata));
        }
        open.tell_entry_changed(&opened.path);
        if new_file && delete_on_close && readonly {
            outcome = Err(NtStatus::CANNOT_DELETE);
        }
    }
    if delete_on_close || (outcome.is_err() && opened.created) {
        open.mode.fetch_or(CreateOptions::DELETE_ON_CLOSE.bits(), Ordering::Relaxed);
    }
    let action = match p.disposition {
        _ if opened.created => CreateAction::Created,
        CreateDisposition::Supersede => CreateAction::Superseded,
        _ if overwritten => CreateAction::Overwritten,
        _ => CreateAction::Opened,
    };
    outcome.map(|mut metadata| {
        open.show_held_times(&mut metadata);
        if let Some(view) = &open.by.view {
            view.show(opened.path.file_name(), &mut metadata);
        }
        Created { open, action, metadata, cache }
    })
}

/// What is to be done to the file.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// What was there is to be emptied.
    overwritten: bool,
    /// The file itself is new, not only a stream of it.
    new_file: bool,
}

/// Empties an overwritten file, and gives a new or emptied one its attributes, allocation and extended attributes.
async fn shape(
    open: &Arc<FileOpen>,
    opened: &Opened,
    p: &CreateParams<'_>,
    Shape { overwritten, new_file }: Shape,
) -> Result<Metadata, NtStatus> {
    let allocation = p.allocation_size.filter(|n| *n > 0 && !open.directory);
    let named = open.is_named_stream();
    let wants_eas = !p.extended_attributes.is_empty() && (new_file || !named);
    if !overwritten && allocation.is_none() && !wants_eas {
        return Ok(opened.metadata);
    }
    let eas = if wants_eas { p.extended_attributes.clone() } else { Vec::new() };
    let file = Arc::clone(&opened.file);
    let file_changes = overwritten && !named;
    let open_streams = if file_changes { open.doom_streams() } else { Vec::new() };
    let mut attributes = p.attributes.intersection(FileAttributes::SETTABLE) | FileAttributes::ARCHIVE;
    attributes.remove(FileAttributes::NORMAL | FileAttributes::NOT_CONTENT_INDEXED);
    let had_eas = opened.metadata.ea_size > 0;
    short(open.file_system.is_slow(), move || {
        if overwritten {
            file.set_end_of_file(0)?;
        }
        if file_changes {
            remove_streams(&*file, &open_streams)?;
            file.set_basic(&BasicUpdate { attributes: Some(attributes), ..BasicUpdate::default() })?;
            if had_eas {
                for ea in file.extended_attributes()? {
                    file.set_extended_attribute(&ExtendedAttribute { value: Vec::new(), ..ea })?;
                }
            }
        }
        eas.iter().try_for_each(|ea| file.set_extended_attribute(ea))?;
        if let Some(n) = allocation {
            file.reserve(n)?;
        }
        file.metadata()
    })
    .await
}
