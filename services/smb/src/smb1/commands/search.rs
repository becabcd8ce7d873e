//! [MS-CIFS] 3.3.5.47 Receiving an SMB_COM_SEARCH or SMB_COM_FIND Request, 3.3.5.48 Receiving an SMB_COM_FIND_UNIQUE Request and 3.3.5.49 Receiving
//! an SMB_COM_FIND_CLOSE Request

use super::query_information::size;
use crate::smb1::context::{Context, Fault, Outcome};
use crate::smb1::fids::TIME_ZONE;
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::searches::SearchOpen;
use crate::smb1::{attributes, matching, paths, wildcards};
use lanward_fsa::SearchEntry;
use lanward_nt::{AccessMask, CreateOptions, NtStatus, NtString, ShortName};
use lanward_smb1::messages::{DirectoryInformation, ResumeKey, SearchRequest, SearchResponse};
use lanward_smb1::{Body, DosTime, Flags2, Message, SmbFileAttributes};
use lanward_wire::{Decode, Encode, Reader, Writer};
use std::sync::Arc;

/// Bytes of a response before its entries: header, the word, both counts, and what stands before counted bytes.
const BEFORE: usize = 32 + 1 + 2 + 2 + 3;
/// Bytes of entries that are looked up at once.
const ROOM: usize = 8 << 10;
/// Bytes of a volume's name.
const LABEL: usize = 11;

pub(in crate::smb1) async fn search(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SearchRequest::decode(body)?;
    find(context, &request, true, out).await
}

pub(in crate::smb1) async fn find_unique(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SearchRequest::decode(body)?;
    find(context, &SearchRequest { resume_key: &[], ..request }, false, out).await
}

pub(in crate::smb1) async fn find_close(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SearchRequest::decode(body)?;
    let place = Place::of(&key_of(request.resume_key)?);
    let uid = context.session()?.uid;
    context.end_searches(|s| s.id == place.search && s.uid == uid).await;
    out.message(&SearchResponse { count: 0, entries: &[] });
    Ok(NtStatus::SUCCESS)
}

async fn find(context: &Context<'_>, request: &SearchRequest<'_>, goes_on: bool, out: &mut Out) -> Outcome {
    if request.search_attributes == SmbFileAttributes::VOLUME && request.resume_key.is_empty() {
        return label(context, request, out);
    }
    let room = usize::from(context.connection.client().max_buffer_size).saturating_sub(BEFORE);
    let most = usize::from(request.max_count).min(room / DirectoryInformation::LEN);
    let (search, from) = match request.resume_key.is_empty() {
        true => (begin(context, request).await?, None),
        false => {
            let key = key_of(request.resume_key)?;
            (resume(context, &key).ok_or(NtStatus::NO_MORE_FILES)?, Some(key))
        }
    };
    let listed = list(context, &search, request, (from, most)).await;
    let ended = listed.as_ref().map_or(true, Vec::is_empty);
    if ended || !goes_on {
        context.end_searches(|s| s.id == search.id).await;
    }
    let entries = listed?;
    // A search that goes on and finds nothing more is told so by its count.
    if entries.is_empty() && (!goes_on || request.resume_key.is_empty()) {
        return Err(NtStatus::NO_MORE_FILES.into());
    }
    let bytes: Vec<u8> = entries.iter().flat_map(Encode::to_bytes).collect();
    out.message(&SearchResponse { count: (entries.len() & 0xffff) as u16, entries: &bytes });
    Ok(NtStatus::SUCCESS)
}

/// Begins a search: the directory is open as long as it lasts.
async fn begin(context: &Context<'_>, request: &SearchRequest<'_>) -> Result<Arc<SearchOpen>, Fault> {
    let (path, snapshot) = context.resolve(&request.file_name).await?;
    let (directory, pattern) = paths::split(&path);
    let wanted = Opening {
        options: CreateOptions::DIRECTORY_FILE,
        ..Opening::existing(directory.clone(), AccessMask::READ_DATA)
    };
    let created = context.open_resolved(&wanted, snapshot.as_ref()).await;
    let open = created.map_err(matching::missing_directory)?.open;
    let (uid, tid, process_id) = (context.session()?.uid, context.tree()?.tid, context.process_id());
    let make = |id| SearchOpen {
        id,
        uid,
        tid,
        process_id,
        path: directory,
        pattern: wildcards::from_dos(&pattern),
        open,
        told: tokio::sync::Mutex::default(),
    };
    let (search, gone) = context.connection.searches().insert_with(make);
    if let Some(gone) = gone {
        gone.open.close(false).await.ok();
    }
    Ok(search)
}

/// The search that a key is of.
fn resume(context: &Context<'_>, key: &ResumeKey) -> Option<Arc<SearchOpen>> {
    let found = context.connection.searches().using(Place::of(key).search)?;
    let (session, tree) = (context.session().ok()?, context.tree().ok()?);
    (found.uid == session.uid && found.tid == tree.tid).then_some(found)
}

