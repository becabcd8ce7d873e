use super::{name, put_name, put_room, room};
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-RRP] 3.1.5.17 BaseRegQueryValue (Opnum 17), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryValueRequest {
    /// hKey
    pub key: ContextHandle,
    /// lpValueName
    pub name: Option<NtString>,
    /// What is asked for.
    pub buffers: ValueBuffers,
}

/// [MS-RRP] 3.1.5.11 BaseRegEnumValue (Opnum 10), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValueRequest {
    /// hKey
    pub key: ContextHandle,
    /// dwIndex
    pub index: u32,
    /// Bytes lpValueNameIn has room for, a terminator among them.
    pub name_room: u16,
    /// What is asked for.
    pub buffers: ValueBuffers,
}

/// Which parts of a value the client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValueBuffers {
    /// lpType is there.
    pub value_type: bool,
    /// lpData is there.
    pub data: bool,
    /// lpcbData: bytes the client has room for.
    pub room: Option<u32>,
    /// lpcbLen
    pub length: Option<u32>,
}

/// What both return; the name goes with Opnum 10 only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueResponse {
    /// lpValueNameOut
    pub name: Option<NtString>,
    /// lpType
    pub value_type: Option<u32>,
    /// lpData, what is sent of it
    pub data: Option<Vec<u8>>,
    /// lpcbData
    pub size: Option<u32>,
    /// lpcbLen
    pub length: Option<u32>,
    /// A Win32 error.
    pub status: u32,
}

/// The range of lpData.
const LARGEST: u32 = 0x0400_0000;

impl ValueBuffers {
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let value_type = r.unique("lpType", |r| r.u32("lpType"))?.is_some();
        let data = r.unique("lpData", |r| {
            // What the client has room for is announced and not sent: it sizes nothing.
            let (maximum, offset, actual) = (r.size("lpData")?, r.size("lpData")?, r.size("lpData")?);
            if maximum > LARGEST || offset != 0 || actual > maximum {
                return Err(DecodeError::invalid("lpData", "array counts"));
            }
            r.bytes(usize::try_from(actual).unwrap_or(usize::MAX), "lpData").map(drop)
        })?;
        let room = r.unique("lpcbData", |r| r.u32("lpcbData"))?;
        let length = r.unique("lpcbLen", |r| r.u32("lpcbLen"))?;
        Ok(Self { value_type, data: data.is_some(), room, length })
    }

    fn encode(&self, w: &mut NdrWriter<'_>) {
        w.unique(self.value_type.then_some(0), NdrWriter::u32);
        w.unique(self.data.then_some(()), |w, ()| {
            w.count(usize::try_from(self.room.unwrap_or(0)).unwrap_or(usize::MAX));
            w.count(0);
            w.count(0);
        });
        w.unique(self.room, NdrWriter::u32);
        w.unique(self.length, NdrWriter::u32);
    }
}

impl QueryValueRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key: r.context_handle("hKey")?,
            name: name(r, "lpValueName")?,
            buffers: ValueBuffers::decode(r)?,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        put_name(w, self.name.as_ref());
        self.buffers.encode(w);
    }
}

impl EnumValueRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key: r.context_handle("hKey")?,
            index: r.u32("dwIndex")?,
            name_room: room(r, "lpValueNameIn")?,
            buffers: ValueBuffers::decode(r)?,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        w.u32(self.index);
        put_room(w, self.name_room);
        self.buffers.encode(w);
    }
}

impl ValueResponse {
    /// The results of Opnum 17.
    ///
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let value_type = r.unique("lpType", |r| r.u32("lpType"))?;
        let data = r.unique("lpData", |r| Ok(r.varying_byte_array("lpData")?.to_vec()))?;
        let size = r.unique("lpcbData", |r| r.u32("lpcbData"))?;
        let length = r.unique("lpcbLen", |r| r.u32("lpcbLen"))?;
        Ok(Self { name: None, value_type, data, size, length, status: r.u32("status")? })
    }

    /// The results of Opnum 10.
    ///
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode_enumerated(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let name = name(r, "lpValueNameOut")?;
        Ok(Self { name, ..Self::decode(r)? })
    }

    /// Appends the results of Opnum 17.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.unique(self.value_type, NdrWriter::u32);
        w.unique(self.data.as_ref(), |w, data| {
            // size_is(*lpcbData) and length_is(*lpcbLen), as they are on the way back.
            w.count(usize::try_from(self.size.unwrap_or(0)).unwrap_or(usize::MAX));
            w.count(0);
            w.count(data.len());
            w.bytes(data);
        });
        w.unique(self.size, NdrWriter::u32);
        w.unique(self.length, NdrWriter::u32);
        w.u32(self.status);
    }

    /// Appends the results of Opnum 10.
    pub fn encode_enumerated(&self, w: &mut NdrWriter<'_>) {
        put_name(w, self.name.as_ref());
        self.encode(w);
    }
}
