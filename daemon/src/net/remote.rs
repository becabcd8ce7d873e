//! The same of another server, over srvsvc ([MS-SRVS]) and samr, as Windows' own tools ask it.

use super::remote_accounts::Accounts;
use super::{Failure, NetAnswer, NetFile, NetRequest, NetSession, NetShare, NetStatistics, NewShare};
use anyhow::Result;
use lanward_auth::{Credentials, NtHash};
use lanward_client::{Connection, Error, Login, Options, Rpc, Tree};
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::srvsvc::{
    self, FileCloseRequest, FileEnumRequest, FileInfo, ParameterErrorResponse, ServerStatisticsRequest,
    ServerStatisticsResponse, SessionDelRequest, SessionEnumRequest, SessionInfo, ShareAddRequest,
    ShareDelRequest, ShareEnumRequest, ShareInfo, ShareSetInfoRequest, ShareType,
};
use lanward_rpc::{Arguments, ClientError, EnumResponse, Fault};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

/// Everything, as far as one answer goes.
const MAX_PREFERRED_LENGTH: u32 = u32::MAX;

/// Most entries that are taken of a list.
const MOST: usize = 1 << 20;

const MORE_DATA: u32 = 234;
const ACCESS_DENIED: u32 = 5;

/// Another server, and the server service there.
pub(crate) struct Remote {
    connection: Connection,
    service: Rpc,
    ipc: Tree,
    name: String,
}

impl Remote {
    /// Signs in to `HOST[:PORT]` as `[DOMAIN\]USER`.
    ///
    /// # Errors
    /// What stands in the way, as Windows numbers it.
    pub(crate) fn connect(server: &str, user: &str, hash: NtHash) -> Result<Self> {
        let address = address(server).ok_or(Failure::BAD_NETWORK_PATH)?;
        let mut connection =
            Connection::connect(address, Options::default().signed()).map_err(|error| failure(&error))?;
        let (domain, user) = user.split_once('\\').unwrap_or(("", user));
        let credentials = Credentials::User { domain: domain.into(), user: user.into(), nt_hash: hash };
        let mut open = || {
            let session = connection.login_with(&Login::with(credentials.clone()))?;
            let ipc = connection.tree_connect(session, "IPC$")?;
            Ok((connection.rpc_bind(ipc, "srvsvc", srvsvc::INTERFACE)?, ipc))
        };
        let (service, ipc) = open().map_err(|error| failure(&error))?;
        Ok(Self { connection, service, ipc, name: format!("\\\\{server}") })
    }

    /// # Errors
    /// What the server refused, as Windows numbers it.
    pub(crate) fn ask(&mut self, request: NetRequest) -> Result<NetAnswer> {
        Ok(match request {
            NetRequest::Shares => NetAnswer::Shares(self.shares()?),
            NetRequest::AddShare(share) => self.add_share(&share)?,
            NetRequest::ChangeShare { name, remark, max_users } => {
                self.change_share(&name, remark, max_users)?
            }
            NetRequest::DeleteShare(name) => {
                let request = ShareDelRequest { name: name.as_str().into(), ..ShareDelRequest::default() };
                self.act(srvsvc::opnum::SHARE_DEL, &request)?
            }
            NetRequest::Sessions => NetAnswer::Sessions(self.sessions()?),
            NetRequest::DeleteSessions { computer, user } => {
                let client = format!("\\\\{}", computer.trim_start_matches('\\'));
                let request = SessionDelRequest {
                    client: Some(client.as_str().into()),
                    user: user.as_deref().map(Into::into),
                    ..SessionDelRequest::default()
                };
                self.act(srvsvc::opnum::SESSION_DEL, &request)?
            }
            NetRequest::Files => NetAnswer::Files(self.files()?),
            NetRequest::CloseFile(id) => {
                self.act(srvsvc::opnum::FILE_CLOSE, &FileCloseRequest { id, ..FileCloseRequest::default() })?
            }
            NetRequest::Statistics => NetAnswer::Statistics(self.statistics()?),
            NetRequest::Accounts => {
                let server = self.name.trim_start_matches('\\').to_owned();
                NetAnswer::Accounts(Accounts::open(&mut self.connection, self.ipc)?.all(server)?)
            }
        })
    }

    fn call<Q: Arguments, A: Arguments + Default>(&mut self, operation: u16, request: &Q) -> Result<A> {
        let answer = self.connection.rpc_call(&mut self.service, operation, |w| request.encode(w), A::decode);
        Ok(answer.map_err(|error| failure(&error))?)
    }

    /// An operation that returns a status and nothing else.
    fn act<Q: Arguments>(&mut self, operation: u16, request: &Q) -> Result<NetAnswer> {
        let status = self.connection.rpc_call(
            &mut self.service,
            operation,
            |w| request.encode(w),
            |r| r.u32("status"),
        );
        done(status.map_err(|error| failure(&error))?)
    }

