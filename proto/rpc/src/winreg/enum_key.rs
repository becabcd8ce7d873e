use super::{name, put_name, put_room, room};
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::{FileTime, NtString};
use lanward_wire::DecodeError;

/// [MS-RRP] 3.1.5.10 BaseRegEnumKey (Opnum 9), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumKeyRequest {
    /// hKey
    pub key: ContextHandle,
    /// dwIndex
    pub index: u32,
    /// Bytes lpNameIn has room for, a terminator among them.
    pub name_room: u16,
    /// Whether the client asks for the class, and the bytes it has room for.
    pub class_room: Option<u16>,
    /// lpftLastWriteTime
    pub last_write_time: Option<FileTime>,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumKeyResponse {
    /// lpNameOut
    pub name: Option<NtString>,
    /// lplpClassOut
    pub class: Option<NtString>,
    /// lpftLastWriteTime
    pub last_write_time: Option<FileTime>,
    /// A Win32 error.
    pub status: u32,
}

impl EnumKeyRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (key, index) = (r.context_handle("hKey")?, r.u32("dwIndex")?);
        let name_room = room(r, "lpNameIn")?;
        let class_room = r.unique("lpClassIn", |r| room(r, "lpClassIn"))?;
        Ok(Self { key, index, name_room, class_room, last_write_time: time(r)? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        w.u32(self.index);
        put_room(w, self.name_room);
        w.unique(self.class_room, put_room);
        put_time(w, self.last_write_time);
    }
}

impl EnumKeyResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let name_out = name(r, "lpNameOut")?;
        let class = r.unique("lplpClassOut", |r| name(r, "lplpClassOut"))?.flatten();
        Ok(Self { name: name_out, class, last_write_time: time(r)?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        put_name(w, self.name.as_ref());
        w.unique(self.class.as_ref(), |w, class| put_name(w, Some(class)));
        put_time(w, self.last_write_time);
        w.u32(self.status);
    }
}

fn time(r: &mut NdrReader<'_>) -> Result<Option<FileTime>, DecodeError> {
    r.unique("lpftLastWriteTime", |r| Ok(FileTime(r.u64_in_halves("lpftLastWriteTime")?)))
}

fn put_time(w: &mut NdrWriter<'_>, time: Option<FileTime>) {
    w.unique(time, |w, time| w.u64_in_halves(time.0));
}
