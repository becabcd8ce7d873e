//! What a transaction is answered: within what the client has room for, in as many messages as it takes.

use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::TransactionResponse;
use lanward_smb1::subcommands::Parameters;
use lanward_smb1::{Command, Text, Transaction};
use lanward_wire::{BudgetedWriter, ReplyBudget, Writer};

/// Most bytes of data in an answer, whatever the client has room for: a transaction in 16 bits counts no more.
const MAX_DATA: u32 = 0xffff;
/// The same of one in 32 bits.
const MAX_NT_DATA: u32 = 1 << 20;
/// Least bytes of a part, if a client says that it can take next to nothing.
const LEAST_PART: usize = 64;

/// An answer while a subcommand writes it.
#[derive(Debug)]
pub(super) struct Reply {
    setup: Vec<u16>,
    parameters: Vec<u8>,
    data: Vec<u8>,
    parameter_budget: ReplyBudget,
    data_budget: ReplyBudget,
    text: Text,
}

impl Reply {
    /// An empty answer to a transaction.
    pub(super) fn new(command: Command, transaction: &Transaction, text: Text) -> Self {
        let most = if command == Command::NT_TRANSACT { MAX_NT_DATA } else { MAX_DATA };
        Self {
            setup: Vec::new(),
            parameters: Vec::new(),
            data: Vec::new(),
            parameter_budget: ReplyBudget::new(transaction.max_parameters, most),
            data_budget: ReplyBudget::new(transaction.max_data, most),
            text,
        }
    }

    /// What strings are in.
    pub(super) const fn text(&self) -> Text {
        self.text
    }

    /// The most bytes of data there is room for.
    pub(super) const fn data_budget(&self) -> ReplyBudget {
        self.data_budget
    }

    /// The same in 32 bits.
    pub(super) fn data_limit(&self) -> u32 {
        u32::try_from(self.data_budget.limit()).unwrap_or(u32::MAX)
    }

    /// The most bytes of parameters there is room for.
    pub(super) fn parameter_limit(&self) -> u32 {
        u32::try_from(self.parameter_budget.limit()).unwrap_or(u32::MAX)
    }

    /// Asks for room for so many bytes of parameters, before anything is done that cannot be told of.
    ///
    /// # Errors
    /// INVALID_PARAMETER: the client has none.
    pub(super) fn expect_parameters(&self, length: usize) -> Result<(), NtStatus> {
        if length <= self.parameter_budget.limit() { Ok(()) } else { Err(NtStatus::INVALID_PARAMETER) }
    }

    /// Replaces the parameters.
    ///
    /// # Errors
    /// INVALID_PARAMETER: the client has no room for them.
    pub(super) fn set_parameters<'a>(&mut self, parameters: &impl Parameters<'a>) -> Result<(), NtStatus> {
        let text = self.text;
        self.write_parameters(|w| parameters.encode(w, text))
    }

    /// Replaces the parameters by what `write` writes.
    ///
    /// # Errors
    /// INVALID_PARAMETER: the client has no room for it.
    pub(super) fn write_parameters(&mut self, write: impl FnOnce(&mut Writer<'_>)) -> Result<(), NtStatus> {
        self.parameters.clear();
        let mut writer = self.parameter_budget.writer(&mut self.parameters);
        writer.push(1, write).map_err(|_| NtStatus::INVALID_PARAMETER)
    }

    /// Sets the EaErrorOffset that most answers have and nothing ever puts anything into; a client without room for it goes without.
    pub(super) fn set_no_ea_error(&mut self) {
        let _ = self.write_parameters(|w| w.u16(0));
    }

    /// Replaces the data by what is written.
    pub(super) fn data(&mut self) -> BudgetedWriter<'_> {
        self.data.clear();
        self.data_budget.writer(&mut self.data)
    }

    /// The data itself, for what keeps to [`Reply::data_budget`] on its own.
    pub(super) const fn data_bytes(&mut self) -> &mut Vec<u8> {
        &mut self.data
    }

    /// Writes the messages of which none is longer than `max_message` bytes ([MS-CIFS] 3.2.4.1.4).
    pub(super) fn send(&self, command: Command, max_message: usize, out: &mut Out) {
        let parts = parts(command, max_message, &self.setup, &self.parameters, &self.data);
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                out.next_message();
            }
            out.write(|w| part.encode(command, w));
        }
    }
}