    /// A whole list, however many answers it takes.
    fn list<E: lanward_rpc::Entry, Q: Arguments>(
        &mut self,
        operation: u16,
        request: impl Fn(u32) -> Q,
    ) -> Result<Vec<E>> {
        let (mut entries, mut resume) = (Vec::new(), 0);
        loop {
            let part: EnumResponse<E> = self.call(operation, &request(resume))?;
            let got = part.entries.unwrap_or_default();
            let more = part.status == MORE_DATA && !got.is_empty() && entries.len() < MOST;
            entries.extend(got);
            match (part.status, part.resume_handle) {
                (0, _) => return Ok(entries),
                (MORE_DATA, Some(next)) if more => resume = next,
                (status, _) => return Err(Failure(status).into()),
            }
        }
    }

    /// With what only administrators are told, or without it.
    fn shares(&mut self) -> Result<Vec<NetShare>> {
        let ask = |level| {
            move |resume| ShareEnumRequest {
                level,
                preferred_maximum_length: MAX_PREFERRED_LENGTH,
                resume_handle: Some(resume),
                ..ShareEnumRequest::default()
            }
        };
        let all = match self.list(srvsvc::opnum::SHARE_ENUM, ask(2)) {
            Err(error) if error.downcast_ref() == Some(&Failure(ACCESS_DENIED)) => {
                self.list(srvsvc::opnum::SHARE_ENUM, ask(1))?
            }
            all => all?,
        };
        Ok(all.iter().map(share).collect())
    }

    fn add_share(&mut self, share: &NewShare) -> Result<NetAnswer> {
        let info = ShareInfo {
            name: Some(share.name.as_str().into()),
            remark: Some(share.remark.as_str().into()),
            max_uses: share.max_users.unwrap_or(u32::MAX),
            path: Some(share.path.to_string_lossy().as_ref().into()),
            ..ShareInfo::default()
        };
        let request = ShareAddRequest { level: 2, share: Some(info), ..ShareAddRequest::default() };
        let answer: ParameterErrorResponse = self.call(srvsvc::opnum::SHARE_ADD, &request)?;
        done(answer.status)
    }

    fn change_share(
        &mut self,
        name: &str,
        remark: Option<String>,
        max_users: Option<u32>,
    ) -> Result<NetAnswer> {
        const REMARK: u32 = 1004;
        const MAX_USES: u32 = 1006;
        let remark = remark.map(|remark| {
            (REMARK, ShareInfo { remark: Some(remark.as_str().into()), ..ShareInfo::default() })
        });
        let users = max_users.map(|max_uses| (MAX_USES, ShareInfo { max_uses, ..ShareInfo::default() }));
        for (level, info) in remark.into_iter().chain(users) {
            let request = ShareSetInfoRequest {
                name: name.into(),
                level,
                share: Some(info),
                ..ShareSetInfoRequest::default()
            };
            let answer: ParameterErrorResponse = self.call(srvsvc::opnum::SHARE_SET_INFO, &request)?;
            done(answer.status)?;
        }
        Ok(NetAnswer::Done)
    }

    fn sessions(&mut self) -> Result<Vec<NetSession>> {
        let all: Vec<SessionInfo> = self.list(srvsvc::opnum::SESSION_ENUM, |resume| SessionEnumRequest {
            level: 2,
            preferred_maximum_length: MAX_PREFERRED_LENGTH,
            resume_handle: Some(resume),
            ..SessionEnumRequest::default()
        })?;
        Ok(all.iter().map(session).collect())
    }

    fn files(&mut self) -> Result<Vec<NetFile>> {
        let all: Vec<FileInfo> = self.list(srvsvc::opnum::FILE_ENUM, |resume| FileEnumRequest {
            level: 3,
            preferred_maximum_length: MAX_PREFERRED_LENGTH,
            resume_handle: Some(resume),
            ..FileEnumRequest::default()
        })?;
        Ok(all.iter().map(file).collect())
    }

    fn statistics(&mut self) -> Result<NetStatistics> {
        let request = ServerStatisticsRequest::default();
        let answer: ServerStatisticsResponse = self.call(srvsvc::opnum::SERVER_STATISTICS_GET, &request)?;
        let found = answer.statistics.ok_or(Failure(answer.status))?;
        let wide = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        Ok(NetStatistics {
            server: self.name.clone(),
            since: found.start.into(),
            sessions_accepted: found.session_opens.into(),
            sessions_timed_out: found.sessions_timed_out.into(),
            sessions_errored_out: found.sessions_errored_out.into(),
            bytes_sent: wide(found.bytes_sent_low, found.bytes_sent_high),
            bytes_received: wide(found.bytes_received_low, found.bytes_received_high),
            system_errors: found.system_errors.into(),
            permission_violations: found.permission_errors.into(),
            password_violations: found.password_errors.into(),
            files_accessed: found.file_opens.into(),
        })
    }
}

