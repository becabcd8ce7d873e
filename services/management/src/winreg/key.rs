use super::error;
use super::hive::{Key, Root};
use crate::access::ObjectRights;
use crate::call::Call;
use crate::win32;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, NtString, Sid};
use lanward_rpc::winreg::{
    CreateKeyRequest, CreateKeyResponse, EnumKeyRequest, EnumKeyResponse, HandleResponse, OpenKeyRequest,
    OpenRootRequest, QueryInfoRequest, QueryInfoResponse,
};
use lanward_rpc::{ContextHandle, Fault};
use lanward_wire::{Encode as _, Writer};
use std::sync::Arc;

/// A handle to a key.
pub(super) struct OpenKey {
    root: Root,
    path: Vec<NtString>,
    pub(super) rights: u32,
}

/// KEY_QUERY_VALUE
pub(super) const QUERY_VALUE: u32 = 0x01;
/// KEY_CREATE_SUB_KEY
const CREATE_SUB_KEY: u32 = 0x04;
/// KEY_ENUMERATE_SUB_KEYS
const ENUMERATE_SUB_KEYS: u32 = 0x08;
/// KEY_WOW64_64KEY and KEY_WOW64_32KEY: which of two namespaces, where there are two.
const NAMESPACES: u32 = 0x300;

/// KEY_READ, KEY_WRITE, KEY_EXECUTE, KEY_ALL_ACCESS
const KEY_RIGHTS: ObjectRights =
    ObjectRights { read: 0x2_0019, write: 0x2_0006, execute: 0x2_0039, all: 0xf_003f };

/// Longest path, in characters.
const MAX_PATH: usize = 2048;

/// Administrators read every key, and nobody does anything else.
pub(super) fn descriptor() -> SecurityDescriptor {
    let read = AccessMask::from_bits_retain(KEY_RIGHTS.read);
    let entries = [Sid::local_system(), Sid::administrators()].map(|sid| Ace::allow(sid, read, 0));
    // An entry of its own for the owner: without it owners may change the list.
    let owner = Ace::allow(Sid::owner_rights(), AccessMask::READ_CONTROL, 0);
    SecurityDescriptor {
        control: SecurityDescriptor::SELF_RELATIVE | SecurityDescriptor::DACL_PRESENT,
        owner: Some(Sid::administrators()),
        group: Some(Sid::local_system()),
        sacl: None,
        dacl: Some(Some(Acl::new(entries.into_iter().chain([owner]).collect()))),
    }
}

/// An open key and what is in it now; a key without which the call makes no sense.
pub(super) fn find(call: &Call<'_>, handle: &ContextHandle) -> Result<(Arc<OpenKey>, Key), Fault> {
    let open = call.handles.find::<OpenKey>(handle)?;
    // The keys there are never change, only their values.
    let key = open.root.key(call.caller).find(&open.path).unwrap_or_default();
    Ok((open, key))
}

fn open(call: &Call<'_>, root: Root, path: Vec<NtString>, desired: u32) -> Result<HandleResponse, Fault> {
    let refused = |status| Ok(HandleResponse { handle: ContextHandle::NULL, status });
    if desired & NAMESPACES == NAMESPACES {
        return refused(win32::INVALID_PARAMETER);
    }
    if root.key(call.caller).find(&path).is_none() {
        return refused(error::FILE_NOT_FOUND);
    }
    let Some(rights) = KEY_RIGHTS.open(&descriptor(), &call.caller.user, desired & !NAMESPACES) else {
        return refused(win32::ACCESS_DENIED);
    };
    let handle = call.handles.open(OpenKey { root, path, rights })?;
    Ok(HandleResponse { handle, status: win32::SUCCESS })
}

/// [MS-RRP] 3.1.5.1 to 3.1.5.5: the roots.
pub(super) fn open_root(
    call: &Call<'_>,
    root: Root,
    request: &OpenRootRequest,
) -> Result<HandleResponse, Fault> {
    open(call, root, Vec::new(), request.desired_access)
}

/// [MS-RRP] 3.1.5.15 BaseRegOpenKey.
pub(super) fn open_key(call: &Call<'_>, request: &OpenKeyRequest) -> Result<HandleResponse, Fault> {
    let parent = call.handles.find::<OpenKey>(&request.key)?;
    match below(&parent, request.sub_key.as_ref()) {
        Some(path) => open(call, parent.root, path, request.desired_access),
        None => Ok(HandleResponse { handle: ContextHandle::NULL, status: win32::INVALID_PARAMETER }),
    }
}

