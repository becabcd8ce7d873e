use lanward_wire::{Decode, DecodeError, DecodeErrorKind, Encode, Reader, Writer};

/// [MS-SMB2] 2.2.41 SMB2 TRANSFORM_HEADER. Its Flags/EncryptionAlgorithm field has only one value, 1, in every dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransformHeader {
    /// The authentication tag.
    pub signature: [u8; 16],
    /// The first 11 (CCM) or 12 (GCM) bytes are the nonce. The rest is authenticated like them.
    pub nonce: [u8; 16],
    /// Bytes of plaintext.
    pub original_message_size: u32,
    /// Written as 0; of no meaning, but authenticated as received.
    pub reserved: u16,
    /// The session whose key sealed the message.
    pub session_id: u64,
}

impl TransformHeader {
    /// Bytes in a transform header.
    pub const LEN: usize = 52;
    /// What an encrypted frame begins with: 0xFD, 'S', 'M', 'B'.
    pub const PROTOCOL_ID: [u8; 4] = [0xfd, b'S', b'M', b'B'];

    /// The header of a whole frame and the ciphertext behind it.
    ///
    /// # Errors
    /// There is no header, nothing behind it, or not as much as it says.
    pub fn split_mut(frame: &mut [u8]) -> Result<(Self, &mut [u8]), DecodeError> {
        let received = frame.len();
        let Some((head, text)) = frame.split_at_mut_checked(Self::LEN).filter(|(_, text)| !text.is_empty())
        else {
            let kind = DecodeErrorKind::NotEnoughBytes { expected: Self::LEN.saturating_add(1), received };
            return Err(DecodeError { kind, field: "SMB2 TRANSFORM_HEADER" });
        };
        let header = Self::decode(&mut Reader::new(head))?;
        if u32::try_from(text.len()) != Ok(header.original_message_size) {
            return Err(DecodeError::invalid("OriginalMessageSize", "not the size of the message"));
        }
        Ok((header, text))
    }

    /// The header's bytes.
    pub(super) fn to_array(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let parts = [&Self::PROTOCOL_ID[..], &self.signature, &self.authenticated()];
        bytes.iter_mut().zip(parts.into_iter().flatten()).for_each(|(into, from)| *into = *from);
        bytes
    }

    /// The header without ProtocolId and Signature: the additional authenticated data.
    pub(super) fn authenticated(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let size = self.original_message_size.to_le_bytes();
        let session = self.session_id.to_le_bytes();
        let parts = [&self.nonce[..], &size, &self.reserved.to_le_bytes(), &[1, 0], &session];
        bytes.iter_mut().zip(parts.into_iter().flatten()).for_each(|(into, from)| *into = *from);
        bytes
    }
}

impl Decode<'_> for TransformHeader {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.array("ProtocolId")? != Self::PROTOCOL_ID {
            return Err(DecodeError::invalid("ProtocolId", "not 0xFD 'SMB'"));
        }
        let signature = r.array("Signature")?;
        let nonce = r.array("Nonce")?;
        let original_message_size = r.u32("OriginalMessageSize")?;
        let reserved = r.u16("Reserved")?;
        if r.u16("Flags/EncryptionAlgorithm")? != 1 {
            return Err(DecodeError::invalid("Flags/EncryptionAlgorithm", "not 1"));
        }
        Ok(Self { signature, nonce, original_message_size, reserved, session_id: r.u64("SessionId")? })
    }
}

impl Encode for TransformHeader {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&self.to_array());
    }
}
