//! Services of this machine that listen at a Unix socket, as named pipes.

mod conversation;
mod places;

use conversation::Conversation;
use lanward_nt::{NtStatus, Sid};
use lanward_server::{Caller, Conversing, PipeInstance, PipeService, UserKind};
use places::Places;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};

/// Who may talk to a service, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePolicy {
    /// The socket it listens at, of streams or of sequenced packets.
    pub socket: PathBuf,
    /// Users and groups that may.
    pub users: Vec<Sid>,
    /// The names of the zones it is in; elsewhere it does not exist.
    pub zones: Vec<String>,
    /// NULL sessions may too, where their zone opens the pipe to them by its name.
    pub anonymous: bool,
    /// Clients talk in messages; by what the socket is if it is not given.
    pub messages: Option<bool>,
    /// Most conversations at a time.
    pub instances: u32,
    /// The service is told in front of all else who talks to it.
    pub announce: bool,
}

/// A service as a named pipe.
#[derive(Debug)]
pub struct LocalService {
    policy: RwLock<Arc<ServicePolicy>>,
    places: Arc<Places>,
}

impl LocalService {
    /// A service that nobody talks to yet.
    #[must_use]
    pub fn new(policy: ServicePolicy) -> Self {
        Self { policy: RwLock::new(Arc::new(policy)), places: Arc::default() }
    }

    /// Another policy from now on; who talks to it goes on.
    pub fn set_policy(&self, policy: ServicePolicy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        self.places.changed.notify_waiters();
    }

    /// Is in no zone any more, for those who wait for it too; who talks to it goes on.
    pub fn withdraw(&self) {
        self.set_policy(ServicePolicy { zones: Vec::new(), ..ServicePolicy::clone(&self.policy()) });
    }

    fn policy(&self) -> Arc<ServicePolicy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PipeService for LocalService {
    fn connect(&self, caller: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        let policy = self.policy();
        admit(&policy, caller)?;
        let place = self.places.take(policy.instances).ok_or(NtStatus::INSTANCE_NOT_AVAILABLE)?;
        let (socket, packets) = connect(&policy).map_err(|error| {
            tracing::warn!(socket = %policy.socket.display(), %error, "A local service cannot be reached");
            match error {
                Errno::AGAIN => NtStatus::INSTANCE_NOT_AVAILABLE,
                Errno::ACCESS | Errno::PERM => NtStatus::ACCESS_DENIED,
                _ => NtStatus::PIPE_NOT_AVAILABLE,
            }
        })?;
        let greeting = if policy.announce { greeting(caller) } else { Vec::new() };
        let messages = policy.messages.unwrap_or(packets);
        let conversation = Conversation::new(socket, place, &greeting, messages);
        Ok(Box::new(conversation.map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?))
    }

    fn wait<'a>(&'a self, caller: &'a Caller) -> Conversing<'a> {
        Box::pin(async move {
            loop {
                let mut changed = pin!(self.places.changed.notified());
                changed.as_mut().enable();
                let policy = self.policy();
                admit(&policy, caller).map_err(|_| NtStatus::OBJECT_NAME_NOT_FOUND)?;
                if self.places.any_left(policy.instances) {
                    return Ok(());
                }
                changed.await;
            }
        })
    }
}

fn admit(policy: &ServicePolicy, caller: &Caller) -> Result<(), NtStatus> {
    let zone = caller.server.zone_of(caller.local, caller.peer);
    if !policy.zones.contains(&zone.name) {
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
    }
    let may = match caller.user.kind {
        UserKind::Named => policy.users.iter().any(|sid| caller.user.is_member(sid)),
        UserKind::Guest => false,
        // That the zone names the pipe was asked before.
        UserKind::Anonymous => policy.anonymous,
    };
    if may { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
}

/// A socket that is connected, and whether it keeps messages apart. It is there or it is not: nothing is waited for.
fn connect(policy: &ServicePolicy) -> rustix::io::Result<(OwnedFd, bool)> {
    let address = SocketAddrUnix::new(&policy.socket)?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let open = |kind| {
        let socket = rustix::net::socket_with(AddressFamily::UNIX, kind, flags, None)?;
        rustix::net::connect(&socket, &address)?;
        Ok(socket)
    };
    match open(SocketType::STREAM) {
        Err(Errno::PROTOTYPE) => open(SocketType::SEQPACKET).map(|socket| (socket, true)),
        stream => stream.map(|socket| (socket, false)),
    }
}

/// Who talks, in one line.
fn greeting(caller: &Caller) -> Vec<u8> {
    let user = format!("{}\\{}", caller.user.domain.to_string_lossy(), caller.user.name.to_string_lossy());
    // Nothing a name has in it ends the line or a word.
    let user: String =
        user.chars().map(|c| if c.is_control() || c.is_whitespace() { '_' } else { c }).collect();
    let name = if caller.user.kind == UserKind::Anonymous { "-" } else { &user };
    format!("LANWARD 1 user={name} sid={} peer={}\n", caller.user.sid, caller.peer.ip()).into_bytes()
}
