//! From one frame to the frame that answers it ([MS-SMB2] 3.3.5.2).

use super::channel::Channel;
use super::commands;
use super::connection::Connection;
use super::context::{Context, Fault, Outcome};
use super::receive::MAX_COMPOUND;
use super::reply::{Out, Protection, Reply};
use super::session::Tree;
use super::unit::{Unit, Waiting};
use crate::buffer::SMALL;
use crate::frame::Frame;
use crate::poll::poll_once;
use crate::service::now;
use lanward_netbios::SessionHeader;
use lanward_nt::NtStatus;
use lanward_smb2::messages::ErrorResponse;
use lanward_smb2::{Command, Dialect, FileId, Header, HeaderFlags, SealFailed, SessionId, TreeId};
use lanward_wire::{Encode, Reader};
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;

/// Bytes of a compound's responses beyond which only small ones are added: a frame has 24 bits for its length.
const MAX_REPLY: usize = (1 << 24) - MAX_COMPOUND * SMALL - SMALL;

/// The same of a NetBIOS session, whose messages have 17 bits for it, and what is small there: more than any response but those that carry data.
const MAX_SHORT_REPLY: usize = SessionHeader::MAX_MESSAGE - MAX_COMPOUND * SHORT;
const SHORT: usize = 256;

/// What a frame comes to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Send this.
    Reply(Reply),
    /// Nothing is to be sent.
    Silence,
    /// The connection ends, for this reason.
    Disconnect(&'static str),
}

/// A frame in plain text, cut into its messages.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) frame: Frame,
    /// Each message's place in the frame and its header.
    pub(crate) messages: Vec<(Range<usize>, Header)>,
    /// The session the frame was sealed for.
    pub(crate) sealed: Option<Arc<Channel>>,
}

/// What related requests take over from the one before.
#[derive(Debug, Default)]
struct Chain {
    session: SessionId,
    tree: TreeId,
    file: Option<FileId>,
    failed: Option<NtStatus>,
}

/// Answers all requests of one frame, in order.
pub(crate) async fn answer(connection: Arc<Connection>, mut request: Request, unit: Arc<Unit>) -> Answer {
    let mut chain = Chain::default();
    let mut reply: Option<Reply> = None;
    let count = request.messages.len();
    for index in 0..count {
        let (range, mut header) = request.messages[index].clone();
        if header.is_related() && index == 0 {
            // [MS-SMB2] 3.3.5.2.7.2: the first of a compound cannot be related.
            header.flags.remove(HeaderFlags::RELATED_OPERATIONS);
            chain.failed = Some(NtStatus::INVALID_PARAMETER);
        } else if !header.is_related() {
            chain = Chain::default();
        } else {
            header.session_id = chain.session;
            header.tree_id = chain.tree;
        }
        let message = &mut request.frame.bytes_mut()[range];
        let outcome = {
            let before = reply.as_ref().map_or(0, Reply::len);
            let sealed = request.sealed.as_ref();
            let one = answer_one(&connection, &unit, header, message, &mut chain, sealed, before);
            let mut one = pin!(one);
            match poll_once(one.as_mut()).await {
                Some(outcome) => outcome,
                None => {
                    let last = index + 1 == count;
                    let sealed = request.sealed.clone();
                    let channel = connection.channel(header.session_id);
                    unit.begin_wait(Waiting { header, before: reply.take(), last, sealed, channel });
                    let outcome = one.await;
                    reply = unit.end_wait();
                    outcome
                }
            }
        };
        let (out, protection) = match outcome {
            Ok(Some(response)) => response,
            Ok(None) => continue,
            Err(reason) => return Answer::Disconnect(reason),
        };
        let added = match &mut reply {
            Some(reply) => reply.push(&out, protection),
            None => {
                reply = Some(Reply::new(out, protection));
                Ok(())
            }
        };
        if let Err(SealFailed) = added {
            return Answer::Disconnect("a response could not be signed");
        }
    }
    reply.map_or(Answer::Silence, Answer::Reply)
}

/// Whether a response has no place behind those before it.
fn is_too_much(connection: &Connection, before: usize, length: usize) -> bool {
    let long = length > SMALL && before + length > MAX_REPLY;
    long || (before + length > MAX_SHORT_REPLY && connection.is_netbios())
}

