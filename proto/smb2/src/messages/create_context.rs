use super::create_request_context::CreateRequestContext;
use super::create_response_context::CreateResponseContext;
use crate::field::{align8, counted16, index, long, short};
use lanward_wire::{DecodeError, Encode, Reader, Writer};

/// Names of create contexts ([MS-SMB2] 2.2.13.2).
pub mod create_context_name {
    /// SMB2_CREATE_EA_BUFFER
    pub const EA_BUFFER: &[u8] = b"ExtA";
    /// SMB2_CREATE_SD_BUFFER
    pub const SD_BUFFER: &[u8] = b"SecD";
    /// SMB2_CREATE_DURABLE_HANDLE_REQUEST and its answer
    pub const DURABLE_HANDLE_REQUEST: &[u8] = b"DHnQ";
    /// SMB2_CREATE_DURABLE_HANDLE_RECONNECT
    pub const DURABLE_HANDLE_RECONNECT: &[u8] = b"DHnC";
    /// SMB2_CREATE_ALLOCATION_SIZE
    pub const ALLOCATION_SIZE: &[u8] = b"AlSi";
    /// SMB2_CREATE_QUERY_MAXIMAL_ACCESS_REQUEST and its answer
    pub const QUERY_MAXIMAL_ACCESS: &[u8] = b"MxAc";
    /// SMB2_CREATE_TIMEWARP_TOKEN
    pub const TIMEWARP_TOKEN: &[u8] = b"TWrp";
    /// SMB2_CREATE_QUERY_ON_DISK_ID and its answer
    pub const QUERY_ON_DISK_ID: &[u8] = b"QFid";
    /// SMB2_CREATE_REQUEST_LEASE, its V2, and their answers
    pub const LEASE: &[u8] = b"RqLs";
    /// SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2 and its answer
    pub const DURABLE_HANDLE_REQUEST_V2: &[u8] = b"DH2Q";
    /// SMB2_CREATE_DURABLE_HANDLE_RECONNECT_V2
    pub const DURABLE_HANDLE_RECONNECT_V2: &[u8] = b"DH2C";
    /// SMB2_CREATE_APP_INSTANCE_ID
    pub const APP_INSTANCE_ID: &[u8] = b"\x45\xbc\xa6\x6a\xef\xa7\xf7\x4a\x90\x08\xfa\x46\x2e\x14\x4d\x74";
    /// SMB2_CREATE_APP_INSTANCE_VERSION
    pub const APP_INSTANCE_VERSION: &[u8] =
        b"\xb9\x82\xd0\xb7\x3b\x56\x07\x4f\xa0\x7b\x52\x4a\x81\x16\xa0\x10";
    /// SVHDX_OPEN_DEVICE_CONTEXT
    pub const SVHDX_OPEN_DEVICE: &[u8] = b"\x9c\xcb\xcf\x9e\x04\xc1\xe6\x43\x98\x0e\x15\x8d\xa1\xf6\xec\x83";
    /// SMB2_CREATECONTEXT_RESERVED, which the POSIX extensions use
    pub const POSIX: &[u8] = b"\x93\xad\x25\x50\x9c\xb4\x11\xe7\xb4\x23\x83\xde\x96\x8b\xcd\x7c";
    /// Apple's extensions
    pub const AAPL: &[u8] = b"AAPL";
}

/// More create contexts than this in one message are refused: some fifteen kinds exist.
const MAX_CONTEXTS: usize = 256;
/// A longer name is refused: the names that exist have 4 or 16 octets.
const MAX_NAME: u16 = 1024;
/// Bytes of the fixed part of SMB2_CREATE_CONTEXT.
const FIXED: usize = 16;

/// A list of [MS-SMB2] 2.2.13.2 SMB2_CREATE_CONTEXT whose shape was checked: every name and datum lies within it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CreateContexts<'a>(&'a [u8]);

/// One create context: a name and its data, whatever they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateContext<'a> {
    /// Four or more octets.
    pub name: &'a [u8],
    /// The context's own structure.
    pub data: &'a [u8],
}

impl<'a> CreateContexts<'a> {
    /// Checks a list from its first context to its last.
    ///
    /// # Errors
    /// A context lies outside the list or is not 8-byte aligned, or there are more than 256.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut rest = bytes;
        for _ in 0..MAX_CONTEXTS {
            if rest.is_empty() {
                return Ok(Self(bytes));
            }
            rest = split(rest)?.1;
        }
        Err(DecodeError::invalid("CreateContexts", "too many"))
    }

    /// The list as it is on the wire.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is no context.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The contexts in their order, as names and data.
    #[must_use]
    pub const fn iter(self) -> CreateContextIter<'a> {
        CreateContextIter { rest: self.0 }
    }

    /// The data of the first context of a name.
    #[must_use]
    pub fn find(self, name: &[u8]) -> Option<&'a [u8]> {
        self.iter().find(|c| c.name == name).map(|c| c.data)
    }

    /// The contexts of a request, typed. A known name with data of another shape is an error.
    pub fn requests(self) -> impl Iterator<Item = Result<CreateRequestContext<'a>, DecodeError>> {
        self.iter().map(CreateRequestContext::from_context)
    }

    /// The contexts of a response, typed. A known name with data of another shape is an error.
    pub fn responses(self) -> impl Iterator<Item = Result<CreateResponseContext<'a>, DecodeError>> {
        self.iter().map(CreateResponseContext::from_context)
    }
}

