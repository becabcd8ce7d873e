//! Transactions that come in parts ([MS-CIFS] 3.2.4.1.6, 3.3.5.29 and the like): a request, then secondary ones in any order until all bytes are there.

use crate::body::index;
use crate::messages::{TransactionFlags, TransactionRequest, TransactionSecondaryRequest};
use crate::{Command, Header};
use core::time::Duration;
use lanward_nt::NtString;

/// Transactions of one connection of which parts are missing.
const MAX_PENDING: usize = 8;

/// A transaction that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transaction {
    /// Most bytes of parameters in the answer.
    pub max_parameters: u32,
    /// Most bytes of data in the answer.
    pub max_data: u32,
    /// Most setup words in the answer.
    pub max_setup: u8,
    /// What is asked for besides.
    pub flags: TransactionFlags,
    /// Milliseconds to wait.
    pub timeout: u32,
    /// The subcommand of NT_TRANSACT.
    pub function: u16,
    /// Setup words.
    pub setup: Vec<u16>,
    /// The pipe or mailslot.
    pub name: NtString,
    /// All parameters.
    pub parameters: Vec<u8>,
    /// All data.
    pub data: Vec<u8>,
}

/// Why a part is refused. The transaction it belongs to is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssemblyError {
    /// It is larger than this connection may make it.
    TooLarge,
    /// As many as may be are waiting for their parts.
    TooMany,
    /// There is one already of this process and multiplex id.
    Duplicate,
    /// There is none that this part belongs to.
    Unknown,
    /// Bytes beyond what was announced.
    Beyond,
}

/// Whose a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    command: Command,
    process_id: u32,
    multiplex_id: u16,
    tree_id: u16,
    user_id: u16,
}

#[derive(Debug)]
struct Pending {
    key: Key,
    /// When its first part came.
    begun: Duration,
    transaction: Transaction,
    parameters: Area,
    data: Area,
}

/// What is there of parameters or data.
#[derive(Debug, Clone, Copy)]
struct Area {
    total: usize,
    received: usize,
}

/// The transactions of a connection of which parts are missing.
#[derive(Debug)]
pub struct Transactions {
    pending: Vec<Pending>,
    limit: usize,
    deadline: Duration,
}

impl Transactions {
    /// None yet. All that wait may hold `limit` bytes together, and their parts may take as long to come as `deadline` says.
    #[must_use]
    pub const fn new(limit: usize, deadline: Duration) -> Self {
        Self { pending: Vec::new(), limit, deadline }
    }

