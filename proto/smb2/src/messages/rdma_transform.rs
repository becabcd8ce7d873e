use super::read::Channel;
use crate::field::{counted16, short};
use lanward_wire::wire_values;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_values! {
    /// The TransformType of an RDMA transform.
    RdmaTransformType(u16) {
        /// SMB2_RDMA_TRANSFORM_TYPE_ENCRYPTION
        ENCRYPTION = 0x0001;
        /// SMB2_RDMA_TRANSFORM_TYPE_SIGNING
        SIGNING = 0x0002;
    }
}

/// [MS-SMB2] 2.2.43.1 SMB2_RDMA_CRYPTO_TRANSFORM
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RdmaCryptoTransform<'a> {
    /// Encryption or signing.
    pub transform_type: RdmaTransformType,
    /// At most 16 bytes.
    pub signature: &'a [u8],
    /// The nonce.
    pub nonce: &'a [u8],
}

/// [MS-SMB2] 2.2.43 SMB2_RDMA_TRANSFORM with the transforms behind it and the descriptors behind those.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RdmaTransform<'a> {
    /// How the data travels.
    pub channel: Channel,
    /// The transforms, at least one.
    pub transforms: Vec<RdmaCryptoTransform<'a>>,
    /// The channel's descriptors.
    pub descriptors: &'a [u8],
}

/// Bytes before the transforms.
const FIXED: usize = 16;

impl<'a> Decode<'a> for RdmaTransform<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(r.rest());
        let (offset, len) = (r.u16("RdmaDescriptorOffset")?, r.u16("RdmaDescriptorLength")?);
        let channel = Channel(r.u32("Channel")?);
        let count = r.u16("TransformCount")?;
        r.skip(6, "Reserved1")?;
        if count == 0 {
            return Err(DecodeError::invalid("TransformCount", "must not be 0"));
        }
        let mut transforms = Vec::new();
        for _ in 0..count {
            r.align(8, "Padding")?;
            transforms.push(RdmaCryptoTransform::decode(r)?);
        }
        if len != 0 && !offset.is_multiple_of(8) {
            return Err(DecodeError::invalid("RdmaDescriptorOffset", "must be a multiple of 8"));
        }
        let descriptors = if channel == Channel::NONE {
            &[][..]
        } else {
            crate::field::buffer(r, offset, len, "RdmaDescriptor")?
        };
        Ok(Self { channel, transforms, descriptors })
    }
}

impl<'a> Decode<'a> for RdmaCryptoTransform<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let transform_type = RdmaTransformType(r.u16("TransformType")?);
        let (signature_len, nonce_len) = (r.u16("SignatureLength")?, r.u16("NonceLength")?);
        r.skip(2, "Reserved")?;
        if signature_len > 16 {
            return Err(DecodeError::invalid("SignatureLength", "more than 16"));
        }
        let signature = r.bytes(signature_len.into(), "Signature")?;
        Ok(Self { transform_type, signature, nonce: r.bytes(nonce_len.into(), "Nonce")? })
    }
}

impl Encode for RdmaCryptoTransform<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let ((signature, signature_len), (nonce, nonce_len)) =
            (counted16(self.signature), counted16(self.nonce));
        w.u16(self.transform_type.0);
        w.u16(signature_len);
        w.u16(nonce_len);
        w.u16(0);
        w.bytes(signature);
        w.bytes(nonce);
    }
}

impl Encode for RdmaTransform<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let mut w = w.nested();
        let (descriptors, len) = counted16(self.descriptors);
        w.zeros(2);
        w.u16(len);
        w.u32(self.channel.0);
        w.u16(short(self.transforms.len()));
        w.zeros(FIXED.saturating_sub(w.position()));
        for transform in self.transforms.iter().take(usize::from(u16::MAX)) {
            w.align(8);
            transform.encode(&mut w.nested());
        }
        if descriptors.is_empty() {
            return;
        }
        w.align(8);
        let offset = short(w.position());
        w.patch(0, &offset.to_le_bytes());
        w.bytes(descriptors);
    }
}