/// An answer as messages that are each no longer than `max_message`: parameters first, then data.
fn parts<'a>(
    command: Command,
    max_message: usize,
    setup: &[u16],
    parameters: &'a [u8],
    data: &'a [u8],
) -> Vec<TransactionResponse<'a>> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (mut parameters_at, mut data_at) = (0, 0);
    let mut parts = Vec::new();
    loop {
        let setup = if parts.is_empty() { setup.to_vec() } else { Vec::new() };
        let room = max_message.saturating_sub(TransactionResponse::overhead(command, setup.len()));
        let room = room.max(LEAST_PART);
        let some_parameters = &parameters[parameters_at..parameters.len().min(parameters_at + room)];
        let room = room - some_parameters.len();
        let some_data = &data[data_at..data.len().min(data_at + room)];
        parts.push(TransactionResponse {
            total_parameters: count(parameters.len()),
            total_data: count(data.len()),
            parameter_displacement: count(parameters_at),
            data_displacement: count(data_at),
            setup,
            parameters: some_parameters,
            data: some_data,
        });
        parameters_at += some_parameters.len();
        data_at += some_data.len();
        if parameters_at == parameters.len() && data_at == data.len() {
            return parts;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_smb1::{Header, MessageWriter};
    use proptest::prelude::*;

    #[test]
    fn what_a_client_has_no_room_for_is_not_written() {
        let transaction = Transaction { max_parameters: 3, max_data: 5, ..Transaction::default() };
        let mut reply = Reply::new(Command::TRANSACTION2, &transaction, Text::default());
        assert_eq!(reply.expect_parameters(3), Ok(()));
        assert_eq!(reply.expect_parameters(4), Err(NtStatus::INVALID_PARAMETER));
        assert_eq!(reply.write_parameters(|w| w.u32(1)), Err(NtStatus::INVALID_PARAMETER));
        assert!(reply.parameters.is_empty());
        reply.set_no_ea_error();
        assert_eq!(reply.parameters, [0, 0]);
        assert!(reply.data().push_truncated(|w| w.u64(7)).is_err());
        assert_eq!(reply.data, [7, 0, 0, 0, 0]);
        let largest = Transaction { max_parameters: u32::MAX, max_data: u32::MAX, ..Transaction::default() };
        let budget = |command| Reply::new(command, &largest, Text::default()).data_budget().limit();
        assert_eq!([budget(Command::TRANSACTION), budget(Command::NT_TRANSACT)], [0xffff, 1 << 20]);
    }

    proptest! {
        #[test]
        fn parts_make_the_whole_and_none_is_too_long(
            parameters in proptest::collection::vec(any::<u8>(), 0..3000),
            data in proptest::collection::vec(any::<u8>(), 0..9000),
            setup in proptest::collection::vec(any::<u16>(), 0..3),
            max in 200usize..5000,
        ) {
            for command in [Command::TRANSACTION, Command::TRANSACTION2, Command::NT_TRANSACT] {
                let (mut got_parameters, mut got_data) = (Vec::new(), Vec::new());
                for (n, part) in parts(command, max, &setup, &parameters, &data).iter().enumerate() {
                    prop_assert_eq!(part.parameter_displacement as usize, got_parameters.len());
                    prop_assert_eq!(part.data_displacement as usize, got_data.len());
                    prop_assert_eq!(part.setup.is_empty(), n > 0 || setup.is_empty());
                    got_parameters.extend_from_slice(part.parameters);
                    got_data.extend_from_slice(part.data);
                    let mut bytes = Vec::new();
                    let mut w = MessageWriter::new(&mut bytes, &Header { command, ..Header::default() });
                    part.encode(command, &mut w);
                    prop_assert!(bytes.len() <= max, "{} > {max}", bytes.len());
                }
                prop_assert_eq!(&got_parameters, &parameters);
                prop_assert_eq!(&got_data, &data);
            }
        }
    }
}
