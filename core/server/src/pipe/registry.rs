use crate::{PipeActivity, PipeOpen, PipeOutlet, Server, User};
use lanward_nt::{NtStatus, NtString};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

/// Who opened a pipe, and of whom.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whom the client acts for.
    pub user: Arc<User>,
    /// The server whose pipe it is.
    pub server: Arc<Server>,
    /// The server's address the client used.
    pub local: SocketAddr,
    /// The client's address.
    pub peer: SocketAddr,
    /// The session the pipe was opened in; `None` for callers that come without one.
    pub session: Option<u64>,
    /// What the pipe is open for: whoever answers notes what is called.
    pub activity: Arc<PipeActivity>,
}

/// What answers at a pipe's name.
pub trait PipeService: Send + Sync {
    /// A new instance for one open.
    ///
    /// # Errors
    /// ACCESS_DENIED: not for this caller.
    fn connect(&self, caller: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus>;

    /// Waits until there is an instance to connect to; most services have one for whoever comes. Dropping it gives it up.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: never for this caller.
    fn wait<'a>(&'a self, _caller: &'a Caller) -> Conversing<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Work on one message, or waiting for a conversation. Dropping it gives the conversation up.
pub type Conversing<'a> = Pin<Box<dyn Future<Output = Result<(), NtStatus>> + Send + 'a>>;

/// One open's end of a conversation in messages.
pub trait PipeInstance: Send {
    /// Takes one message and appends the messages it is answered with, none to several.
    ///
    /// # Errors
    /// The conversation is over; the pipe is disconnected.
    fn message<'a>(&'a mut self, input: &'a [u8], replies: &'a mut Vec<Vec<u8>>) -> Conversing<'a>;

    /// Takes the way to say what nobody asked for; before the first message, once.
    fn attach(&mut self, _outlet: PipeOutlet) {}

    /// Whether it talks in messages, and not in bytes that have no boundaries.
    fn is_message_type(&self) -> bool {
        true
    }
}

/// The pipes there are. Names are keys in this table and nothing else: they never become a path (hostile input C8).
#[derive(Default)]
pub struct PipeRegistry {
    services: RwLock<BTreeMap<NtString, Registered>>,
    /// Bytes of unread answers of each session.
    queued: Mutex<HashMap<u64, Weak<AtomicUsize>>>,
}

#[derive(Clone)]
struct Registered {
    name: Arc<str>,
    service: Arc<dyn PipeService>,
}

impl PipeRegistry {
    /// Puts a service at a name (`srvsvc`), in the place of one that may be there.
    pub fn register(&self, name: &str, service: Arc<dyn PipeService>) {
        let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
        services.insert(NtString::from(name).to_uppercase(), Registered { name: name.into(), service });
    }

    /// Takes a service away; who talks to it goes on.
    pub fn unregister(&self, name: &str) {
        let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
        services.remove(&NtString::from(name).to_uppercase());
    }

    /// Whether there is a pipe of this name, whatever its case.
    #[must_use]
    pub fn contains(&self, name: &NtString) -> bool {
        self.services.read().unwrap_or_else(PoisonError::into_inner).contains_key(&name.to_uppercase())
    }

    /// The pipes' names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.services
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|r| r.name.to_string())
            .collect()
    }

    /// Opens a pipe.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND; or what the service says.
    pub fn connect(&self, name: &NtString, caller: &Caller) -> Result<Arc<PipeOpen>, NtStatus> {
        let Registered { name, service } = self.find(name)?;
        let queued = self.queued_of(caller.session);
        Ok(PipeOpen::new(name, Arc::clone(&caller.activity), queued, service.connect(caller)?))
    }

    /// Waits until the pipe can be opened.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND; or what [`PipeService::wait`] says.
    pub(crate) async fn wait(&self, name: &NtString, caller: &Caller) -> Result<(), NtStatus> {
        self.find(name)?.service.wait(caller).await
    }

    fn find(&self, name: &NtString) -> Result<Registered, NtStatus> {
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        services.get(&name.to_uppercase()).cloned().ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)
    }

    fn queued_of(&self, session: Option<u64>) -> Arc<AtomicUsize> {
        let Some(session) = session else { return Arc::default() };
        let mut sessions = self.queued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queued) = sessions.get(&session).and_then(Weak::upgrade) {
            return queued;
        }
        sessions.retain(|_, queued| queued.strong_count() > 0);
        let queued = Arc::default();
        sessions.insert(session, Arc::downgrade(&queued));
        queued
    }
}

impl fmt::Debug for PipeRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
