use crate::{Error, Result};
use core::ops::Range;
use lanward_nt::NtStatus;
use lanward_smb2::{Header, MessageId};
use lanward_wire::{Decode, Reader};

/// One message from the server: a response, an interim response or a notification.
#[derive(Debug)]
pub struct Reply {
    /// Its header.
    pub header: Header,
    /// Whether it came encrypted.
    pub sealed: bool,
    pub(crate) bytes: Vec<u8>,
    pub(crate) range: Range<usize>,
}

impl Reply {
    /// The message from its SMB2 header to its end.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    /// What follows the header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.message().get(Header::LEN..).unwrap_or_default()
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> NtStatus {
        self.header.nt_status()
    }

    /// Which request is answered.
    #[must_use]
    pub const fn message_id(&self) -> MessageId {
        self.header.message_id
    }

    /// The body as a value, whatever the status.
    ///
    /// # Errors
    /// The bytes are not such a body.
    pub fn decode<'a, T: Decode<'a>>(&'a self) -> Result<T> {
        let mut reader = Reader::new(self.message());
        reader.skip(Header::LEN, "Header")?;
        Ok(T::decode(&mut reader)?)
    }

    /// The reply itself if its status is SUCCESS or one of `allowed`.
    ///
    /// # Errors
    /// [`Error::Status`] for any other.
    pub fn check(self, allowed: &[NtStatus]) -> Result<Self> {
        let status = self.status();
        if status == NtStatus::SUCCESS || allowed.contains(&status) {
            return Ok(self);
        }
        Err(Error::Status { command: self.header.command, status })
    }
}
