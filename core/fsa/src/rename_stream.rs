use crate::FileOpen;
use crate::name::stream_of_rename;
use crate::node::{NodeState, StreamState};
use crate::notify::{NotifyAction, NotifyFilter};
use crate::offload::blocking;
use lanward_nt::{NtStatus, NtString};
use std::sync::Arc;

impl FileOpen {
    /// [MS-FSA] 2.1.5.15.12.1: gives the stream this is an open of another name. `wanted` begins with a colon.
    ///
    /// The data of a file cannot become a named stream: the file would need another object of the volume for its data, and with that another
    /// number.
    ///
    /// # Errors
    /// INVALID_PARAMETER, OBJECT_TYPE_MISMATCH, OBJECT_NAME_COLLISION, SHARING_VIOLATION when others have the stream open that is to become
    /// the data, and what the volume answers.
    pub(crate) async fn rename_stream(&self, wanted: &[u16], replace: bool) -> Result<(), NtStatus> {
        let to = stream_of_rename(wanted)?;
        if self.is_directory() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let from = self.stream_name();
        if from.eq_ignore_case(&to) && *from.units() == *to.units() {
            return Ok(());
        }
        if !self.is_named_stream() || from.units().is_empty() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.node.state().check_rename(self.stream, &from, &to, replace)?;
        let (file, old, new) = (Arc::clone(&self.file), from.clone(), to.clone());
        blocking(move || file.rename_stream(&old, &new, replace)).await?;
        if let Some(path) = self.shared_path() {
            let (fs, names) = (&self.file_system, NotifyFilter::STREAM_NAME);
            fs.report_stream(NotifyAction::RemovedStream, names, &path, &from);
            if !to.units().is_empty() {
                fs.report_stream(NotifyAction::AddedStream, names, &path, &to);
            }
        }
        if let Some(stream) = self.node.state().stream_mut(self.stream) {
            stream.name = to;
        }
        self.keep_times()
    }
}

impl NodeState {
    /// Whether what opens know of each other lets a stream change its name.
    fn check_rename(&self, id: u32, from: &NtString, to: &NtString, replace: bool) -> Result<(), NtStatus> {
        let own = self.stream(id).ok_or(NtStatus::FILE_CLOSED)?;
        if own.delete_pending {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if from.eq_ignore_case(to) {
            return Ok(());
        }
        let target = if to.units().is_empty() {
            if own.opens > 1 {
                return Err(NtStatus::SHARING_VIOLATION);
            }
            self.stream(StreamState::DATA).filter(|s| s.opens > 0)
        } else {
            self.named().iter().find(|s| !s.removed && s.name.eq_ignore_case(to))
        };
        match target {
            Some(_) if !replace => Err(NtStatus::OBJECT_NAME_COLLISION),
            Some(_) => Err(NtStatus::INVALID_PARAMETER),
            None => Ok(()),
        }
    }
}
