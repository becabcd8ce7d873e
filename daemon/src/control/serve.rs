//! The answering side.

use super::{DEADLINE, MAX_REQUEST, Posture, Request, Response, Status, bindings, socket_path};
use crate::accounts::{self, Change};
use crate::discovery::Announced;
use crate::interfaces::Policy;
use crate::netbios::NetbiosView;
use crate::printers::Printers;
use crate::shares::Shares;
use crate::vpn::{VpnHandle, VpnRequest};
use anyhow::{Context as _, Result, bail};
use lanward_nbt::Netbios;
use lanward_server::{Event, Server, Subject};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Requests answered at once.
const AT_ONCE: usize = 8;

/// How long to pause when the system has no descriptors left.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// What the control socket shows and changes.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub(crate) server: Arc<Server>,
    pub(crate) shares: Arc<Shares>,
    pub(crate) printers: Arc<Printers>,
    pub(crate) netbios: Arc<Netbios>,
    pub(crate) discovery: Announced,
    /// Where the configuration says to listen.
    pub(crate) policy: Arc<RwLock<Policy>>,
    /// Who dials in, where that is on.
    pub(crate) vpn: Option<VpnHandle>,
    /// Where RPC is reached over TCP.
    pub(crate) rpc: Arc<[SocketAddr]>,
}

/// A socket that is answered until this is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket stays behind");
        }
    }
}

/// Answers at the socket in `state_dir`, which no other server uses: the accounts there are open here.
///
/// # Errors
/// The socket cannot be made.
pub(crate) fn listen(control: Control, state_dir: &Path) -> Result<Socket> {
    let path = socket_path(state_dir);
    if path.exists() {
        std::fs::remove_file(&path).with_context(|| path.display().to_string())?;
    }
    let listener = UnixListener::bind(&path).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(Socket { path, task: tokio::spawn(accept(listener, control)) })
}

