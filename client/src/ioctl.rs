use crate::file::index;
use crate::request::Request;
use crate::{Connection, File, Result, Tree};
use lanward_nt::NtStatus;
use lanward_nt::fscc::CtlCode;
use lanward_smb2::messages::{IoctlFlags, IoctlRequest, IoctlResponse};
use lanward_smb2::{Command, FileId};

impl Connection {
    /// Sends a file system control with its input and gives the output, up to `max` bytes. BUFFER_OVERFLOW counts as
    /// success, as the bytes that fit come with it.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn ioctl(&mut self, file: File, ctl_code: CtlCode, input: &[u8], max: u32) -> Result<Vec<u8>> {
        let body = fsctl(ctl_code, file.id, input, max);
        self.ioctl_with(file.tree, &body)
    }

    /// Sends a control that is about no open.
    ///
    /// # Errors
    /// As for [`Connection::ioctl`].
    pub fn ioctl_tree(&mut self, tree: Tree, ctl_code: CtlCode, input: &[u8], max: u32) -> Result<Vec<u8>> {
        let body = fsctl(ctl_code, FileId { persistent: u64::MAX, volatile: u64::MAX }, input, max);
        self.ioctl_with(tree, &body)
    }

    /// Sends an IOCTL of the caller's own making.
    ///
    /// # Errors
    /// As for [`Connection::ioctl`].
    pub fn ioctl_with(&mut self, tree: Tree, body: &IoctlRequest<'_>) -> Result<Vec<u8>> {
        let payload = index(body.max_output_response).max(body.input.len());
        let reply = self.call(&Request::new(Command::IOCTL, tree, body).payload(payload))?;
        let reply = reply.check(&[NtStatus::BUFFER_OVERFLOW])?;
        let output = reply.decode::<IoctlResponse<'_>>()?.output.to_vec();
        self.recycle(reply);
        Ok(output)
    }
}

const fn fsctl(ctl_code: CtlCode, file_id: FileId, input: &[u8], max: u32) -> IoctlRequest<'_> {
    IoctlRequest {
        ctl_code,
        file_id,
        max_input_response: 0,
        max_output_response: max,
        flags: IoctlFlags::IS_FSCTL,
        input,
    }
}
