//! From one message to what answers it ([MS-CIFS] 3.3.5.2).

use super::commands;
use super::connection::Connection;
use super::context::{Context, Fault, Outcome};
use super::reply::{Out, Reply};
use super::session::{Session, TreeEntry};
use super::signing::Turn;
use super::status::{INVALID_SMB, SMB_BAD_COMMAND, SMB_BAD_TID, SMB_BAD_UID};
use super::transactions;
use super::unit::Unit;
use crate::frame::Frame;
use crate::multi_protocol::smb1_dialects;
use crate::service::now;
use lanward_nt::NtStatus;
use lanward_smb1::{Body, Chain, Command, DosError, Flags, Flags2, Header, Text};
use std::sync::Arc;

/// Commands a chain may have: more than any client sends.
const MAX_CHAIN: usize = 16;

/// Flags a response has, besides the request's own ([MS-CIFS] 3.3.4.1.1).
const OF_REQUEST: Flags = Flags::CASE_INSENSITIVE.union(Flags::CANONICALIZED_PATHS);

/// What a message comes to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Send this.
    Reply(Reply),
    /// Nothing is to be sent.
    Silence,
    /// The connection ends, for this reason.
    Disconnect(&'static str),
}

/// A message whose signature has been verified.
#[derive(Debug)]
pub(crate) struct Request {
    /// The message; nothing of it is read where it is refused.
    pub(crate) frame: Frame,
    pub(crate) header: Header,
    /// What the response is signed with.
    pub(crate) turn: Option<Turn>,
    /// Why it is refused before anything of it is looked at.
    pub(crate) refused: Option<NtStatus>,
}

impl Request {
    /// One of which only the header is left.
    pub(crate) fn refused(header: Header, turn: Option<Turn>, status: NtStatus) -> Self {
        Self { frame: Vec::new().into(), header, turn, refused: Some(status) }
    }
}

/// Answers all commands of one message, in order.
pub(crate) async fn answer(connection: Arc<Connection>, request: Request, unit: Arc<Unit>) -> Answer {
    let header = request.header;
    let zone = connection.zone();
    let text = Text { unicode: header.flags2.contains(Flags2::UNICODE), code_page: zone.code_page };
    let mut out = Out::new(text);
    let mut context = Context {
        connection: &connection,
        unit: &unit,
        zone,
        header,
        text,
        session: None,
        tree: None,
        chain_fid: None,
        verified: request.turn.is_some(),
        turn: request.turn,
        chained: false,
        granted: Flags::empty(),
    };
    let outcome = match request.refused {
        Some(status) => {
            out.begin(header.command);
            Err(status.into())
        }
        None => run_chain(&mut context, request.frame.bytes(), &mut out).await,
    };
    let status = match outcome {
        Ok(status) => status,
        Err(Fault::Status(status)) => {
            out.empty();
            status
        }
        Err(Fault::Disconnect(reason)) => return Answer::Disconnect(reason),
    };
    connection.entry.count_request(u16::MAX, status);
    let header = response(&context, status);
    match out.finish(&header, context.turn) {
        Ok(Some(reply)) => Answer::Reply(reply),
        Ok(None) => Answer::Silence,
        Err(reason) => Answer::Disconnect(reason),
    }
}

/// The commands of a message one behind the other, until one fails ([MS-CIFS] 3.3.5.2.4).
async fn run_chain(context: &mut Context<'_>, message: &[u8], out: &mut Out) -> Outcome {
    let mut status = NtStatus::SUCCESS;
    out.begin(context.header.command);
    let mut chain = Chain::new(message, &context.header, context.text).peekable();
    for _ in 0..MAX_CHAIN {
        let Some(next) = chain.next() else { return Ok(status) };
        let (command, mut body) = next.map_err(|_| Fault::Status(INVALID_SMB))?;
        context.chained |= chain.peek().is_some();
        out.begin(command);
        admit(context, command).await?;
        keep_policy(context, command)?;
        status = run(command, context, &mut body, out).await?;
        if is_failure(status) {
            return Ok(status);
        }
    }
    if chain.next().is_some() { Err(INVALID_SMB.into()) } else { Ok(status) }
}

/// Whether a status ends a chain.
const fn is_failure(status: NtStatus) -> bool {
    status.is_error() || is_dos_error(status)
}

/// Whether a status is an error of DOS in the shape of an NTSTATUS.
const fn is_dos_error(status: NtStatus) -> bool {
    matches!(status.0 & 0xff00_00ff, 1..=3) && status.0 >> 16 != 0
}

