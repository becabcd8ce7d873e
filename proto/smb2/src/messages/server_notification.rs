use lanward_wire::wire_values;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_values! {
    /// SMB_NOTIFICATION_ID
    NotificationType(u32) {
        /// SmbNotifySessionClosed
        SESSION_CLOSED = 0x00;
    }
}

/// [MS-SMB2] 2.2.44.1 Server to Client Notification. SMB2_NOTIFY_SESSION_CLOSED (2.2.44.2) is four reserved bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerToClientNotification<'a> {
    /// What the notification is.
    pub notification_type: NotificationType,
    /// Its own structure.
    pub notification: &'a [u8],
}

/// StructureSize with SMB2_NOTIFY_SESSION_CLOSED, the one notification there is.
const STRUCTURE_SIZE: u16 = 12;

impl<'a> Decode<'a> for ServerToClientNotification<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        // The specification gives StructureSize no number, and it depends on what follows.
        r.skip(4, "StructureSize")?;
        Ok(Self { notification_type: NotificationType(r.u32("NotificationType")?), notification: r.rest() })
    }
}

impl Encode for ServerToClientNotification<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(STRUCTURE_SIZE);
        w.u16(0);
        w.u32(self.notification_type.0);
        w.bytes(self.notification);
    }
}