/// One request's response behind `before` bytes of others, how it is protected, or why the connection ends.
async fn answer_one(
    connection: &Arc<Connection>,
    unit: &Unit,
    header: Header,
    message: &mut [u8],
    chain: &mut Chain,
    sealed: Option<&Arc<Channel>>,
    before: usize,
) -> Result<Option<(Out, Protection)>, &'static str> {
    if header.command == Command::CANCEL {
        // It is never answered, and a compound has nothing that waits.
        return Ok(None);
    }
    let mut out = Out::new(sealed.is_some());
    let mut channel = connection.channel(header.session_id);
    let admitted = admit(connection, &header, message, &mut channel, sealed);
    let nothing_to_take_over = admitted.is_err();
    let mut context = Context {
        connection,
        unit,
        header,
        channel,
        tree: None,
        outstanding: None,
        message,
        chain_file: chain.file,
        sealed: sealed.is_some(),
        alone: before == 0 && header.next_command == 0,
    };
    let outcome = match (chain.failed, admitted) {
        (Some(status), _) => Err(Fault::Status(status)),
        (None, Ok(tree)) => {
            context.tree = tree;
            run(&mut context, &mut out).await
        }
        (None, Err(fault)) => Err(fault),
    };
    chain.session = context.header.session_id;
    chain.tree = context.header.tree_id;
    chain.file = context.chain_file;
    let length = out.message().len();
    let status = match outcome {
        Ok(_) if length > SHORT && is_too_much(connection, before, length) => {
            error_body(&mut out, &[]);
            NtStatus::INSUFFICIENT_RESOURCES
        }
        Ok(status) => status,
        Err(Fault::Status(status)) => {
            error_body(&mut out, &[]);
            status
        }
        Err(Fault::Data(status, data)) => {
            let contexts =
                status == NtStatus::STOPPED_ON_SYMLINK && context.dialect() == Some(Dialect::V3_1_1);
            out.body(|w| ErrorResponse { context_count: u8::from(contexts), data: &data }.encode(w));
            status
        }
        Err(Fault::Disconnect(reason)) => return Err(reason),
    };
    if chain.failed.is_none() && nothing_to_take_over {
        // There is no session or tree a related request could use ([MS-SMB2] 3.3.5.2.7.2).
        chain.failed = Some(NtStatus::INVALID_PARAMETER);
    } else if chain.failed.is_none()
        && status.is_error()
        && (header.command == Command::CREATE || chain.file.is_none())
    {
        // [MS-SMB2] 3.3.5.2.7.2: what is related to a failed request that gave no open fails in the same way.
        chain.failed = Some(status);
    }
    let protection = protect(&context, sealed, status);
    let mut response = match unit.async_id() {
        Some(id) => context.header.async_response(status, id),
        None => context.header.response(status),
    };
    if unit.async_id().is_none() {
        response.credits = connection.grant(&header);
    }
    if matches!(protection, Protection::Sign(_)) {
        response.flags |= HeaderFlags::SIGNED;
    }
    out.set_header(&response);
    connection.entry.count_request(header.command.0, status);
    if header.command == Command::NEGOTIATE || header.command == Command::SESSION_SETUP {
        if let Protection::Sign(channel) = &protection {
            // The chain is over what is sent, and of a binding every answer is signed.
            out.sign(channel).map_err(|_| "a response could not be signed")?;
        }
        commands::extend_preauth(&context, status, &out);
    }
    Ok(Some((out, protection)))
}

fn error_body(out: &mut Out, data: &[u8]) {
    out.body(|w| ErrorResponse { context_count: 0, data }.encode(w));
}

/// How a response leaves ([MS-SMB2] 3.3.4.1.1, 3.3.4.1.4).
fn protect(context: &Context<'_>, sealed: Option<&Arc<Channel>>, status: NtStatus) -> Protection {
    if let Some(channel) = sealed {
        return Protection::Seal(channel.clone());
    }
    let Some(channel) = context.channel.as_ref().filter(|c| c.session.can_sign()) else {
        return Protection::None;
    };
    let set_up = context.header.command == Command::SESSION_SETUP && status == NtStatus::SUCCESS;
    if context.signs() || set_up { Protection::Sign(channel.clone()) } else { Protection::None }
}