fn response(context: &Context<'_>, status: NtStatus) -> Header {
    let request = &context.header;
    // What has the shape of DOS's errors is said to be one: clients look for nothing else there.
    let nt = request.flags2.contains(Flags2::NT_STATUS) && !is_dos_error(status);
    let mut flags2 = request.flags2;
    flags2.set(Flags2::NT_STATUS, nt);
    Header {
        status: if nt { status.0 } else { DosError::of(status).to_wire() },
        flags2,
        flags: request.flags.intersection(OF_REQUEST) | context.granted | Flags::REPLY,
        security_features: [0; 8],
        ..*request
    }
}

/// Finds the session and the tree that a command needs ([MS-CIFS] 3.3.5.2) and decides whether it may be executed.
async fn admit(context: &mut Context<'_>, command: Command) -> Result<(), Fault> {
    if command == Command::NEGOTIATE {
        return Ok(());
    }
    let share_level = context.negotiated()?.share_level;
    if command == Command::SESSION_SETUP_ANDX {
        return Ok(());
    }
    if share_level {
        return admit_by_share(context, command);
    }
    let session = context.connection.session(context.header.user_id).filter(|s| !s.core.is_closed());
    let Some(session) = session else {
        // Whether somebody is there may be asked by everybody, and a tree connect is the connection's.
        if command == Command::TREE_DISCONNECT && context.turn.is_none() && context.connection.must_sign_all()
        {
            return Err(denied(context).into());
        }
        let anybody = [Command::ECHO, Command::TREE_DISCONNECT].contains(&command);
        return if anybody { Ok(()) } else { Err(SMB_BAD_UID.into()) };
    };
    use_session(context, &session, command)?;
    let tid = context.header.tree_id;
    context.tree = match needs_tree(command) {
        true => Some(context.connection.tree(tid, &session).await?),
        false => None,
    };
    context.session = Some(session);
    Ok(())
}

