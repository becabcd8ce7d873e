//! Named streams ([MS-FSA] 2.1.1.5): opening them beside the file they belong to, who shares what with whom across streams, and their deletion.

use crate::authorize::Making;
use crate::create_check::Wanted;
use crate::name::{OpenName, StreamPart};
use crate::node::{NodeState, StreamState, Verdict, Want};
use crate::notify::{NotifyAction, NotifyFilter};
use crate::offload::short;
use crate::volume_information::cut;
use crate::{CreateParams, FileOpen, FileSystem, SecurityContext};
use lanward_nt::fscc::FileStreamInformation;
use lanward_nt::{AccessMask, NtStatus, NtString, ShareAccess};
use lanward_vfs::{Capabilities, Data, File, Intent, Opened, StreamEntry};
use lanward_wire::{BudgetedWriter, Encode};
use std::sync::Arc;

/// Fixed part of an entry of [MS-FSCC] 2.4.49, as much as must fit at least.
const STREAM_FIXED: usize = 32;

/// What the volume found or made for an open: a file or directory, or a stream of one.
#[derive(Debug)]
pub(crate) struct Target {
    /// The handle; for a named stream it is the stream's, and `created` says whether that was made.
    pub(crate) opened: Opened,
    /// The stream's name; empty for the one without.
    pub(crate) stream: NtString,
    /// Whether the file itself was made.
    pub(crate) new_file: bool,
}

impl From<Opened> for Target {
    fn from(opened: Opened) -> Self {
        Self { new_file: opened.created, opened, stream: NtString::default() }
    }
}

impl FileSystem {
    /// Opens a named stream, making it and its file as far as the disposition says ([MS-FSA] 2.1.5.1.1, 2.1.5.1.2).
    pub(crate) async fn open_stream_on_volume(
        &self,
        p: &CreateParams<'_>,
        name: &OpenName,
        wanted: &Wanted,
        (making, by): (&Making, &Arc<SecurityContext>),
    ) -> Result<Target, NtStatus> {
        if !self.volume().capabilities().contains(Capabilities::NAMED_STREAMS) {
            let missing = !p.disposition.creates();
            return Err(if missing {
                NtStatus::OBJECT_NAME_NOT_FOUND
            } else {
                NtStatus::OBJECT_NAME_INVALID
            });
        }
        // What may not make the file may make a stream of one that is there.
        let intent = self.intent(p, &Wanted { may_make: true, ..*wanted })?;
        let makes = intent != Intent::Open && making.allowed;
        let of_file = if makes { Intent::OpenOrCreate } else { Intent::Open };
        let base = self.open_with(p, name, wanted, making, (of_file, Data::empty())).await?;
        let access = if wanted.maximum { wanted.limit } else { wanted.named };
        let ask = Ask { name: name.named.clone(), data: wanted.data(access) };
        if base.created {
            let outcome = self.stream_of(&base, ask, intent).await;
            if outcome.is_err() {
                self.forsake(&base).await;
            }
            return outcome;
        }
        if intent != Intent::Create {
            match self.stream_of(&base, ask.clone(), Intent::Open).await {
                Err(NtStatus::OBJECT_NAME_NOT_FOUND) if intent == Intent::OpenOrCreate => {}
                outcome => return outcome,
            }
        }
        let rights = self.rights_on(&base, p, by).await?;
        self.check_new_stream(p, name, wanted, (&base, rights))?;
        self.stream_of(&base, ask, intent).await
    }

    async fn stream_of(&self, base: &Opened, ask: Ask, intent: Intent) -> Result<Target, NtStatus> {
        let (file, path, new_file) = (Arc::clone(&base.file), base.path.clone(), base.created);
        short(self.is_slow(), move || {
            let stream = file.open_stream(&ask.name, intent, ask.data)?;
            let metadata = stream.file.metadata()?;
            let opened = Opened { metadata, file: stream.file, path, created: stream.created };
            Ok(Target { opened, stream: stream.name, new_file })
        })
        .await
    }

    /// Whether a file that exists may get a new stream by this open: asked before anything is made.
    fn check_new_stream(
        &self,
        p: &CreateParams<'_>,
        name: &OpenName,
        wanted: &Wanted,
        (base, rights): (&Opened, AccessMask),
    ) -> Result<(), NtStatus> {
        if !rights.contains(AccessMask::WRITE_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let access = wanted.grant(p, &base.metadata, rights, self.is_read_only())?;
        let Some(node) = self.shard(base.metadata.number).get(&base.metadata.number).cloned() else {
            return Ok(());
        };
        let (path, stream) = (&base.path, &name.named);
        let (added, share) = (AccessMask::empty(), p.share_access);
        let want = Want { path, stream, access, added, share, posix: false };
        // Who does not share may still give way, and is asked with the open itself.
        let going = node.state().try_open(&want) == Verdict::DeletePending;
        if going { Err(NtStatus::DELETE_PENDING) } else { Ok(()) }
    }

    /// Takes a file back that was made and is not to be, as its stream could not be made or the share hides where it is, unless somebody has found it meanwhile.
    pub(crate) async fn forsake(&self, base: &Opened) {
        let number = base.metadata.number;
        if self.shard(number).contains_key(&number) {
            return;
        }
        let (volume, path) = (Arc::clone(self.volume()), base.path.clone());
        let _ = short(self.is_slow(), move || volume.remove(&path, number)).await;
    }

    /// Takes a stream back that was made for an open which then was refused, unless somebody has found it meanwhile.
    pub(crate) async fn forsake_stream(&self, target: &Target) {
        if !target.opened.created || target.stream.units().is_empty() {
            return;
        }
        let number = target.opened.metadata.number;
        let node = self.shard(number).get(&number).cloned();
        if node.is_some_and(|n| n.state().stream_named(&target.stream).is_some()) {
            return;
        }
        let (file, name) = (Arc::clone(&target.opened.file), target.stream.clone());
        let _ = short(self.is_slow(), move || file.remove_stream(&name)).await;
    }
}

#[derive(Debug, Clone)]
struct Ask {
    name: NtString,
    data: Data,
}

impl NodeState {
    /// [MS-FSA] 2.1.5.1.2.1: to delete the data of a file is to delete the file, so that concerns the opens of all its streams.
    pub(crate) fn admits_across_streams(
        &self,
        stream: &NtString,
        access: AccessMask,
        share: ShareAccess,
    ) -> bool {
        let data = self.stream(StreamState::DATA);
        if stream.units().is_empty() {
            let deletes = access.contains(AccessMask::DELETE);
            return !deletes || self.named().iter().all(|s| s.shares.lets_delete());
        }
        share.contains(ShareAccess::DELETE)
            || !crate::share_mode::is_counted(access)
            || data.is_none_or(|d| !d.shares.deletes())
    }