/// The path of a key beneath another; `None` if there is no name, or one no key can have.
fn below(parent: &OpenKey, sub_key: Option<&NtString>) -> Option<Vec<NtString>> {
    let units = sub_key?.units();
    if units.len() > MAX_PATH {
        return None;
    }
    let names = units.split(|unit| *unit == u16::from(b'\\')).filter(|name| !name.is_empty());
    Some(parent.path.iter().cloned().chain(names.map(|name| NtString(name.to_vec()))).collect())
}

/// [MS-RRP] 3.1.5.7 BaseRegCreateKey: opens a key that is there, and makes none.
pub(super) fn create_key(call: &Call<'_>, request: &CreateKeyRequest) -> Result<CreateKeyResponse, Fault> {
    const OPENED_EXISTING_KEY: u32 = 2;
    let parent = call.handles.find::<OpenKey>(&request.key)?;
    let refused =
        |status| Ok(CreateKeyResponse { key: ContextHandle::NULL, disposition: request.disposition, status });
    let Some(path) = below(&parent, request.sub_key.as_ref()) else {
        return refused(win32::INVALID_PARAMETER);
    };
    let opened = open(call, parent.root, path, request.desired_access)?;
    match opened.status {
        win32::SUCCESS => Ok(CreateKeyResponse {
            key: opened.handle,
            disposition: request.disposition.map(|_| OPENED_EXISTING_KEY),
            status: win32::SUCCESS,
        }),
        // Nobody is ever given KEY_CREATE_SUB_KEY.
        error::FILE_NOT_FOUND if parent.rights & CREATE_SUB_KEY == 0 => refused(win32::ACCESS_DENIED),
        status => refused(status),
    }
}

/// [MS-RRP] 3.1.5.10 BaseRegEnumKey.
pub(super) fn enum_key(call: &Call<'_>, request: &EnumKeyRequest) -> Result<EnumKeyResponse, Fault> {
    let (open, key) = find(call, &request.key)?;
    let refused = |status| {
        Ok(EnumKeyResponse { name: None, class: None, last_write_time: request.last_write_time, status })
    };
    if open.rights & ENUMERATE_SUB_KEYS == 0 {
        return refused(win32::ACCESS_DENIED);
    }
    let Some(below) = key.keys.get(request.index as usize) else { return refused(error::NO_MORE_ITEMS) };
    let name = NtString::from(below.name.as_str());
    if bytes(&name) > request.name_room.into() {
        return refused(win32::MORE_DATA);
    }
    Ok(EnumKeyResponse {
        name: Some(name),
        class: request.class_room.map(|_| NtString::default()),
        last_write_time: request.last_write_time.map(|_| call.caller.server.started()),
        status: win32::SUCCESS,
    })
}

/// Bytes of a name and its terminator.
pub(super) fn bytes(name: &NtString) -> usize {
    (name.units().len() + 1) * 2
}

/// [MS-RRP] 3.1.5.16 BaseRegQueryInfoKey.
pub(super) fn query_info(call: &Call<'_>, request: &QueryInfoRequest) -> Result<QueryInfoResponse, Fault> {
    let (open, key) = find(call, &request.key)?;
    if open.rights & QUERY_VALUE == 0 {
        return Ok(QueryInfoResponse { status: win32::ACCESS_DENIED, ..QueryInfoResponse::default() });
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let longest = |lengths: &mut dyn Iterator<Item = usize>| count(lengths.max().unwrap_or(0));
    // Characters "or a greater size": bytes, for which clients take them.
    let length = |name: &String| 2 * name.encode_utf16().count();
    let mut encoded = Vec::new();
    descriptor().encode(&mut Writer::new(&mut encoded));
    Ok(QueryInfoResponse {
        class: Some(NtString::default()),
        sub_keys: count(key.keys.len()),
        max_sub_key: longest(&mut key.keys.iter().map(|key| length(&key.name))),
        max_class: 0,
        values: count(key.values.len()),
        max_value_name: longest(&mut key.values.iter().map(|value| length(&value.name))),
        max_value: longest(&mut key.values.iter().map(|value| value.data.len())),
        security_descriptor: count(encoded.len()),
        last_write_time: call.caller.server.started(),
        status: win32::SUCCESS,
    })
}