    /// Takes a request, `now` being the time since some moment of the connection; answers with the transaction if it is complete.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn begin(
        &mut self,
        header: &Header,
        request: &TransactionRequest<'_>,
        now: Duration,
    ) -> Result<Option<Transaction>, AssemblyError> {
        self.expire(now);
        let key = Key::of(header, header.command);
        if self.pending.iter().any(|p| p.key == key) {
            self.forget(header);
            return Err(AssemblyError::Duplicate);
        }
        let (parameters, data) = (index(request.total_parameters), index(request.total_data));
        let size = parameters.saturating_add(data);
        if size.saturating_add(self.held()) > self.limit {
            return Err(AssemblyError::TooLarge);
        }
        let mut pending = Pending {
            key,
            begun: now,
            transaction: Transaction {
                max_parameters: request.max_parameters,
                max_data: request.max_data,
                max_setup: request.max_setup,
                flags: request.flags,
                timeout: request.timeout,
                function: request.function,
                setup: request.setup.clone(),
                name: request.name.clone(),
                ..Transaction::default()
            },
            parameters: Area { total: parameters, received: 0 },
            data: Area { total: data, received: 0 },
        };
        pending.add((0, request.parameters), (0, request.data))?;
        if pending.is_complete() {
            return Ok(Some(pending.transaction));
        }
        if self.pending.len() >= MAX_PENDING {
            return Err(AssemblyError::TooMany);
        }
        self.pending.push(pending);
        Ok(None)
    }

    /// Takes a further part; answers with the transaction if it is complete now.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn add(
        &mut self,
        header: &Header,
        part: &TransactionSecondaryRequest<'_>,
        now: Duration,
    ) -> Result<Option<Transaction>, AssemblyError> {
        self.expire(now);
        let key = Key::of(header, header.command.primary());
        let found = self.pending.iter().position(|p| p.key == key).ok_or(AssemblyError::Unknown)?;
        let mut pending = self.pending.swap_remove(found);
        // What was announced may turn out to be less, and never more.
        pending.parameters.total = pending.parameters.total.min(index(part.total_parameters));
        pending.data.total = pending.data.total.min(index(part.total_data));
        let (parameters, data) = (index(part.parameter_displacement), index(part.data_displacement));
        pending.add((parameters, part.parameters), (data, part.data))?;
        if pending.is_complete() {
            return Ok(Some(pending.transaction));
        }
        self.pending.push(pending);
        Ok(None)
    }

    /// Forgets the transaction a message belongs to: it was cancelled.
    pub fn forget(&mut self, header: &Header) {
        self.pending
            .retain(|p| (p.key.process_id, p.key.multiplex_id) != (header.process_id, header.multiplex_id));
    }

    /// Forgets all of a user's.
    pub fn end_user(&mut self, user_id: u16) {
        self.pending.retain(|p| p.key.user_id != user_id);
    }

    /// Forgets all of a tree connect.
    pub fn end_tree(&mut self, tree_id: u16) {
        self.pending.retain(|p| p.key.tree_id != tree_id);
    }

    /// Forgets those whose parts took too long.
    fn expire(&mut self, now: Duration) {
        let deadline = self.deadline;
        self.pending.retain(|p| now.saturating_sub(p.begun) < deadline);
    }

    /// Bytes that those that wait may come to.
    fn held(&self) -> usize {
        self.pending
            .iter()
            .map(|p| p.parameters.total.saturating_add(p.data.total))
            .fold(0, usize::saturating_add)
    }
}

impl Key {
    const fn of(header: &Header, command: Command) -> Self {
        Self {
            command,
            process_id: header.process_id,
            multiplex_id: header.multiplex_id,
            tree_id: header.tree_id,
            user_id: header.user_id,
        }
    }
}

impl Command {
    /// The command whose further parts a secondary one brings; any other itself.
    #[must_use]
    pub const fn primary(self) -> Self {
        match self {
            Self::TRANSACTION_SECONDARY => Self::TRANSACTION,
            Self::TRANSACTION2_SECONDARY => Self::TRANSACTION2,
            Self::NT_TRANSACT_SECONDARY => Self::NT_TRANSACT,
            other => other,
        }
    }
}

impl Pending {
    fn add(&mut self, parameters: (usize, &[u8]), data: (usize, &[u8])) -> Result<(), AssemblyError> {
        self.parameters.put(&mut self.transaction.parameters, parameters)?;
        self.data.put(&mut self.transaction.data, data)
    }

    const fn is_complete(&self) -> bool {
        self.parameters.is_complete() && self.data.is_complete()
    }
}

impl Area {
    /// Puts bytes where they belong. Memory grows with what came, not with what was announced; where a part is missing in between there are
    /// zeros, at most as many as were announced.
    fn put(&mut self, bytes: &mut Vec<u8>, (at, part): (usize, &[u8])) -> Result<(), AssemblyError> {
        let end = at.saturating_add(part.len());
        if end > self.total {
            return Err(AssemblyError::Beyond);
        }
        if part.is_empty() {
            return Ok(());
        }
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        if let Some(place) = bytes.get_mut(at..end) {
            place.copy_from_slice(part);
        }
        self.received = self.received.saturating_add(part.len());
        Ok(())
    }

    const fn is_complete(&self) -> bool {
        self.received >= self.total
    }
}

#[cfg(test)]
#[path = "transactions_tests.rs"]
mod tests;