/// Finds the tree a request names and decides whether it may be executed ([MS-SMB2] 3.3.5.2.4, 3.3.5.2.9, 3.3.5.2.11).
fn admit(
    connection: &Connection,
    header: &Header,
    message: &mut [u8],
    channel: &mut Option<Arc<Channel>>,
    sealed: Option<&Arc<Channel>>,
) -> Result<Option<Arc<Tree>>, Fault> {
    let command = header.command;
    if command == Command::NEGOTIATE {
        return Ok(None);
    }
    if connection.negotiated().is_none() {
        return Err(Fault::Disconnect("request before NEGOTIATE"));
    }
    if channel.is_none() && sealed.is_none() {
        if commands::asks_to_bind(header, message) {
            *channel = Some(commands::claim(connection, header, message)?);
            return Ok(None);
        }
        if header.flags.contains(HeaderFlags::SIGNED) {
            *channel = commands::elsewhere(connection, header, message);
            return Err(NtStatus::USER_SESSION_DELETED.into());
        }
    }
    let channel = channel.as_ref();
    verify(connection, header, message, channel, sealed)?;
    if command == Command::SESSION_SETUP || (command == Command::ECHO && channel.is_none()) {
        return Ok(None);
    }
    let session = &channel.ok_or(NtStatus::USER_SESSION_DELETED)?.session;
    // [MS-SMB2] 3.3.5.2.9: what gives something back, or asks for nothing, goes on.
    let harmless = [Command::LOGOFF, Command::CLOSE, Command::LOCK, Command::ECHO].contains(&command);
    let now = now();
    if session.core.is_expired(now) && !harmless {
        return Err(NtStatus::NETWORK_SESSION_EXPIRED.into());
    }
    if session.core.is_closed() {
        return Err(NtStatus::USER_SESSION_DELETED.into());
    }
    // Who only asks whether the server is there does not use it.
    if command != Command::ECHO {
        session.core.touch(now);
    }
    if [Command::LOGOFF, Command::TREE_CONNECT, Command::ECHO, Command::CANCEL].contains(&command) {
        return Ok(None);
    }
    let tree = session.tree(header.tree_id)?;
    let (share, plain) = (tree.core.share(), sealed.is_none());
    let unsigned = plain && !header.flags.contains(HeaderFlags::SIGNED);
    if (plain && session.seals_for(share)) || (unsigned && share.is_hardened()) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    Ok(Some(tree))
}

/// Whether the policy that is written is kept by this request (behaviours 3.3 to 3.5).
fn verify(
    connection: &Connection,
    header: &Header,
    message: &mut [u8],
    channel: Option<&Arc<Channel>>,
    sealed: Option<&Arc<Channel>>,
) -> Result<(), Fault> {
    if let Some(sealed) = sealed {
        if sealed.session.dialect.revision() < sealed.session.core.demand().min_dialect {
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        // [MS-SMB2] 3.3.5.2.1.1: nothing in it can be for another session.
        let same = sealed.session.id == header.session_id;
        let other = !same && (channel.is_some() || header.command == Command::SESSION_SETUP);
        return if other { Err(NtStatus::ACCESS_DENIED.into()) } else { Ok(()) };
    }
    let signed = header.flags.contains(HeaderFlags::SIGNED);
    let Some(channel) = channel else { return Ok(()) };
    if signed && !channel.verify(message) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let session = &channel.session;
    if header.command == Command::SESSION_SETUP {
        // Nobody else may prove for the session's user, or fail to.
        let forged = session.can_sign() && session.must_protect() && !signed;
        return if forged { Err(NtStatus::ACCESS_DENIED.into()) } else { Ok(()) };
    }
    let (zone, demand) = (connection.zone(), session.core.demand());
    let must_sign =
        session.can_sign() && (session.signing_required || zone.signing_required || demand.signing);
    let must_seal = session.encrypt_data || zone.encryption_required || demand.encryption;
    let too_old = session.dialect.revision() < demand.min_dialect;
    if must_seal || too_old || (must_sign && !signed) { Err(NtStatus::ACCESS_DENIED.into()) } else { Ok(()) }
}

/// One file per command.
async fn run(context: &mut Context<'_>, out: &mut Out) -> Outcome {
    let mut body = Reader::new(context.message);
    body.skip(Header::LEN, "Header")?;
    let r = &mut body;
    match context.header.command {
        Command::NEGOTIATE => commands::negotiate(context, r, out),
        Command::SESSION_SETUP => commands::session_setup(context, r, out).await,
        Command::LOGOFF => commands::logoff(context, r, out).await,
        Command::TREE_CONNECT => commands::tree_connect(context, r, out).await,
        Command::TREE_DISCONNECT => commands::tree_disconnect(context, r, out).await,
        Command::CREATE => commands::create(context, r, out).await,
        Command::CLOSE => commands::close(context, r, out).await,
        Command::FLUSH => commands::flush(context, r, out).await,
        Command::READ => commands::read(context, r, out).await,
        Command::WRITE => commands::write(context, r, out).await,
        Command::LOCK => commands::lock(context, r, out).await,
        Command::IOCTL => commands::ioctl(context, r, out).await,
        Command::ECHO => commands::echo(r, out),
        Command::QUERY_DIRECTORY => commands::query_directory(context, r, out).await,
        Command::CHANGE_NOTIFY => commands::change_notify(context, r, out).await,
        Command::QUERY_INFO => commands::query_info(context, r, out).await,
        Command::SET_INFO => commands::set_info(context, r, out).await,
        Command::OPLOCK_BREAK => commands::oplock_break(context, r, out),
        // CANCEL within a compound, and what nobody specified.
        _ => Err(NtStatus::INVALID_PARAMETER.into()),
    }
}
