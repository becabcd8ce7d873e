use crate::Administration;
use crate::endpoint::Endpoint;
use crate::handles::OwnHandles;
use lanward_rpc::{Arguments, Fault, NdrReader, NdrWriter, TransferSyntax};
use lanward_server::Caller;
use lanward_wire::DecodeError;
use std::future::Future;
use std::pin::Pin;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

/// One call of an operation: who calls, with what, and what the operation may use.
pub(crate) struct Call<'c> {
    /// Who calls, and of which server.
    pub caller: &'c Caller,
    /// What administration changes and reads.
    pub administration: &'c Administration,
    /// The caller's context handles in its association group.
    pub handles: OwnHandles<'c>,
    /// Where the interface was reached.
    pub endpoint: &'c Endpoint,
    /// Nobody on the way can read the answer: the association or the pipe's session encrypts.
    pub sealed: bool,
    /// The operation's number.
    pub operation: u16,
    /// How arguments and results are written.
    pub syntax: TransferSyntax,
    pub(crate) big_endian: bool,
    pub(crate) stub: &'c [u8],
}

/// Execution of a call: results or a fault. It is dropped if the call takes too long or nobody waits for it any more.
pub(crate) type Executing<'c> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + 'c>>;

/// Executes an interface's operations; one there is not is [`Fault::OP_RANGE_ERROR`].
pub(crate) type Dispatch = for<'c> fn(&'c Call<'c>) -> Executing<'c>;

impl Call<'_> {
    /// The operation's arguments; what is behind them is passed over.
    ///
    /// # Errors
    /// BAD_STUB_DATA
    pub(crate) fn arguments<T>(
        &self,
        decode: impl FnOnce(&mut NdrReader<'_>) -> Result<T, DecodeError>,
    ) -> Result<T, Fault> {
        let mut r = NdrReader::with_syntax(self.stub, self.syntax).big_endian(self.big_endian);
        decode(&mut r).map_err(|error| {
            tracing::debug!(%error, operation = self.operation, "arguments of a call");
            Fault::BAD_STUB_DATA
        })
    }

    /// As [`Call::arguments`], for arguments that have one layout for both directions.
    ///
    /// # Errors
    /// BAD_STUB_DATA
    pub(crate) fn decoded<T: Arguments>(&self) -> Result<T, Fault> {
        self.arguments(T::decode)
    }

    /// As [`Call::results`], for such results.
    ///
    /// # Errors
    /// NO_MEMORY
    pub(crate) fn answer(&self, response: impl Arguments) -> Result<Vec<u8>, Fault> {
        self.results(|w| response.append(w))
    }

    /// The operation's results as they go out.
    ///
    /// # Errors
    /// NO_MEMORY: more than an answer may have.
    pub(crate) fn results(&self, encode: impl FnOnce(&mut NdrWriter<'_>)) -> Result<Vec<u8>, Fault> {
        let mut stub = Vec::new();
        let mut w = NdrWriter::with_syntax(&mut stub, self.syntax).limited(MAX_ANSWER);
        encode(&mut w);
        if w.overflowed() { Err(Fault::NO_MEMORY) } else { Ok(stub) }
    }
}
