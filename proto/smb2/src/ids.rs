use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($ty:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub $ty);
    )*};
}

ids! {
    /// The SessionId of the SMB2 header.
    SessionId(u64);
    /// The TreeId of the SMB2 header.
    TreeId(u32);
    /// The MessageId of the SMB2 header.
    MessageId(u64);
    /// The AsyncId of the SMB2 header.
    AsyncId(u64);
}

impl SessionId {
    /// In a related request: the session of the request before.
    pub const RELATED: Self = Self(u64::MAX);
}

impl TreeId {
    /// In a related request: the tree connect of the request before.
    pub const RELATED: Self = Self(u32::MAX);
}

impl MessageId {
    /// What a notification that answers no request carries.
    pub const UNSOLICITED: Self = Self(u64::MAX);
}

/// [MS-SMB2] 2.2.14.1 SMB2_FILEID
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId {
    /// Stays the same when a durable open is reconnected.
    pub persistent: u64,
    /// May change then.
    pub volatile: u64,
}

impl FileId {
    /// In a related request: the open of the request before.
    pub const RELATED: Self = Self { persistent: u64::MAX, volatile: u64::MAX };
}

impl Decode<'_> for FileId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { persistent: r.u64("FileId")?, volatile: r.u64("FileId")? })
    }
}

impl Encode for FileId {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.persistent);
        w.u64(self.volatile);
    }
}