async fn accept(listener: UnixListener, control: Control) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let control = control.clone();
                tokio::spawn(async move {
                    converse(stream, &control).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "control socket");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

async fn converse(mut stream: UnixStream, control: &Control) {
    let done = match timeout(DEADLINE, receive(&mut stream)).await {
        Ok(Ok(Request::Capture(wish))) => control.capture(stream, wish).await,
        Ok(Ok(request)) => exchange(&mut stream, control, request).await,
        Ok(Err(error)) => Err(error),
        Err(_) => return tracing::debug!("a control request does not come"),
    };
    if let Err(error) = done {
        tracing::debug!("control request: {error:#}");
    }
}

async fn exchange(stream: &mut UnixStream, control: &Control, request: Request) -> Result<()> {
    let response = if request.changes() {
        // Cut in half, it would be on disk and not live: it is finished, whether or not somebody still waits.
        control.answer(request).await
    } else {
        timeout(DEADLINE, control.answer(request)).await.context("it took too long")?
    };
    let mut line = serde_json::to_vec(&response)?;
    line.push(b'\n');
    Ok(timeout(DEADLINE, stream.write_all(&line)).await.context("nobody takes the answer")??)
}

async fn receive(stream: &mut UnixStream) -> Result<Request> {
    let peer = stream.peer_cred()?.uid();
    if peer != 0 && peer != rustix::process::geteuid().as_raw() {
        bail!("user {peer} may not ask");
    }
    let mut line = String::new();
    BufReader::new(stream.take(MAX_REQUEST)).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}

impl Control {
    /// Where the configuration in force says to listen.
    pub(crate) fn policy(&self) -> Policy {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    async fn answer(&self, request: Request) -> Response {
        match request {
            Request::Status => Response::Status(Box::new(Status::of(&self.server))),
            Request::Users => Response::Users(accounts::users(self.server.accounts())),
            Request::Groups => Response::Groups(accounts::groups(self.server.accounts())),
            Request::Policy => Response::Policy(accounts::policy(self.server.accounts())),
            Request::Change(change) => match self.change(change).await {
                Ok(name) => Response::Changed(name),
                Err(error) => Response::Refused(format!("{error:#}")),
            },
            Request::Bindings => match bindings::bindings(self) {
                Ok(bindings) => Response::Bindings(bindings),
                Err(error) => Response::Refused(format!("looking at the network interfaces: {error}")),
            },
            Request::Metrics => Response::Metrics(crate::metrics::text(&self.server, self.vpn.as_ref())),
            Request::Netbios => Response::Netbios(Box::new(NetbiosView::of(&self.server, &self.netbios))),
            Request::Posture => Response::Posture(Posture::of(&self.server)),
            Request::Printer(request) => self.printer(request).await,
            Request::Vpn(request) => self.vpn(request).await,
            Request::Net(request) => Response::Net(self.net(request).await),
            Request::Capture(_) => Response::Refused("a capture is no answer".to_owned()),
            Request::ExplainAccess(question) => match self.explain(question).await {
                Ok(explanation) => Response::Access(Box::new(explanation)),
                Err(error) => Response::Refused(format!("{error:#}")),
            },
        }
    }

    async fn vpn(&self, request: VpnRequest) -> Response {
        let Some(vpn) = &self.vpn else {
            return Response::Refused("there is no VPN: the configuration has no [vpn]".to_owned());
        };
        let which =
            if let VpnRequest::Disconnect(which) = &request { Some(format!("{which:?}")) } else { None };
        let answer = vpn.answer(request).await;
        if let Some(which) = which {
            self.tell_changed("hung up on who had dialled in", which);
        }
        Response::Vpn(Box::new(answer))
    }

    /// Tells that whoever administers this machine changed something.
    pub(crate) fn tell_changed(&self, what: &'static str, name: String) {
        self.server.event(Event::Changed { by: Subject::operator("local"), what, name });
    }

    /// Changes the accounts, then whatever depends on them.
    async fn change(&self, change: Change) -> Result<String> {
        let book = Arc::clone(self.server.accounts());
        let name = tokio::task::spawn_blocking(move || accounts::apply(&book, change)).await??;
        self.tell_changed("accounts changed", name.clone());
        // Before anything that can fail: the change is made.
        self.server.close_barred_sessions(None).await;
        self.shares.refresh().await?;
        self.printers.refresh().await?;
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Hash;
    use crate::config::{Config, parse};
    use lanward_auth::NtHash;
    use lanward_nt::{FileTime, Guid, Sid};
    use lanward_server::{Identity, Settings};

    #[tokio::test]
    async fn a_change_is_finished_however_long_it_takes() {
        let identity = Identity {
            name: "TEST".into(),
            workgroup: "GROUP".into(),
            comment: String::new(),
            guid: Guid::default(),
            sid: Sid::new(5, &[21, 1, 2, 3]),
        };
        let server = Server::new(identity, Settings::default(), FileTime(1));
        let shares = Arc::new(Shares::new(Arc::clone(&server), None, None).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let text = format!("[share.docs]\npath = \"{}\"\nusers = [\"ann\"]\n", folder.path().display());
        shares.apply(&parse(Path::new("x"), &text).unwrap().config).await.unwrap();
        let (netbios, _) = Netbios::new(Arc::clone(&server), lanward_nbt::Config::new("TEST", "GROUP"));
        let discovery = Announced::new(&Config::default(), &server);
        let printers = Arc::new(Printers::new(Arc::clone(&server), None));
        let control = Control {
            server,
            printers,
            shares,
            netbios,
            discovery,
            policy: Arc::default(),
            rpc: Arc::default(),
            vpn: None,
        };
        let allowed = || control.server.find_share(&"docs".into()).unwrap().allowed.clone();
        assert_eq!(allowed(), Some(Vec::new()));

        let (mut client, stream) = UnixStream::pair().unwrap();
        let change =
            Change::Add { name: "ann".into(), admin: false, hash: Hash(NtHash::new([7; 16])), lm_hash: None };
        let mut line = serde_json::to_vec(&Request::Change(change)).unwrap();
        line.push(b'\n');
        client.write_all(&line).await.unwrap();
        tokio::time::pause();
        let busy = control.shares.state.lock().await;
        let conversation = {
            let control = control.clone();
            tokio::spawn(async move { converse(stream, &control).await })
        };
        tokio::time::sleep(DEADLINE * 6).await;
        assert_eq!(control.server.accounts().directory().users().count(), 1);
        drop(busy);
        conversation.await.unwrap();
        assert_eq!(allowed().map(|users| users.len()), Some(1));
    }
}