impl core::fmt::Debug for CreateContexts<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for CreateContexts<'a> {
    type Item = CreateContext<'a>;
    type IntoIter = CreateContextIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Walks a checked list.
#[derive(Debug, Clone)]
pub struct CreateContextIter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for CreateContextIter<'a> {
    type Item = CreateContext<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (context, rest) = split(self.rest).ok()?;
        self.rest = rest;
        Some(context)
    }
}

/// The first context of a list that is not empty, and the list behind it.
fn split(list: &[u8]) -> Result<(CreateContext<'_>, &[u8]), DecodeError> {
    let r = &mut Reader::new(list);
    let next = index(r.u32("Next")?);
    let (name_offset, name_len) = (r.u16("NameOffset")?, r.u16("NameLength")?);
    r.skip(2, "Reserved")?;
    let (data_offset, data_len) = (r.u16("DataOffset")?, r.u32("DataLength")?);
    if next != 0 && (next < FIXED || !next.is_multiple_of(8)) {
        return Err(DecodeError::invalid("Next", "must be a multiple of 8 behind this context"));
    }
    if next > list.len() {
        return Err(DecodeError::invalid("Next", "lies behind the list"));
    }
    let own = if next == 0 { list } else { list.get(..next).unwrap_or_default() };
    let own = Reader::new(own);
    if !(4..=MAX_NAME).contains(&name_len) {
        return Err(DecodeError::invalid("NameLength", "a name has four or more octets, and not very many"));
    }
    if usize::from(name_offset) < FIXED {
        return Err(DecodeError::invalid("NameOffset", "lies in the fixed part"));
    }
    let name = own.slice_at(name_offset.into(), name_len.into(), "Name")?;
    if data_len != 0 && usize::from(data_offset) < FIXED {
        return Err(DecodeError::invalid("DataOffset", "lies in the fixed part"));
    }
    let data = own.slice_at(data_offset.into(), index(data_len), "Data")?;
    let rest = if next == 0 { &[] } else { list.get(next..).unwrap_or_default() };
    Ok((CreateContext { name, data }, rest))
}

/// Builds a list of create contexts.
#[derive(Debug, Clone, Default)]
pub struct CreateContextList {
    buf: Vec<u8>,
    last: usize,
}

impl CreateContextList {
    /// An empty list; it owns no memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buf: Vec::new(), last: 0 }
    }

    /// Appends a context: `data` writes its structure, seeing a writer whose position 0 is the structure's start.
    pub fn push(&mut self, name: &[u8], data: impl FnOnce(&mut Writer<'_>)) {
        let (name, name_len) = counted16(name);
        self.buf.resize(align8(self.buf.len()), 0);
        let start = self.buf.len();
        if start != 0 {
            let next = long(start.saturating_sub(self.last));
            if let Some(place) = self.buf.get_mut(self.last..).and_then(<[u8]>::first_chunk_mut) {
                *place = next.to_le_bytes();
            }
        }
        self.last = start;
        let mut w = Writer::new(&mut self.buf);
        w.u32(0);
        w.u16(short(FIXED));
        w.u16(name_len);
        w.zeros(8);
        w.bytes(name);
        let name_end = w.position();
        w.align(8);
        let data_at = w.position();
        data(&mut w.nested());
        let data_len = w.position().saturating_sub(data_at);
        if data_len == 0 {
            w.truncate(name_end);
            return;
        }
        w.patch(10, &short(data_at).to_le_bytes());
        w.patch(12, &long(data_len).to_le_bytes());
    }

    /// Appends a typed context of a request.
    pub fn push_request(&mut self, context: &CreateRequestContext<'_>) {
        self.push(context.name(), |w| context.encode(w));
    }

    /// Appends a typed context of a response.
    pub fn push_response(&mut self, context: &CreateResponseContext<'_>) {
        self.push(context.name(), |w| context.encode(w));
    }

    /// The list as a message carries it.
    #[must_use]
    pub fn contexts(&self) -> CreateContexts<'_> {
        CreateContexts(&self.buf)
    }

    /// Empties the list and keeps its memory.
    pub fn clear(&mut self) {
        self.buf.clear();
        self.last = 0;
    }
}
