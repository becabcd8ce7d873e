//! TRANSACTION, TRANSACTION2 and NT_TRANSACT, whole or in parts.

use super::request::{Primary, Secondary};
use super::{Connection, Request, Scope, Ticket};
use crate::file::index;
use crate::{Error, Result};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{
    TransactionFlags, TransactionRequest, TransactionResponse, TransactionSecondaryRequest,
};
use lanward_smb1::subcommands::{NtTransactCode, Parameters, Trans2Code, TransCode};
use lanward_smb1::{Command, Text};
use lanward_wire::Writer;

/// A call with parameters and data.
#[derive(Debug, Clone, Default)]
pub struct Transact<'a> {
    /// TRANSACTION, TRANSACTION2 or NT_TRANSACT.
    pub command: Command,
    /// The subcommand of NT_TRANSACT.
    pub function: u16,
    /// Setup words; the first is the subcommand of the others.
    pub setup: Vec<u16>,
    /// The pipe or mailslot of TRANSACTION.
    pub name: &'a str,
    /// Parameters.
    pub parameters: Vec<u8>,
    /// Data.
    pub data: Vec<u8>,
    /// Most setup words in the answer.
    pub max_setup: u8,
    /// Most bytes of parameters in the answer.
    pub max_parameters: u32,
    /// Most bytes of data in the answer.
    pub max_data: u32,
    /// What is asked for besides.
    pub flags: TransactionFlags,
    /// Milliseconds to wait.
    pub timeout: u32,
    /// Most bytes of parameters and data together in one message, instead of what the server takes.
    pub piece: Option<usize>,
}

/// A part of the parameters and data: where each begins, and its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part<'a> {
    /// Bytes of parameters that there will be in all.
    pub total_parameters: u32,
    /// Bytes of data that there will be in all.
    pub total_data: u32,
    /// Where these parameters begin.
    pub parameter_displacement: u32,
    /// These parameters.
    pub parameters: &'a [u8],
    /// Where this data begins.
    pub data_displacement: u32,
    /// This data.
    pub data: &'a [u8],
    /// The FID of TRANSACTION2_SECONDARY.
    pub fid: Option<u16>,
}

/// What a transaction came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// SUCCESS, or BUFFER_OVERFLOW where there would have been more.
    pub status: NtStatus,
    /// Setup words.
    pub setup: Vec<u16>,
    /// Parameters.
    pub parameters: Vec<u8>,
    /// Data.
    pub data: Vec<u8>,
    /// Messages that it came in.
    pub messages: usize,
}

/// ERRDOS/ERRmoredata, which stands for BUFFER_OVERFLOW and MORE_PROCESSING_REQUIRED where errors are those of DOS.
pub(crate) const MORE_DATA: NtStatus = NtStatus(0x00ea_0001);

/// Words, names and padding of the longest first request; whatever is left of a message is for bytes.
const OVERHEAD: usize = 160;

impl<'a> Transact<'a> {
    /// A TRANSACTION on a pipe or mailslot.
    #[must_use]
    pub fn on_pipe(name: &'a str, code: TransCode, fid: u16) -> Self {
        Self { command: Command::TRANSACTION, setup: vec![code.0, fid], name, ..Self::unbounded() }
    }

    /// A TRANSACTION2.
    #[must_use]
    pub fn trans2(code: Trans2Code) -> Self {
        Self { command: Command::TRANSACTION2, setup: vec![code.0], ..Self::unbounded() }
    }

    /// An NT_TRANSACT.
    #[must_use]
    pub fn nt(code: NtTransactCode) -> Self {
        Self { command: Command::NT_TRANSACT, function: code.0, ..Self::unbounded() }
    }

    /// The same with parameters.
    #[must_use]
    pub fn parameters<'p>(mut self, parameters: &impl Parameters<'p>, text: Text) -> Self {
        self.parameters.clear();
        parameters.encode(&mut Writer::new(&mut self.parameters), text);
        self
    }

    /// The same with data.
    #[must_use]
    pub fn data(self, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..self }
    }

    /// The same with bounds of the answer: bytes of parameters and of data.
    #[must_use]
    pub fn bounds(self, max_parameters: u32, max_data: u32) -> Self {
        Self { max_parameters, max_data, ..self }
    }

    /// The same in messages of at most this many bytes of parameters and data.
    #[must_use]
    pub fn piece(self, bytes: usize) -> Self {
        Self { piece: Some(bytes), ..self }
    }

    fn unbounded() -> Self {
        Self { max_setup: 4, max_parameters: 1024, max_data: 0xffff, ..Self::default() }
    }

    fn secondary(&self) -> Command {
        match self.command {
            Command::TRANSACTION => Command::TRANSACTION_SECONDARY,
            Command::TRANSACTION2 => Command::TRANSACTION2_SECONDARY,
            _ => Command::NT_TRANSACT_SECONDARY,
        }
    }
}

