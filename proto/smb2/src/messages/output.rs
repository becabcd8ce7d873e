//! Answers that carry one buffer which the server produces in place: the fixed part first, the length afterwards.

use crate::field::{ahead, buffer, counted32, long, short, structure_size};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// A fixed part that was written before its payload. What is appended to the message from here on is the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the length is 0 until finish is called"]
pub struct PendingPayload {
    length_at: usize,
    data_at: usize,
}

impl PendingPayload {
    /// For a writer that stands at the payload's first byte; `length_at` is where its 32-bit length is.
    pub(crate) const fn new(length_at: usize, data_at: usize) -> Self {
        Self { length_at, data_at }
    }

    /// Where the payload begins, counted from the header.
    #[must_use]
    pub const fn data_at(self) -> usize {
        self.data_at
    }

    /// Writes the length. `message` is everything from the header to the payload's end.
    pub fn finish(self, message: &mut [u8]) {
        let len = long(message.len().saturating_sub(self.data_at));
        if let Some(place) = message.get_mut(self.length_at..).and_then(<[u8]>::first_chunk_mut) {
            *place = len.to_le_bytes();
        }
    }
}

macro_rules! output_responses {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name<'a> {
            /// The Buffer.
            pub output: &'a [u8],
        }

        impl $name<'_> {
            /// Bytes of the fixed part: the output begins this far behind the header.
            const FIXED_LEN: usize = 8;

            /// Writes the fixed part; the caller appends the output and then calls [`PendingPayload::finish`].
            pub fn begin(w: &mut Writer<'_>) -> PendingPayload {
                let data_at = ahead(w, Self::FIXED_LEN);
                w.u16(9);
                w.u16(short(data_at));
                let length_at = w.position();
                w.u32(0);
                PendingPayload::new(length_at, data_at)
            }
        }

        impl<'a> Decode<'a> for $name<'a> {
            fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
                structure_size(r, 9)?;
                let (offset, len) = (r.u16("OutputBufferOffset")?, r.u32("OutputBufferLength")?);
                Ok(Self { output: buffer(r, offset, len, "OutputBuffer")? })
            }
        }

        impl Encode for $name<'_> {
            fn encode(&self, w: &mut Writer<'_>) {
                let payload = Self::begin(w);
                w.bytes(counted32(self.output).0);
                payload.finish(w.written_mut());
            }
        }
    )*};
}

output_responses! {
    /// [MS-SMB2] 2.2.34 SMB2 QUERY_DIRECTORY Response
    QueryDirectoryResponse;
    /// [MS-SMB2] 2.2.36 SMB2 CHANGE_NOTIFY Response
    ChangeNotifyResponse;
    /// [MS-SMB2] 2.2.38 SMB2 QUERY_INFO Response
    QueryInfoResponse;
}
