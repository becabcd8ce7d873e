//! Calls of RPC interfaces behind named pipes ([MS-RPCE] 2.1.1.2).

use crate::{Connection, Create, Error, File, Result, Tree};
use lanward_nt::AccessMask;
use lanward_nt::fscc::CtlCode;
use lanward_rpc::{ClientAssociation, NdrReader, NdrWriter, SyntaxId};
use lanward_wire::DecodeError;

/// Most bytes that are read at once.
const PIECE: u32 = 64 * 1024;

/// An interface that is bound to, behind a pipe that is open.
#[derive(Debug)]
pub struct Rpc {
    pipe: File,
    association: ClientAssociation,
}

impl Connection {
    /// Opens a pipe of `IPC$` and binds to an interface behind it.
    ///
    /// # Errors
    /// The server's refusal, of the pipe or of the interface, the socket, or an answer that breaks a protocol.
    pub fn rpc_bind(&mut self, ipc: Tree, pipe: &str, interface: SyntaxId) -> Result<Rpc> {
        let access = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_WRITE;
        let pipe = self.create(ipc, &Create::open(pipe, access))?.file;
        let mut rpc = Rpc { pipe, association: ClientAssociation::new(interface) };
        let bind = rpc.association.bind();
        self.rpc_exchange(&mut rpc, &[bind])?;
        Ok(rpc)
    }

    /// Calls an operation with arguments that `encode` writes and gives the results that `decode` reads.
    ///
    /// # Errors
    /// A fault, the server's refusal, the socket, or an answer that breaks a protocol.
    pub fn rpc_call<T>(
        &mut self,
        rpc: &mut Rpc,
        operation: u16,
        encode: impl FnOnce(&mut NdrWriter<'_>),
        decode: impl FnOnce(&mut NdrReader<'_>) -> core::result::Result<T, DecodeError>,
    ) -> Result<T> {
        let mut stub = Vec::new();
        encode(&mut NdrWriter::new(&mut stub));
        let pdus = rpc.association.call(operation, &stub);
        let answer = self.rpc_exchange(rpc, &pdus)?;
        Ok(decode(&mut NdrReader::new(&answer))?)
    }

    /// Closes the pipe of an interface.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn rpc_close(&mut self, rpc: &Rpc) -> Result<()> {
        self.close(rpc.pipe)
    }

    /// Sends PDUs, the last with the demand for its answer, and reads until the answer is whole.
    fn rpc_exchange(&mut self, rpc: &mut Rpc, pdus: &[Vec<u8>]) -> Result<Vec<u8>> {
        let Some((last, first)) = pdus.split_last() else { return Err(Error::Unable("a call has PDUs")) };
        for pdu in first {
            self.write(rpc.pipe, 0, pdu)?;
        }
        let mut bytes = self.ioctl(rpc.pipe, CtlCode::PIPE_TRANSCEIVE, last, PIECE)?;
        loop {
            if let Some(answer) = rpc.association.receive(&bytes).map_err(Error::Rpc)? {
                return Ok(answer);
            }
            bytes = self.read(rpc.pipe, 0, PIECE)?;
        }
    }
}
