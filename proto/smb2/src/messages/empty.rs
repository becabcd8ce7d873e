//! The bodies that say nothing: StructureSize 4 and two reserved bytes.

use crate::field::structure_size;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

macro_rules! empty_bodies {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name;

        impl Decode<'_> for $name {
            fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
                structure_size(r, 4)?;
                r.skip(2, "Reserved")?;
                Ok(Self)
            }
        }

        impl Encode for $name {
            fn encode(&self, w: &mut Writer<'_>) {
                w.u16(4);
                w.u16(0);
            }
        }
    )*};
}

empty_bodies! {
    /// [MS-SMB2] 2.2.7 SMB2 LOGOFF Request
    LogoffRequest;
    /// [MS-SMB2] 2.2.8 SMB2 LOGOFF Response
    LogoffResponse;
    /// [MS-SMB2] 2.2.11 SMB2 TREE_DISCONNECT Request
    TreeDisconnectRequest;
    /// [MS-SMB2] 2.2.12 SMB2 TREE_DISCONNECT Response
    TreeDisconnectResponse;
    /// [MS-SMB2] 2.2.18 SMB2 FLUSH Response
    FlushResponse;
    /// [MS-SMB2] 2.2.27 SMB2 LOCK Response
    LockResponse;
    /// [MS-SMB2] 2.2.28 SMB2 ECHO Request
    EchoRequest;
    /// [MS-SMB2] 2.2.29 SMB2 ECHO Response
    EchoResponse;
    /// [MS-SMB2] 2.2.30 SMB2 CANCEL Request, which has no response
    CancelRequest;
}
