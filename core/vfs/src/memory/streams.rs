//! Named streams: nodes of their own that hang on the object they belong to.

use super::file::MemFile;
use super::links::Link;
use super::pages::Pages;
use super::store::{Node, Store};
use crate::{Intent, OpenedStream, Result, StreamEntry};
use lanward_nt::{FileAttributes, FileTime, NtStatus, NtString};
use std::mem;
use std::sync::Arc;

const LONGEST_NAME: usize = 255;

fn entry(name: NtString, data: &Pages) -> StreamEntry {
    StreamEntry { name, size: data.length(), allocation_size: data.allocated() }
}

/// [MS-FSCC] 2.1.5.3: what the name of a stream may hold.
fn check_name(name: &NtString) -> Result<()> {
    let units = name.units();
    let forbidden = |u: &u16| matches!(*u, 0 | 0x2f | 0x3a | 0x5c);
    if units.is_empty() || units.len() > LONGEST_NAME || units.iter().any(forbidden) {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    Ok(())
}

pub(super) fn list(store: &Store, owner: u64) -> Result<Vec<StreamEntry>> {
    let node = store.node(owner)?;
    let mut entries = Vec::new();
    if !node.is_directory() {
        entries.push(entry(NtString::default(), &node.data));
    }
    for link in node.streams.values() {
        entries.push(entry(link.name.clone(), &store.node(link.node)?.data));
    }
    Ok(entries)
}

pub(super) fn open(file: &MemFile, name: &NtString, intent: Intent) -> Result<OpenedStream> {
    check_name(name)?;
    let now = file.inner.now();
    let mut store = file.inner.store();
    let owner = store.node(file.node)?;
    if owner.link_count == 0 {
        return Err(NtStatus::FILE_DELETED);
    }
    let found = owner.streams.get(&name.to_uppercase()).cloned();
    let created = found.is_none();
    let link = match (found, intent) {
        (Some(_), Intent::Create) => return Err(NtStatus::OBJECT_NAME_COLLISION),
        (None, Intent::Open) => return Err(NtStatus::OBJECT_NAME_NOT_FOUND),
        (Some(link), _) => link,
        (None, _) => {
            let node = store.insert(Node::new(false, FileAttributes::empty(), now));
            let link = Link { name: name.clone(), node };
            let owner = store.node_mut(file.node)?;
            owner.streams.insert(name.to_uppercase(), link.clone());
            owner.change_time = now;
            link
        }
    };
    let file: Arc<MemFile> = MemFile::open_stream(&file.inner, &mut store, file.node, link.node)?;
    Ok(OpenedStream { file, name: link.name, created })
}

/// Takes the stream `name` of `owner` out of its list.
fn take(store: &mut Store, owner: u64, name: &NtString, now: FileTime) -> Result<Link> {
    let owner = store.node_mut(owner)?;
    let link = owner.streams.remove(&name.to_uppercase()).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    owner.change_time = now;
    Ok(link)
}

pub(super) fn remove(file: &MemFile, name: &NtString) -> Result<()> {
    let now = file.inner.now();
    let mut store = file.inner.store();
    let link = take(&mut store, file.node, name, now)?;
    store.unlinked(link.node, now);
    Ok(())
}

pub(super) fn rename(file: &MemFile, from: &NtString, to: &NtString, replace: bool) -> Result<()> {
    if to.units().is_empty() {
        return become_data(file, from, replace);
    }
    check_name(to)?;
    let now = file.inner.now();
    let mut store = file.inner.store();
    let owner = store.node(file.node)?;
    let target = owner.streams.get(&to.to_uppercase()).cloned();
    if !owner.streams.contains_key(&from.to_uppercase()) {
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
    }
    if let Some(target) = target.filter(|_| !from.eq_ignore_case(to)) {
        if !replace {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        if store.node(target.node)?.data.length() != 0 {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        take(&mut store, file.node, to, now)?;
        store.unlinked(target.node, now);
    }
    let link = take(&mut store, file.node, from, now)?;
    let owner = store.node_mut(file.node)?;
    owner.streams.insert(to.to_uppercase(), Link { name: to.clone(), node: link.node });
    Ok(())
}

fn become_data(file: &MemFile, from: &NtString, replace: bool) -> Result<()> {
    let now = file.inner.now();
    let mut store = file.inner.store();
    let owner = store.node(file.node)?;
    if owner.is_directory() || owner.data.length() != 0 {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if !replace {
        return Err(NtStatus::OBJECT_NAME_COLLISION);
    }
    let link = take(&mut store, file.node, from, now)?;
    let data = mem::take(&mut store.node_mut(link.node)?.data);
    store.node_mut(file.node)?.data = data;
    store.unlinked(link.node, now);
    file.turn_to_data(&mut store)
}
