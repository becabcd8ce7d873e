//! What is asked of devices.

use super::{Connection, File, Request};
use crate::Result;
use lanward_smb1::Command;
use lanward_smb1::messages::{IoctlRequest, IoctlResponse};

impl Connection {
    /// Asks a device something by SMB_COM_IOCTL, with room for `room` bytes of parameters and of data; gives both.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn device_control(
        &mut self,
        file: File,
        (category, function): (u16, u16),
        (parameters, data): (&[u8], &[u8]),
        (max_parameter_count, max_data_count): (u16, u16),
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let request = IoctlRequest {
            fid: file.id,
            category,
            function,
            max_parameter_count,
            max_data_count,
            ..IoctlRequest::default()
        };
        let mut bytes = Vec::new();
        let body = request.compose(parameters, data, &mut bytes);
        let reply = self.call(&Request::new(Command::IOCTL, file, &body))?.check(&[])?;
        let response: IoctlResponse<'_> = reply.decode()?;
        let (parameters, data) = response.parts()?;
        Ok((parameters.to_vec(), data.to_vec()))
    }
}
