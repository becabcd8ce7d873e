use crate::field::counted32;
use lanward_nt::NtString;
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// What a client of Apple's extensions asks for.
    AaplQuery: u64 {
        /// kAAPL_SERVER_CAPS
        SERVER_CAPABILITIES = 0x1;
        /// kAAPL_VOLUME_CAPS
        VOLUME_CAPABILITIES = 0x2;
        /// kAAPL_MODEL_INFO
        MODEL = 0x4;
    }

    /// What a server, or a client, of Apple's extensions can do.
    AaplCapabilities: u64 {
        /// kAAPL_SUPPORTS_READ_DIR_ATTR: listings carry rights, resource forks and Finder info
        READ_DIR_ATTR = 0x1;
        /// kAAPL_SUPPORTS_OSX_COPYFILE: a COPYCHUNK of no chunks copies a whole file with its streams
        COPYFILE = 0x2;
        /// kAAPL_UNIX_BASED: listings carry modes
        UNIX_BASED = 0x4;
    }

    /// What a volume can do for a client of Apple's extensions.
    AaplVolumeCapabilities: u64 {
        /// kAAPL_SUPPORT_RESOLVE_ID: a path is told for a file id
        RESOLVE_ID = 0x1;
        /// kAAPL_CASE_SENSITIVE
        CASE_SENSITIVE = 0x2;
        /// kAAPL_SUPPORTS_FULL_SYNC: what is flushed is on the disk, which Time Machine wants to know
        FULL_SYNC = 0x4;
    }
}

/// kAAPL_SERVER_QUERY
const SERVER_QUERY: u32 = 1;

/// The data of an `AAPL` create context: what the client of a Mac wants to know of the server and the volume it opens. There is no
/// specification; the names are those of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AaplRequest {
    /// What is asked for.
    pub query: AaplQuery,
    /// What the client can do.
    pub client_capabilities: AaplCapabilities,
}

impl Decode<'_> for AaplRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let command = r.u32("CommandCode")?;
        if command != SERVER_QUERY {
            return Err(DecodeError::unexpected("CommandCode", command));
        }
        r.skip(4, "Reserved")?;
        let query = AaplQuery::from_bits_retain(r.u64("RequestBitmap")?);
        Ok(Self {
            query,
            client_capabilities: AaplCapabilities::from_bits_retain(r.u64("ClientCapabilities")?),
        })
    }
}

impl Encode for AaplRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(SERVER_QUERY);
        w.zeros(4);
        w.u64(self.query.bits());
        w.u64(self.client_capabilities.bits());
    }
}

/// The answer: what was asked for, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AaplResponse {
    /// What the server can do.
    pub server_capabilities: Option<AaplCapabilities>,
    /// What the volume can do.
    pub volume_capabilities: Option<AaplVolumeCapabilities>,
    /// Which Mac's picture stands for the server.
    pub model: Option<NtString>,
}

impl Decode<'_> for AaplResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let command = r.u32("CommandCode")?;
        if command != SERVER_QUERY {
            return Err(DecodeError::unexpected("CommandCode", command));
        }
        r.skip(4, "Reserved")?;
        let told = AaplQuery::from_bits_retain(r.u64("ReplyBitmap")?);
        let mut response = Self::default();
        if told.contains(AaplQuery::SERVER_CAPABILITIES) {
            let bits = r.u64("ServerCapabilities")?;
            response.server_capabilities = Some(AaplCapabilities::from_bits_retain(bits));
        }
        if told.contains(AaplQuery::VOLUME_CAPABILITIES) {
            let bits = r.u64("VolumeCapabilities")?;
            response.volume_capabilities = Some(AaplVolumeCapabilities::from_bits_retain(bits));
        }
        if told.contains(AaplQuery::MODEL) {
            r.skip(4, "Pad")?;
            let length = crate::field::index(r.u32("ModelStringLength")?);
            let units = r.bytes(length, "ModelString")?.as_chunks::<2>().0;
            response.model = Some(NtString(units.iter().map(|u| u16::from_le_bytes(*u)).collect()));
        }
        Ok(response)
    }
}

impl Encode for AaplResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        let mut told = AaplQuery::empty();
        told.set(AaplQuery::SERVER_CAPABILITIES, self.server_capabilities.is_some());
        told.set(AaplQuery::VOLUME_CAPABILITIES, self.volume_capabilities.is_some());
        told.set(AaplQuery::MODEL, self.model.is_some());
        w.u32(SERVER_QUERY);
        w.zeros(4);
        w.u64(told.bits());
        self.server_capabilities.into_iter().for_each(|c| w.u64(c.bits()));
        self.volume_capabilities.into_iter().for_each(|c| w.u64(c.bits()));
        if let Some(model) = &self.model {
            let bytes: Vec<u8> = model.units().iter().flat_map(|u| u.to_le_bytes()).collect();
            let (bytes, length) = counted32(&bytes);
            w.zeros(4);
            w.u32(length);
            w.bytes(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a Mac asks.
    #[test]
    fn query() {
        let bytes = [1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
        let query = AaplQuery::SERVER_CAPABILITIES | AaplQuery::VOLUME_CAPABILITIES | AaplQuery::MODEL;
        let client_capabilities =
            AaplCapabilities::READ_DIR_ATTR | AaplCapabilities::COPYFILE | AaplCapabilities::UNIX_BASED;
        let request = AaplRequest { query, client_capabilities };
        assert_eq!(AaplRequest::decode(&mut Reader::new(&bytes)), Ok(request));
        let mut out = Vec::new();
        request.encode(&mut Writer::new(&mut out));
        assert_eq!(out, bytes);
        assert!(AaplRequest::decode(&mut Reader::new(&[2; 24])).is_err());
    }

    #[test]
    fn answers() {
        let all = AaplResponse {
            server_capabilities: Some(AaplCapabilities::READ_DIR_ATTR),
            volume_capabilities: Some(AaplVolumeCapabilities::FULL_SYNC),
            model: Some("Xs".into()),
        };
        let bytes = [
            1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, // CommandCode, Reserved, ReplyBitmap
            1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, // ServerCapabilities, VolumeCapabilities
            0, 0, 0, 0, 4, 0, 0, 0, b'X', 0, b's', 0,
        ];
        for (value, bytes) in
            [(all, &bytes[..]), (AaplResponse::default(), &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]
        {
            let mut out = Vec::new();
            value.encode(&mut Writer::new(&mut out));
            assert_eq!(out, bytes);
            assert_eq!(AaplResponse::decode(&mut Reader::new(bytes)), Ok(value));
        }
    }
}
