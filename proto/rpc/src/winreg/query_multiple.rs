use super::{name, put_name};
use crate::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// What BaseRegQueryMultipleValues (Opnum 29) and BaseRegQueryMultipleValues2 (Opnum 34) are given ([MS-RRP] 3.1.5.26, 3.1.5.30).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipleRequest {
    /// hKey
    pub key: ContextHandle,
    /// val_listIn
    pub values: Vec<ValueEntry>,
    /// lpvalueBuf is there.
    pub buffer: bool,
    /// ldwTotsize: bytes the client has room for; those of the buffer if there is one.
    pub room: u32,
}

/// [MS-RRP] 2.2.5 RVALENT
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueEntry {
    /// ve_valuename
    pub name: Option<NtString>,
    /// ve_valuelen
    pub length: u32,
    /// ve_valueptr: where the data is in the buffer. The definition calls it a pointer; what is sent is the number.
    pub offset: u32,
    /// ve_type
    pub value_type: u32,
}

/// What they return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipleResponse {
    /// val_listOut
    pub values: Vec<ValueEntry>,
    /// lpvalueBuf
    pub buffer: Option<Vec<u8>>,
    /// ldwTotsize; ldwRequiredSize of Opnum 34.
    pub size: u32,
    /// A Win32 error.
    pub status: u32,
}

impl MultipleRequest {
    /// # Errors
    /// The bytes are not such an operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let key = r.context_handle("hKey")?;
        let values = entries(r, "val_listIn")?;
        r.u32("num_vals")?;
        let buffer = r.unique("lpvalueBuf", |r| r.varying_byte_array("lpvalueBuf").map(<[u8]>::len))?;
        let room = r.u32("ldwTotsize")?;
        if buffer.is_some_and(|length| usize::try_from(room) != Ok(length)) {
            return Err(DecodeError::invalid("ldwTotsize", "not the size of the buffer"));
        }
        Ok(Self { key, values, buffer: buffer.is_some(), room })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        put_entries(w, &self.values);
        w.u32(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        w.unique(self.buffer.then_some(self.room), |w, room| {
            w.varying_byte_array(&vec![0; usize::try_from(room).unwrap_or(0)]);
        });
        w.u32(self.room);
    }
}

impl MultipleResponse {
    /// # Errors
    /// The bytes are not such an operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let values = entries(r, "val_listOut")?;
        let buffer = r.unique("lpvalueBuf", |r| Ok(r.varying_byte_array("lpvalueBuf")?.to_vec()))?;
        Ok(Self { values, buffer, size: r.u32("ldwTotsize")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        put_entries(w, &self.values);
        w.unique(self.buffer.as_ref(), |w, buffer| w.varying_byte_array(buffer));
        w.u32(self.size);
        w.u32(self.status);
    }
}

fn entries(r: &mut NdrReader<'_>, field: &'static str) -> Result<Vec<ValueEntry>, DecodeError> {
    let (_, count) = r.conformant_varying(16, field)?;
    let fixed = |r: &mut NdrReader<'_>| {
        r.structure(Alignment::Pointer, field, |r| {
            let (named, length) = (r.pointer(field)?, r.u32(field)?);
            let (offset, value_type) = (r.u32(field)?, r.u32(field)?);
            Ok((named, ValueEntry { name: None, length, offset, value_type }))
        })
    };
    let fixed = (0..count).map(|_| fixed(r)).collect::<Result<Vec<_>, _>>()?;
    let mut entries = Vec::new();
    for (named, mut entry) in fixed {
        if named {
            entry.name = name(r, field)?;
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn put_entries(w: &mut NdrWriter<'_>, entries: &[ValueEntry]) {
    w.conformant_varying(entries.len());
    for entry in entries {
        w.structure(Alignment::Pointer, |w| {
            w.pointer(entry.name.is_some());
            w.u32(entry.length);
            w.u32(entry.offset);
            w.u32(entry.value_type);
        });
    }
    for entry in entries {
        if entry.name.is_some() {
            put_name(w, entry.name.as_ref());
        }
    }
}