impl Connection {
    /// Calls, in as many messages as it takes, and waits for the answer in as many as it has.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn transact(&mut self, scope: impl Into<Scope>, call: &Transact<'_>) -> Result<Answer> {
        let ticket = self.send_transact(scope, call)?;
        self.receive_transact(call.command, ticket)
    }

    /// Sends the call; the answer is for [`Connection::receive_transact`].
    ///
    /// # Errors
    /// The server's refusal of the first part, the socket, or an answer that breaks the protocol.
    pub fn send_transact(&mut self, scope: impl Into<Scope>, call: &Transact<'_>) -> Result<Ticket> {
        let (scope, room) = (scope.into(), call.piece.unwrap_or_else(|| self.room()).max(1));
        let mut parts = parts(call, room);
        let first = parts.next().unwrap_or_default();
        let ticket = self.send_first(scope, call, &first)?;
        for (n, part) in parts.enumerate() {
            if n == 0 {
                // The server says that it waits for the rest ([MS-CIFS] 3.2.4.1.6).
                self.receive(ticket)?.check(&[])?;
            }
            self.send_part(scope, call, ticket, &part)?;
        }
        Ok(ticket)
    }

    /// Sends a first request with the part of parameters and data given and no more.
    ///
    /// # Errors
    /// The socket.
    pub fn send_first(
        &mut self,
        scope: impl Into<Scope>,
        call: &Transact<'_>,
        part: &Part<'_>,
    ) -> Result<Ticket> {
        let body = Primary(TransactionRequest {
            total_parameters: part.total_parameters,
            total_data: part.total_data,
            max_parameters: call.max_parameters,
            max_data: call.max_data,
            max_setup: call.max_setup,
            flags: call.flags,
            timeout: call.timeout,
            function: call.function,
            setup: call.setup.clone(),
            name: call.name.into(),
            parameters: part.parameters,
            data: part.data,
        });
        let mut request = Request::new(call.command, scope, &body);
        request.answered = Some(!call.flags.contains(TransactionFlags::NO_RESPONSE));
        self.send(&request)
    }

    /// Sends a further part of the request with this ticket. There is no answer to it.
    ///
    /// # Errors
    /// The socket.
    pub fn send_part(
        &mut self,
        scope: impl Into<Scope>,
        call: &Transact<'_>,
        ticket: Ticket,
        part: &Part<'_>,
    ) -> Result<()> {
        let body = Secondary(TransactionSecondaryRequest {
            total_parameters: part.total_parameters,
            total_data: part.total_data,
            parameter_displacement: part.parameter_displacement,
            data_displacement: part.data_displacement,
            fid: part.fid,
            parameters: part.parameters,
            data: part.data,
        });
        let mut request = Request::new(call.secondary(), scope, &body).process(ticket.process_id);
        request.multiplex_id = Some(ticket.multiplex_id);
        self.send(&request).map(drop)
    }

    /// Waits for the whole answer.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn receive_transact(&mut self, command: Command, ticket: Ticket) -> Result<Answer> {
        let mut answer = Answer {
            status: NtStatus::SUCCESS,
            setup: Vec::new(),
            parameters: Vec::new(),
            data: Vec::new(),
            messages: 0,
        };
        let (mut parameters_come, mut data_come) = (0, 0);
        loop {
            let reply = self.receive(ticket)?.check(&[NtStatus::BUFFER_OVERFLOW, MORE_DATA])?;
            let part = TransactionResponse::decode(command, &mut reply.body(command)?)?;
            answer.status = reply.status();
            answer.messages += 1;
            if !part.setup.is_empty() {
                answer.setup.clone_from(&part.setup);
            }
            place(&mut answer.parameters, part.parameter_displacement, part.parameters)?;
            place(&mut answer.data, part.data_displacement, part.data)?;
            parameters_come += part.parameters.len();
            data_come += part.data.len();
            let whole =
                parameters_come >= index(part.total_parameters) && data_come >= index(part.total_data);
            if whole {
                return Ok(answer);
            }
            if part.parameters.is_empty() && part.data.is_empty() {
                return Err(Error::Protocol("a part of an answer with nothing in it"));
            }
        }
    }

    /// Bytes of parameters and data that one message has room for.
    fn room(&self) -> usize {
        index(self.negotiated.max_buffer_size).saturating_sub(OVERHEAD).max(64)
    }
}

/// The parts of a call, one with nothing in it for a call that has nothing.
fn parts<'c>(call: &'c Transact<'_>, room: usize) -> impl Iterator<Item = Part<'c>> {
    let (mut parameters, mut data) = (0, 0);
    let mut done = false;
    let total = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    core::iter::from_fn(move || {
        if done {
            return None;
        }
        let some_parameters = room.min(call.parameters.len() - parameters);
        let some_data = (room - some_parameters).min(call.data.len() - data);
        let part = Part {
            total_parameters: total(&call.parameters),
            total_data: total(&call.data),
            parameter_displacement: total(&call.parameters[..parameters]),
            parameters: &call.parameters[parameters..parameters + some_parameters],
            data_displacement: total(&call.data[..data]),
            data: &call.data[data..data + some_data],
            // All ones: no file is meant.
            fid: Some(u16::MAX),
        };
        parameters += some_parameters;
        data += some_data;
        done = parameters == call.parameters.len() && data == call.data.len();
        Some(part)
    })
}

fn place(into: &mut Vec<u8>, at: u32, bytes: &[u8]) -> Result<()> {
    let at = index(at);
    if at > into.len() + bytes.len() + 0xffff {
        return Err(Error::Protocol("a part of an answer that belongs nowhere"));
    }
    let end = at + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    into[at..end].copy_from_slice(bytes);
    Ok(())
}
