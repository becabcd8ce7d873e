use super::{Case, Pdu, Stage, Variables, bytes};
use crate::{Connection, Create, Error, Options, Result};
use lanward_nt::NtStatus;
use lanward_smb2::messages::CreateDisposition;
use lanward_smb2::{Command, Dialect, Header, MessageId, SessionId, TreeId};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::net::SocketAddr;
use std::time::Duration;

/// Who attacks, where a case begins behind a logon.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The user.
    pub user: &'a str,
    /// Its password.
    pub password: &'a str,
    /// A share that it may write to: the file `victim` is made there.
    pub share: &'a str,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// For each PDU a status as `0xc000000d`, `disconnect`, `silence` where none is due, or what kept an answer from coming.
    pub answers: Vec<String>,
    /// The same of an ECHO behind them, where the client is still connected and has negotiated.
    pub echo: Option<String>,
}

/// Sends a case to a server.
///
/// # Errors
/// The server did not let it come as far as where it begins.
pub fn replay(server: SocketAddr, account: Account<'_>, case: &Case, patience: Duration) -> Result<Replayed> {
    let mut peer = Peer::at(server, account, case, patience)?;
    let mut answers = Vec::new();
    for (pdu, expected) in case.pdus.iter().zip(&case.expectation.answers) {
        match peer.send(pdu) {
            Err(error) if error.is_disconnect() => answers.push("disconnect".into()),
            Err(error) => return Err(error),
            Ok(()) if expected == "silence" => answers.push("silence".into()),
            Ok(()) => answers.push(peer.answer()),
        }
    }
    let gone = answers.iter().any(|answer| answer == "disconnect");
    let mut echo = None;
    if !gone && case.expectation.stage != Stage::Connected {
        peer.send(&Pdu::Body(Command::ECHO.0, "04000000".into()))?;
        echo = Some(peer.answer());
    }
    Ok(Replayed { answers, echo })
}

/// A client that has come as far as the case wants it.
struct Peer {
    connection: Connection,
    variables: Variables,
    patience: Duration,
}

impl Peer {
    fn at(server: SocketAddr, account: Account<'_>, case: &Case, patience: Duration) -> Result<Self> {
        let dialect =
            Dialect::from_revision(case.expectation.dialect).ok_or(Error::Unable("no such dialect"))?;
        let options = Options { verify: false, ..Options::only(dialect).timeout(patience) };
        let connection = Connection::open(server, options)?;
        let mut peer = Self { connection, variables: Variables::default(), patience };
        peer.advance(account, case.expectation.stage)?;
        peer.variables.message_id = peer.connection.next_message_id().0;
        Ok(peer)
    }

    fn advance(&mut self, account: Account<'_>, stage: Stage) -> Result<()> {
        let (c, v) = (&mut self.connection, &mut self.variables);
        if stage == Stage::Connected {
            return Ok(());
        }
        c.negotiate()?;
        if stage == Stage::Negotiated {
            return Ok(());
        }
        let session = c.login(account.user, account.password)?;
        v.session = session.0;
        if stage == Stage::Session {
            return Ok(());
        }
        let tree = c.tree_connect(session, account.share)?;
        v.tree = tree.id.0;
        let create = match stage {
            Stage::File => Create::new_file("victim"),
            Stage::Directory => Create::directory(""),
            _ => return Ok(()),
        };
        let id = c.create(tree, &create.disposition(CreateDisposition::OPEN_IF))?.file.id;
        v.file[..8].copy_from_slice(&id.persistent.to_le_bytes());
        v.file[8..].copy_from_slice(&id.volatile.to_le_bytes());
        Ok(())
    }

    fn send(&mut self, pdu: &Pdu) -> Result<()> {
        let (c, v) = (&mut self.connection, &mut self.variables);
        let sent = |hex: &String, v: &Variables| bytes(hex, v).ok_or(Error::Unable("the recording is none"));
        match pdu {
            Pdu::Stream(hex) => c.send_raw(&sent(hex, v)?)?,
            Pdu::Frame(hex) => c.send_frame(&sent(hex, v)?)?,
            Pdu::Body(command, hex) => {
                c.send_frame(&[header(*command, v).to_bytes(), sent(hex, v)?].concat())?;
            }
        }
        v.message_id += 1;
        Ok(())
    }

    /// What came: a status, or that nothing will come any more.
    fn answer(&mut self) -> String {
        loop {
            let frame = match self.connection.receive_frame(self.patience) {
                Ok(frame) => frame,
                Err(error) if error.is_disconnect() => return "disconnect".into(),
                Err(error) => return error.to_string(),
            };
            let header = match Header::decode(&mut Reader::new(&frame)) {
                Ok(header) if header.is_response() => header,
                _ => return "no response".into(),
            };
            if header.nt_status() == NtStatus::PENDING {
                continue;
            }
            if self.variables.session == 0 {
                // The next leg of an authentication.
                self.variables.session = header.session_id.0;
            }
            return format!("{:#010x}", header.status);
        }
    }
}

/// The header that a body of the corpus gets.
#[must_use]
pub fn header(command: u16, v: &Variables) -> Header {
    Header {
        credit_charge: 1,
        command: Command(command),
        credits: 1,
        message_id: MessageId(v.message_id),
        tree_id: TreeId(v.tree),
        session_id: SessionId(v.session),
        ..Header::default()
    }
}
