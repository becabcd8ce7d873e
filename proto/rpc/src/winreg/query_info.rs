use super::{name, put_name, put_room, room};
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::{FileTime, NtString};
use lanward_wire::DecodeError;

/// [MS-RRP] 3.1.5.16 BaseRegQueryInfoKey (Opnum 16), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryInfoRequest {
    /// hKey
    pub key: ContextHandle,
    /// Bytes lpClassIn has room for.
    pub class_room: u16,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryInfoResponse {
    /// lpClassOut
    pub class: Option<NtString>,
    /// lpcSubKeys
    pub sub_keys: u32,
    /// lpcbMaxSubKeyLen, in characters
    pub max_sub_key: u32,
    /// lpcbMaxClassLen, in characters
    pub max_class: u32,
    /// lpcValues
    pub values: u32,
    /// lpcbMaxValueNameLen, in characters
    pub max_value_name: u32,
    /// lpcbMaxValueLen, in bytes
    pub max_value: u32,
    /// lpcbSecurityDescriptor, in bytes
    pub security_descriptor: u32,
    /// lpftLastWriteTime
    pub last_write_time: FileTime,
    /// A Win32 error.
    pub status: u32,
}

impl QueryInfoRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { key: r.context_handle("hKey")?, class_room: room(r, "lpClassIn")? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        put_room(w, self.class_room);
    }
}

impl QueryInfoResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            class: name(r, "lpClassOut")?,
            sub_keys: r.u32("lpcSubKeys")?,
            max_sub_key: r.u32("lpcbMaxSubKeyLen")?,
            max_class: r.u32("lpcbMaxClassLen")?,
            values: r.u32("lpcValues")?,
            max_value_name: r.u32("lpcbMaxValueNameLen")?,
            max_value: r.u32("lpcbMaxValueLen")?,
            security_descriptor: r.u32("lpcbSecurityDescriptor")?,
            last_write_time: FileTime(r.u64_in_halves("lpftLastWriteTime")?),
            status: r.u32("status")?,
        })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        put_name(w, self.class.as_ref());
        for count in [self.sub_keys, self.max_sub_key, self.max_class, self.values, self.max_value_name] {
            w.u32(count);
        }
        w.u32(self.max_value);
        w.u32(self.security_descriptor);
        w.u64_in_halves(self.last_write_time.0);
        w.u32(self.status);
    }
}
