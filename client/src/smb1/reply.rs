use crate::{Error, Result};
use lanward_nt::NtStatus;
use lanward_smb1::{Body, Chain, Command, DosError, Flags2, Header, Message, Text};
use lanward_wire::CodePage;

/// One message from the server: a response or an oplock break.
#[derive(Debug)]
pub struct Reply {
    /// Its header.
    pub header: Header,
    pub(crate) bytes: Vec<u8>,
    pub(crate) code_page: CodePage,
}

impl Reply {
    /// The message from its header to its end.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.bytes
    }

    /// The status. An error of DOS is an NTSTATUS of the same four bytes; see [`Reply::dos_error`].
    #[must_use]
    pub const fn status(&self) -> NtStatus {
        NtStatus(self.header.status)
    }

    /// The error, where the server told one of DOS.
    #[must_use]
    pub fn dos_error(&self) -> Option<DosError> {
        let dos = !self.header.flags2.contains(Flags2::NT_STATUS) && self.header.status != 0;
        dos.then(|| DosError::from_wire(self.header.status))
    }

    /// What strings are in.
    #[must_use]
    pub const fn text(&self) -> Text {
        Text { unicode: self.header.flags2.contains(Flags2::UNICODE), code_page: self.code_page }
    }

    /// The answers, one behind the other.
    #[must_use]
    pub fn chain(&self) -> Chain<'_> {
        Chain::new(&self.bytes, &self.header, self.text())
    }

    /// The answer to one of the commands.
    ///
    /// # Errors
    /// There is none that can be read.
    pub fn body(&self, command: Command) -> Result<Body<'_>> {
        for item in self.chain() {
            let (found, body) = item?;
            if found == command {
                return Ok(body);
            }
        }
        Err(Error::Protocol("the answer to a command is missing"))
    }

    /// The answer to the first command as a value, whatever the status.
    ///
    /// # Errors
    /// The bytes are none.
    pub fn decode<'a, T: Message<'a>>(&'a self) -> Result<T> {
        self.decode_of(self.header.command)
    }

    /// The answer to one of the commands as a value.
    ///
    /// # Errors
    /// There is none, or its bytes are none.
    pub fn decode_of<'a, T: Message<'a>>(&'a self, command: Command) -> Result<T> {
        Ok(T::decode(&mut self.body(command)?)?)
    }

    /// The reply itself if its status is SUCCESS or one of `allowed`.
    ///
    /// # Errors
    /// [`Error::Smb1`] for any other.
    pub fn check(self, allowed: &[NtStatus]) -> Result<Self> {
        let status = self.status();
        if status == NtStatus::SUCCESS || allowed.contains(&status) {
            return Ok(self);
        }
        Err(Error::Smb1 { command: self.header.command, status })
    }
}