/// The next entries: behind that of a key, if it is not the one that was told last.
async fn list(
    context: &Context<'_>,
    search: &SearchOpen,
    request: &SearchRequest<'_>,
    (from, most): (Option<ResumeKey>, usize),
) -> Result<Vec<DirectoryInformation>, NtStatus> {
    let directory = search.open.file().ok_or(NtStatus::INVALID_DEVICE_REQUEST)?;
    let mut told = search.told.lock().await;
    let behind = from.as_ref().map(Place::of);
    let mut listing = match behind {
        Some(place) if place.told == *told => directory.search(None).await?,
        _ => {
            *told = 0;
            directory.search(Some(&search.pattern)).await?
        }
    };
    let client_state = from.map_or([0; 4], |key| key.client_state);
    let mut entries = Vec::new();
    while entries.len() < most {
        let Some(entry) = listing.next(ROOM).await? else { break };
        if !attributes::finds(request.search_attributes, entry.information.attributes) {
            continue;
        }
        let Some(file_name) = short_name(context, &entry) else { continue };
        *told += 1;
        if behind.is_some_and(|place| *told <= place.told) {
            continue;
        }
        let place = Place { search: search.id, told: *told };
        entries.push(information(&entry, place.key(client_state), file_name));
    }
    Ok(entries)
}

fn information(entry: &SearchEntry, resume_key: ResumeKey, file_name: [u8; 13]) -> DirectoryInformation {
    let told = &entry.information;
    DirectoryInformation {
        resume_key,
        attributes: (attributes::to_dos(told.attributes).bits() & 0xff) as u8,
        last_write: DosTime::from_file_time(told.last_write_time, TIME_ZONE),
        file_size: size(told.end_of_file),
        file_name,
    }
}

/// The 8.3 name of an entry as it goes out: of one whose name is short already that name, in upper case for those who know no other names.
fn short_name(context: &Context<'_>, entry: &SearchEntry) -> Option<[u8; 13]> {
    let (name, short) = (entry.name(), &entry.information.short_name);
    let knows_case = context.header.flags2.contains(Flags2::LONG_NAMES);
    let shown = match () {
        () if !short.units().is_empty() => (*short).into(),
        () if matches!(name.units(), [0x2e] | [0x2e, 0x2e]) || knows_case => name.clone(),
        // Another has it, and this one is not found by those who know no other names.
        () if !ShortName::beside(name.units()).units().is_empty() => return None,
        () => NtString::from(ShortName::of(name.units())),
    };
    DirectoryInformation::padded(&context.text.oem().bytes(&shown))
}

/// What the server goes on by: which search, and how many of its entries were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    search: u16,
    told: u32,
}

impl Place {
    fn of(key: &ResumeKey) -> Self {
        let [.., a, b, c, d, e, f] = key.server_state;
        Self { search: u16::from_le_bytes([a, b]), told: u32::from_le_bytes([c, d, e, f]) }
    }

    fn key(self, client_state: [u8; 4]) -> ResumeKey {
        let mut server_state = [0; 16];
        let mut bytes = Vec::with_capacity(6);
        let mut w = Writer::new(&mut bytes);
        w.u16(self.search);
        w.u32(self.told);
        server_state[10..].copy_from_slice(&bytes);
        ResumeKey { reserved: 0, server_state, client_state }
    }
}

fn key_of(bytes: &[u8]) -> Result<ResumeKey, Fault> {
    Ok(ResumeKey::decode(&mut Reader::new(bytes))?)
}

/// The volume's name, which is asked for like a file of its own kind.
fn label(context: &Context<'_>, request: &SearchRequest<'_>, out: &mut Out) -> Outcome {
    if request.max_count == 0 {
        return Err(NtStatus::NO_MORE_FILES.into());
    }
    let name = &context.tree()?.core.share().name;
    let mut label = context.text.oem().bytes(name);
    label.truncate(LABEL);
    if label.len() > 8 {
        label.insert(8, b'.');
    }
    let entry = DirectoryInformation {
        resume_key: ResumeKey::default(),
        attributes: (SmbFileAttributes::VOLUME.bits() & 0xff) as u8,
        file_name: DirectoryInformation::padded(&label).ok_or(NtStatus::NO_MORE_FILES)?,
        ..DirectoryInformation::default()
    };
    out.message(&SearchResponse { count: 1, entries: &entry.to_bytes() });
    Ok(NtStatus::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_through_keys() {
        let place = Place { search: 0x1234, told: 0x5678_9abc };
        let key = place.key([1, 2, 3, 4]);
        assert_eq!((Place::of(&key), key.client_state), (place, [1, 2, 3, 4]));
        assert_eq!(key_of(&key.to_bytes()).unwrap(), key);
        assert!(key_of(&[0; 20]).is_err());
    }
}
