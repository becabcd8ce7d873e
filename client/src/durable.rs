//! What clients send that may come back for an open, or send a request twice.

use crate::request::Request;
use crate::tree::utf16;
use crate::{Connection, Create, Created, File, Result, Tree};
use lanward_nt::Guid;
use lanward_nt::fscc::CtlCode;
use lanward_smb2::messages::{
    CreateRequestContext, DurableHandleFlags, LockElement, LockRequest, NetworkResiliencyRequest,
};
use lanward_smb2::{Command, FileId, HeaderFlags};
use lanward_wire::Encode;

/// SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2, for as many milliseconds.
#[must_use]
pub fn durable_v2(create_guid: Guid, timeout: u32) -> CreateRequestContext<'static> {
    CreateRequestContext::DurableHandleRequestV2 { timeout, flags: DurableHandleFlags::empty(), create_guid }
}

/// The same, persistent.
#[must_use]
pub fn persistent(create_guid: Guid, timeout: u32) -> CreateRequestContext<'static> {
    CreateRequestContext::DurableHandleRequestV2 {
        timeout,
        flags: DurableHandleFlags::PERSISTENT,
        create_guid,
    }
}

/// SMB2_CREATE_DURABLE_HANDLE_RECONNECT_V2 for an open of an earlier connection.
#[must_use]
pub fn reconnect_v2(
    file_id: FileId,
    create_guid: Guid,
    flags: DurableHandleFlags,
) -> CreateRequestContext<'static> {
    CreateRequestContext::DurableHandleReconnectV2 { file_id, create_guid, flags }
}

impl Connection {
    /// Sends a create again that may have been executed (SMB2_FLAGS_REPLAY_OPERATION).
    ///
    /// # Errors
    /// As for [`Connection::create`].
    pub fn replay_create(&mut self, tree: Tree, create: &Create<'_>) -> Result<Created> {
        let name = utf16(create.name);
        let body = create.request(&name);
        let request = Request::new(Command::CREATE, tree, &body).flags(HeaderFlags::REPLAY_OPERATION);
        self.finish_create(tree, &request)
    }

    /// Locks or unlocks ranges with a LockSequenceIndex (1 to 64) and LockSequenceNumber (0 to 15).
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn lock_in_sequence(
        &mut self,
        file: File,
        (index, number): (u32, u32),
        locks: &[LockElement],
    ) -> Result<()> {
        let lock_sequence = (index << 4) | number;
        let body = LockRequest { lock_sequence, file_id: file.id, locks: locks.to_vec() };
        self.finish(&Request::new(Command::LOCK, file, &body))
    }

    /// FSCTL_LMR_REQUEST_RESILIENCY, for as many milliseconds.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn request_resiliency(&mut self, file: File, timeout: u32) -> Result<()> {
        let mut input = Vec::new();
        NetworkResiliencyRequest { timeout }.encode(&mut lanward_wire::Writer::new(&mut input));
        self.ioctl(file, CtlCode::LMR_REQUEST_RESILIENCY, &input, 0).map(drop)
    }
}
