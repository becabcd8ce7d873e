use lanward_fsa::{
    BreakRoute, CacheRequest, CreateParams, Created, FileOpen, FileSystem, Found, OplockLevel,
    SecurityContext, ShareView,
};
use lanward_nt::security::{Privileges, SecurityDescriptor, Token};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, FileTime, NtStatus, NtString, ShareAccess,
    Sid,
};
use lanward_vfs::MemVolume;
use lanward_wire::{Encode, ReplyBudget};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Everything but the right to read and change the audit list.
pub(crate) const ALL: AccessMask = AccessMask::FILE_ALL_ACCESS;
pub(crate) const SHARE_ALL: u32 = 7;

/// A file system on an empty volume whose clock ticks with every look.
pub(crate) fn file_system() -> Arc<FileSystem> {
    let clock = AtomicU64::new(1_000_000);
    FileSystem::new(MemVolume::new(move || FileTime(clock.fetch_add(10, Ordering::Relaxed))))
}

/// An open as most tests want it: everything allowed, everything shared.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) path: NtString,
    pub(crate) access: AccessMask,
    pub(crate) limit: AccessMask,
    pub(crate) share: u32,
    pub(crate) disposition: CreateDisposition,
    pub(crate) options: CreateOptions,
    pub(crate) attributes: FileAttributes,
    pub(crate) token: Token,
    pub(crate) hides: bool,
    pub(crate) view: Option<ShareView>,
    pub(crate) write_time_delay: Option<Duration>,
    pub(crate) security: Option<Vec<u8>>,
    pub(crate) oplock: Option<(OplockLevel, Arc<BreakRoute>)>,
}

/// A user without privileges, by the last number of the SID.
pub(crate) fn user(rid: u32) -> Token {
    Token {
        user: Sid::new(5, &[21, 1, 2, 3, rid]),
        groups: vec![Sid::everyone(), Sid::authenticated_users(), Sid::users()],
        primary_group: Sid::users(),
        privileges: Privileges::empty(),
    }
}

pub(crate) fn ask(path: &str, disposition: CreateDisposition) -> Ask {
    Ask {
        path: path.into(),
        access: ALL,
        limit: ALL,
        share: SHARE_ALL,
        disposition,
        options: CreateOptions::empty(),
        attributes: FileAttributes::empty(),
        token: user(1000),
        hides: false,
        view: None,
        write_time_delay: None,
        security: None,
        oplock: None,
    }
}

impl Ask {
    pub(crate) fn access(mut self, access: AccessMask) -> Self {
        self.access = access;
        self
    }

    pub(crate) fn limit(mut self, limit: AccessMask) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn share(mut self, share: u32) -> Self {
        self.share = share;
        self
    }

    pub(crate) fn options(mut self, options: CreateOptions) -> Self {
        self.options = options;
        self
    }

    pub(crate) fn attributes(mut self, attributes: FileAttributes) -> Self {
        self.attributes = attributes;
        self
    }

    pub(crate) fn token(mut self, token: &Token) -> Self {
        self.token = token.clone();
        self
    }

    pub(crate) fn security(mut self, descriptor: &SecurityDescriptor) -> Self {
        self.security = Some(descriptor.to_bytes());
        self
    }

    pub(crate) fn oplock(mut self, level: OplockLevel, route: &Arc<BreakRoute>) -> Self {
        self.oplock = Some((level, Arc::clone(route)));
        self
    }

    pub(crate) fn view(mut self, view: &ShareView) -> Self {
        self.view = Some(view.clone());
        self
    }

    pub(crate) fn write_time_delay(mut self, delay: Duration) -> Self {
        self.write_time_delay = Some(delay);
        self
    }

    pub(crate) async fn go(&self, fs: &Arc<FileSystem>) -> Result<Created, NtStatus> {
        fs.create(self.params(), &Arc::new(self.context())).await
    }

    /// What is told of it without an open.
    pub(crate) async fn look(&self, fs: &Arc<FileSystem>) -> Result<Option<Found>, NtStatus> {
        fs.look(&self.params(), &self.context()).await
    }

    fn params(&self) -> CreateParams<'_> {
        CreateParams {
            path: &self.path,
            desired_access: self.access,
            share_access: ShareAccess::from_bits_retain(self.share),
            disposition: self.disposition,
            options: self.options,
            attributes: self.attributes,
            allocation_size: None,
            extended_attributes: Vec::new(),
            posix: None,
            security_descriptor: self.security.as_deref(),
            cache: self
                .oplock
                .as_ref()
                .map_or(CacheRequest::None, |(level, route)| CacheRequest::Oplock { level: *level, route }),
            waits: None,
        }
    }

    fn context(&self) -> SecurityContext {
        SecurityContext {
            token: self.token.clone(),
            limit: self.limit,
            hide_unreadable: self.hides,
            identity: None,
            view: self.view.clone(),
            write_time_delay: self.write_time_delay,
            auditor: None,
        }
    }

    pub(crate) async fn open(&self, fs: &Arc<FileSystem>) -> Arc<FileOpen> {
        self.go(fs).await.unwrap().open
    }

    pub(crate) async fn status(&self, fs: &Arc<FileSystem>) -> NtStatus {
        self.go(fs).await.err().unwrap_or(NtStatus::SUCCESS)
    }
}

pub(crate) async fn make_file(fs: &Arc<FileSystem>, path: &str, data: &[u8]) {
    let open = ask(path, CreateDisposition::Create).open(fs).await;
    open.write(0, data, false).await.unwrap();
    open.close(false).await.unwrap();
}

pub(crate) async fn make_directory(fs: &Arc<FileSystem>, path: &str) {
    let directory = ask(path, CreateDisposition::Create).options(CreateOptions::DIRECTORY_FILE);
    directory.open(fs).await.close(false).await.unwrap();
}

/// What a query writes when `limit` bytes are allowed.
pub(crate) fn budget(limit: u32, buf: &mut Vec<u8>) -> lanward_wire::BudgetedWriter<'_> {
    ReplyBudget::new(limit, u32::MAX).writer(buf)
}

/// Polls once with a waker that wakes nobody.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