/// What the zone demands at this moment, whatever was agreed on before (behaviour 3.3). Nothing of SMB1 is encrypted.
fn keep_policy(context: &Context<'_>, command: Command) -> Result<(), Fault> {
    if command == Command::NEGOTIATE {
        return Ok(());
    }
    let served = smb1_dialects(&context.zone);
    if served.is_none_or(|(oldest, newest)| !(oldest..=newest).contains(&context.dialect())) {
        return Err(Fault::Disconnect("the zone does not serve this dialect any more"));
    }
    if context.zone.encryption_required && command != Command::ECHO {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    Ok(())
}

/// The same where clients are no users: the tree connect says whose it is.
fn admit_by_share(context: &mut Context<'_>, command: Command) -> Result<(), Fault> {
    let tree = context.connection.trees().get(context.header.tree_id).and_then(TreeEntry::any).cloned();
    if let Some(tree) = &tree {
        use_session(context, &tree.session, command)?;
    } else if needs_tree(command) {
        return Err(SMB_BAD_TID.into());
    }
    context.session = tree.as_ref().map(|tree| Arc::clone(&tree.session));
    context.tree = tree;
    Ok(())
}

fn needs_tree(command: Command) -> bool {
    let without = [
        Command::TREE_CONNECT,
        Command::TREE_CONNECT_ANDX,
        Command::TREE_DISCONNECT,
        Command::LOGOFF_ANDX,
        Command::ECHO,
        Command::PROCESS_EXIT,
    ];
    !without.contains(&command)
}

/// Whether a session's request may be executed, by the policy of this moment.
fn use_session(context: &Context<'_>, session: &Session, command: Command) -> Result<(), NtStatus> {
    // [MS-SMB] 3.3.5.1: what gives something back goes on.
    let harmless = [
        Command::CLOSE,
        Command::LOGOFF_ANDX,
        Command::FLUSH,
        Command::LOCKING_ANDX,
        Command::TREE_DISCONNECT,
        Command::ECHO,
    ];
    let now = now();
    if session.core.is_expired(now) && !harmless.contains(&command) {
        return Err(NtStatus::NETWORK_SESSION_EXPIRED);
    }
    // What was not agreed on at logon cannot be made up for.
    let demand = session.core.demand();
    let must_sign = session.is_named() && (context.zone.signing_required || demand.signing);
    let cannot = demand.encryption || context.dialect().number() < demand.min_dialect;
    if (context.turn.is_none() && must_sign) || (cannot && command != Command::LOGOFF_ANDX) {
        return Err(denied(context));
    }
    // Whoever relays or changes a logon can put anything behind it in its message: no more than a tree connect is done before a request is signed.
    let begins = context.turn.is_some() && !context.verified;
    if begins && session.is_named() && command != Command::TREE_CONNECT_ANDX {
        return Err(denied(context));
    }
    if command != Command::ECHO {
        session.core.touch(now);
    }
    Ok(())
}

/// A request that should have been signed.
fn denied(context: &Context<'_>) -> NtStatus {
    context.connection.service.server.count_permission_error();
    NtStatus::ACCESS_DENIED
}

/// One line for each command.
async fn run(command: Command, context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    match command {
        Command::CREATE_DIRECTORY => commands::create_directory(context, body, out).await,
        Command::DELETE_DIRECTORY => commands::delete_directory(context, body, out).await,
        Command::OPEN => commands::open(context, body, out).await,
        Command::CREATE => commands::create(context, body, out).await,
        Command::CLOSE => commands::close(context, body, out).await,
        Command::FLUSH => commands::flush(context, body, out).await,
        Command::DELETE => commands::delete(context, body, out).await,
        Command::RENAME => commands::rename(context, body, out).await,
        Command::QUERY_INFORMATION => commands::query_information(context, body, out).await,
        Command::SET_INFORMATION => commands::set_information(context, body, out).await,
        Command::READ => commands::read(context, body, out).await,
        Command::WRITE => commands::write(context, body, out).await,
        Command::LOCK_BYTE_RANGE => commands::lock_byte_range(context, body, out).await,
        Command::UNLOCK_BYTE_RANGE => commands::unlock_byte_range(context, body, out).await,
        Command::CREATE_TEMPORARY => commands::create_temporary(context, body, out).await,
        Command::CREATE_NEW => commands::create_new(context, body, out).await,
        Command::CHECK_DIRECTORY => commands::check_directory(context, body, out).await,
        Command::PROCESS_EXIT => commands::process_exit(context, out).await,
        Command::SEEK => commands::seek(context, body, out),
        Command::LOCK_AND_READ => commands::lock_and_read(context, body, out).await,
        Command::WRITE_AND_UNLOCK => commands::write_and_unlock(context, body, out).await,
        Command::READ_RAW => commands::read_raw(context, body, out).await,
        Command::WRITE_RAW => commands::write_raw(context, body, out),
        Command::READ_MPX | Command::WRITE_MPX => commands::mpx(),
        Command::SET_INFORMATION2 => commands::set_information2(context, body, out).await,
        Command::QUERY_INFORMATION2 => commands::query_information2(context, body, out),
        Command::LOCKING_ANDX => commands::locking_andx(context, body, out).await,
        Command::TRANSACTION | Command::TRANSACTION2 | Command::NT_TRANSACT => {
            transactions::primary(context, command, body, out).await
        }
        Command::TRANSACTION_SECONDARY | Command::TRANSACTION2_SECONDARY | Command::NT_TRANSACT_SECONDARY => {
            transactions::secondary(context, command, body, out).await
        }
        Command::IOCTL => commands::ioctl(context, body, out),
        Command::FIND_CLOSE2 => transactions::find_close2(context, body, out).await,
        Command::WRITE_AND_CLOSE => commands::write_and_close(context, body, out).await,
        Command::OPEN_ANDX => commands::open_andx(context, body, out).await,
        Command::READ_ANDX => commands::read_andx(context, body, out).await,
        Command::WRITE_ANDX => commands::write_andx(context, body, out).await,
        Command::QUERY_INFORMATION_DISK => commands::query_information_disk(context, out).await,
        Command::SEARCH | Command::FIND => commands::search(context, body, out).await,
        Command::FIND_UNIQUE => commands::find_unique(context, body, out).await,
        Command::FIND_CLOSE => commands::find_close(context, body, out).await,
        Command::NT_CREATE_ANDX => commands::nt_create_andx(context, body, out).await,
        Command::NT_RENAME => commands::nt_rename(context, body, out).await,
        Command::OPEN_PRINT_FILE => commands::open_print_file(context, body, out).await,
        Command::WRITE_PRINT_FILE => commands::write_print_file(context, body, out).await,
        Command::CLOSE_PRINT_FILE => commands::close_print_file(context, body, out).await,
        Command::GET_PRINT_QUEUE => commands::print_queue(context, body, out),
        Command::COPY | Command::MOVE => commands::not_implemented(),
        Command::ECHO => commands::echo(context, body, out),
        Command::TREE_CONNECT => commands::tree_connect(context, body, out).await,
        Command::TREE_DISCONNECT => commands::tree_disconnect(context, out).await,
        Command::NEGOTIATE => commands::negotiate(context, body, out),
        Command::SESSION_SETUP_ANDX => commands::session_setup_andx(context, body, out).await,
        Command::LOGOFF_ANDX => commands::logoff_andx(context, out).await,
        Command::TREE_CONNECT_ANDX => commands::tree_connect_andx(context, body, out).await,
        _ => Err(SMB_BAD_COMMAND.into()),
    }
}