    /// Marks every named stream that is open as going, for the data of its file is emptied, and answers their names.
    fn doom_streams(&mut self, by: &Arc<dyn File>) -> Vec<NtString> {
        let open = self.named_mut().iter_mut().filter(|s| !s.name.units().is_empty());
        open.map(|stream| {
            stream.delete_pending = true;
            stream.deleter = Some(Arc::clone(by));
            stream.name.clone()
        })
        .collect()
    }
}

/// What overwriting a file takes away besides its data: its streams. Those that are open go with their last open.
///
/// # Errors
/// What the volume answers.
pub(crate) fn remove_streams(file: &dyn File, open: &[NtString]) -> Result<(), NtStatus> {
    if !file.may_have_streams() {
        return Ok(());
    }
    for StreamEntry { name, .. } in file.streams()? {
        if name.units().is_empty() || open.iter().any(|o| o.eq_ignore_case(&name)) {
            continue;
        }
        match file.remove_stream(&name) {
            Ok(()) | Err(NtStatus::OBJECT_NAME_NOT_FOUND) => {}
            Err(status) => return Err(status),
        }
    }
    Ok(())
}

impl FileOpen {
    /// Whether this is an open of a named stream.
    #[must_use]
    pub const fn is_named_stream(&self) -> bool {
        self.stream != StreamState::DATA
    }

    /// The stream's name as it is now; empty for the one without.
    #[must_use]
    pub fn stream_name(&self) -> NtString {
        if !self.is_named_stream() {
            return NtString::default();
        }
        self.node.state().stream(self.stream).map(|s| s.name.clone()).unwrap_or_default()
    }

    /// [MS-FSA] 2.1.5.1.2, the end of it: a stream came, or was emptied.
    pub(crate) fn report_stream_opened(&self, opened: &Opened, overwritten: bool) {
        let (action, filter) = match overwritten {
            true => (NotifyAction::ModifiedStream, NotifyFilter::STREAM_SIZE | NotifyFilter::STREAM_WRITE),
            false => (NotifyAction::AddedStream, NotifyFilter::STREAM_NAME),
        };
        self.file_system.report_stream(action, filter, &opened.path, &self.stream_name());
    }

    /// Marks the streams of a file that is overwritten as going; the names of those that are open, which the volume has to keep for now.
    pub(crate) fn doom_streams(&self) -> Vec<NtString> {
        self.node.state().doom_streams(&self.file)
    }

    /// Marks a stream as going with its last open, or takes the mark back ([MS-FSA] 2.1.5.15.3).
    pub(crate) fn set_stream_disposition(&self, delete: bool, posix: bool) -> Result<(), NtStatus> {
        let mut state = self.node.state();
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        if let Some(stream) = state.stream_mut(self.stream).filter(|s| !s.removed) {
            (stream.delete_pending, stream.posix_delete) = (delete, delete && posix);
            stream.deleter = delete.then(|| Arc::clone(&self.file));
        }
        Ok(())
    }

    /// [MS-FSA] 2.1.5.12.29
    pub(crate) async fn query_streams(&self, out: &mut BudgetedWriter<'_>) -> Result<(), NtStatus> {
        if out.remaining() < STREAM_FIXED {
            return Err(NtStatus::INFO_LENGTH_MISMATCH);
        }
        let file = Arc::clone(&self.file);
        let streams = short(self.file_system.is_slow(), move || file.streams()).await?;
        let mut last: Option<usize> = None;
        for stream in streams {
            let information = information(&stream);
            let start = out.position().next_multiple_of(8);
            let Some(before) = last else {
                cut(out, STREAM_FIXED, &information)?;
                last = Some(start);
                continue;
            };
            if out.push(8, |w| information.encode(w)).is_err() {
                return Err(NtStatus::BUFFER_OVERFLOW);
            }
            out.patch(before, &u32::try_from(start - before).unwrap_or(0).to_le_bytes());
            last = Some(start);
        }
        Ok(())
    }
}

/// A stream with its name as it is told: `:name:$DATA`.
fn information(stream: &StreamEntry) -> FileStreamInformation {
    FileStreamInformation {
        stream_size: stream.size,
        allocation_size: stream.allocation_size,
        stream_name: NtString(full_name(&stream.name).chain(":$DATA".encode_utf16()).collect()),
    }
}

/// `:name`
pub(crate) fn full_name(name: &NtString) -> impl Iterator<Item = u16> {
    std::iter::once(0x3a).chain(name.units().iter().copied())
}

impl OpenName {
    /// Whether a named stream is meant.
    pub(crate) fn is_named_stream(&self) -> bool {
        self.stream == StreamPart::Named
    }
}