fn done(status: u32) -> Result<NetAnswer> {
    if status == 0 { Ok(NetAnswer::Done) } else { Err(Failure(status).into()) }
}

fn text(text: Option<&NtString>) -> String {
    text.map(NtString::to_string_lossy).unwrap_or_default()
}

fn share(info: &ShareInfo) -> NetShare {
    let kinds = ["disk", "printer", "device", "ipc"];
    let kind = info.share_type.difference(ShareType::SPECIAL | ShareType::TEMPORARY).bits();
    NetShare {
        name: text(info.name.as_ref()),
        kind: (*kinds.get(kind as usize).unwrap_or(&"disk")).to_owned(),
        special: info.share_type.contains(ShareType::SPECIAL),
        path: text(info.path.as_ref()),
        remark: text(info.remark.as_ref()),
        max_users: Some(info.max_uses).filter(|uses| *uses != u32::MAX),
        users: info.current_uses,
    }
}

fn session(info: &SessionInfo) -> NetSession {
    /// SESS_GUEST ([MS-SRVS] 2.2.2.3)
    const GUEST: u32 = 1;
    NetSession {
        computer: format!("\\\\{}", text(info.client.as_ref()).trim_start_matches('\\')),
        user: text(info.user.as_ref()),
        client_type: text(info.client_type.as_ref()),
        opens: info.opens,
        connected_seconds: info.seconds.into(),
        idle_seconds: info.idle_seconds.into(),
        guest: info.user_flags & GUEST != 0,
        here: None,
    }
}

fn file(info: &FileInfo) -> NetFile {
    // [MS-SRVS] 2.2.2.6 Permission Settings
    let may = |right: u32| info.permissions & right != 0;
    NetFile {
        id: info.id,
        path: text(info.path.as_ref()),
        user: text(info.user.as_ref()),
        locks: info.locks,
        reads: may(1),
        writes: may(2),
        creates: may(4),
        session: None,
    }
}

/// The address of `HOST[:PORT]`.
pub(crate) fn address(server: &str) -> Option<SocketAddr> {
    const PORT: u16 = 445;
    if let Ok(ip) = server.parse::<IpAddr>() {
        return Some((ip, PORT).into());
    }
    let host = server.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let port = host.and_then(|(_, port)| port.parse().ok());
    let found = match (host, port) {
        (Some((host, _)), Some(port)) => (host.trim_matches(['[', ']']), port).to_socket_addrs(),
        _ => (server, PORT).to_socket_addrs(),
    };
    found.ok()?.next()
}

/// What a failure is to Windows.
pub(super) fn failure(error: &Error) -> Failure {
    const NETWORK: Failure = Failure(59);
    const CALL_FAILED: Failure = Failure(1726);
    match error {
        Error::Io(_) | Error::TimedOut => Failure::BAD_NETWORK_PATH,
        Error::Closed => Failure(64),
        Error::Rpc(ClientError::Fault(Fault::ACCESS_DENIED)) => Failure(ACCESS_DENIED),
        Error::Rpc(_) => CALL_FAILED,
        Error::Status { status, .. } | Error::Smb1 { status, .. } => of_status(*status).unwrap_or(NETWORK),
        Error::Netbios(_) => Failure::BAD_NETWORK_PATH,
        Error::Decode(_) | Error::Protocol(_) | Error::Unable(_) => NETWORK,
    }
}

/// [MS-ERREF] 2.3.1, as far as signing in and opening a pipe go.
pub(super) fn of_status(status: NtStatus) -> Option<Failure> {
    let pairs = [
        (NtStatus::ACCESS_DENIED, 5),
        (NtStatus::BAD_NETWORK_NAME, 67),
        (NtStatus::SHARING_PAUSED, 70),
        (NtStatus::REQUEST_NOT_ACCEPTED, 71),
        (NtStatus::OBJECT_NAME_NOT_FOUND, 2),
        (NtStatus::LOGON_FAILURE, 1326),
        (NtStatus::ACCOUNT_DISABLED, 1331),
        (NtStatus::ACCOUNT_LOCKED_OUT, 1909),
    ];
    pairs.into_iter().find(|(known, _)| *known == status).map(|(_, code)| Failure(code))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn servers_are_named_with_a_port_or_without() {
        let cases = [
            ("127.0.0.1", "127.0.0.1:445"),
            ("127.0.0.1:4445", "127.0.0.1:4445"),
            ("::1", "[::1]:445"),
            ("[::1]:4445", "[::1]:4445"),
        ];
        for (server, expected) in cases {
            assert_eq!(address(server).unwrap().to_string(), expected);
        }
    }
}
