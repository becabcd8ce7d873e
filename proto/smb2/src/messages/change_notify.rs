use crate::field::{counted32, index, long, structure_size};
use crate::{FileId, Utf16};
use lanward_wire::{BudgetedWriter, BufferFull, Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_flags! {
    /// The Flags of CHANGE_NOTIFY.
    ChangeNotifyFlags: u16 {
        /// SMB2_WATCH_TREE: everything beneath, not only the directory's own entries
        WATCH_TREE = 0x0001;
    }

    /// CompletionFilter: which changes to tell of.
    CompletionFilter: u32 {
        /// FILE_NOTIFY_CHANGE_FILE_NAME
        FILE_NAME = 0x0000_0001;
        /// FILE_NOTIFY_CHANGE_DIR_NAME
        DIR_NAME = 0x0000_0002;
        /// FILE_NOTIFY_CHANGE_ATTRIBUTES
        ATTRIBUTES = 0x0000_0004;
        /// FILE_NOTIFY_CHANGE_SIZE
        SIZE = 0x0000_0008;
        /// FILE_NOTIFY_CHANGE_LAST_WRITE
        LAST_WRITE = 0x0000_0010;
        /// FILE_NOTIFY_CHANGE_LAST_ACCESS
        LAST_ACCESS = 0x0000_0020;
        /// FILE_NOTIFY_CHANGE_CREATION
        CREATION = 0x0000_0040;
        /// FILE_NOTIFY_CHANGE_EA
        EA = 0x0000_0080;
        /// FILE_NOTIFY_CHANGE_SECURITY
        SECURITY = 0x0000_0100;
        /// FILE_NOTIFY_CHANGE_STREAM_NAME
        STREAM_NAME = 0x0000_0200;
        /// FILE_NOTIFY_CHANGE_STREAM_SIZE
        STREAM_SIZE = 0x0000_0400;
        /// FILE_NOTIFY_CHANGE_STREAM_WRITE
        STREAM_WRITE = 0x0000_0800;
    }
}

wire_values! {
    /// The Action of [MS-FSCC] 2.7.1.
    NotifyAction(u32) {
        /// FILE_ACTION_ADDED
        ADDED = 0x01;
        /// FILE_ACTION_REMOVED
        REMOVED = 0x02;
        /// FILE_ACTION_MODIFIED
        MODIFIED = 0x03;
        /// FILE_ACTION_RENAMED_OLD_NAME
        RENAMED_OLD_NAME = 0x04;
        /// FILE_ACTION_RENAMED_NEW_NAME
        RENAMED_NEW_NAME = 0x05;
        /// FILE_ACTION_ADDED_STREAM
        ADDED_STREAM = 0x06;
        /// FILE_ACTION_REMOVED_STREAM
        REMOVED_STREAM = 0x07;
        /// FILE_ACTION_MODIFIED_STREAM
        MODIFIED_STREAM = 0x08;
        /// FILE_ACTION_REMOVED_BY_DELETE
        REMOVED_BY_DELETE = 0x09;
        /// FILE_ACTION_ID_NOT_TUNNELLED
        ID_NOT_TUNNELLED = 0x0a;
        /// FILE_ACTION_TUNNELLED_ID_COLLISION
        TUNNELLED_ID_COLLISION = 0x0b;
    }
}

/// [MS-SMB2] 2.2.35 SMB2 CHANGE_NOTIFY Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeNotifyRequest {
    /// Flags.
    pub flags: ChangeNotifyFlags,
    /// Bytes the answer may carry.
    pub output_buffer_length: u32,
    /// The directory.
    pub file_id: FileId,
    /// Which changes to tell of.
    pub completion_filter: CompletionFilter,
}

impl Decode<'_> for ChangeNotifyRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 32)?;
        let request = Self {
            flags: ChangeNotifyFlags::from_bits_retain(r.u16("Flags")?),
            output_buffer_length: r.u32("OutputBufferLength")?,
            file_id: FileId::decode(r)?,
            completion_filter: CompletionFilter::from_bits_retain(r.u32("CompletionFilter")?),
        };
        r.skip(4, "Reserved")?;
        Ok(request)
    }
}

impl Encode for ChangeNotifyRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(32);
        w.u16(self.flags.bits());
        w.u32(self.output_buffer_length);
        self.file_id.encode(w);
        w.u32(self.completion_filter.bits());
        w.u32(0);
    }
}

/// [MS-FSCC] 2.7.1 FILE_NOTIFY_INFORMATION
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileNotifyInformation<'a> {
    /// What happened.
    pub action: NotifyAction,
    /// To whom, relative to the directory that is watched.
    pub file_name: Utf16<'a>,
}

/// NextEntryOffset MUST be a multiple of this.
const ENTRY_ALIGNMENT: usize = 4;
/// Bytes of the fixed part of an entry.
const ENTRY_FIXED: usize = 12;

impl<'a> FileNotifyInformation<'a> {
    /// The entries of a CHANGE_NOTIFY Response's output. Ends behind the last entry or the first malformed one.
    pub fn entries(output: &'a [u8]) -> impl Iterator<Item = Result<Self, DecodeError>> + use<'a> {
        let mut rest = output;
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let entry = Self::split(rest);
            rest = entry.map_or(&[][..], |(_, rest)| rest);
            Some(entry.map(|(entry, _)| entry))
        })
    }

    fn split(list: &'a [u8]) -> Result<(Self, &'a [u8]), DecodeError> {
        let r = &mut Reader::new(list);
        let next = index(r.u32("NextEntryOffset")?);
        let action = NotifyAction(r.u32("Action")?);
        let len = index(r.u32("FileNameLength")?);
        let file_name = Utf16(r.bytes(len, "FileName")?);
        let entry = Self { action, file_name };
        if next == 0 {
            return Ok((entry, &[]));
        }
        if next < ENTRY_FIXED || !next.is_multiple_of(ENTRY_ALIGNMENT) {
            return Err(DecodeError::invalid("NextEntryOffset", "must be a multiple of 4 behind this entry"));
        }
        let rest = list.get(next..).filter(|rest| !rest.is_empty());
        Ok((entry, rest.ok_or(DecodeError::invalid("NextEntryOffset", "lies behind the list"))?))
    }

    /// Appends the entry to an output and links the one before to it; `last` remembers where that one began.
    ///
    /// # Errors
    /// The entry does not fit, and nothing of it was written: the server answers NOTIFY_ENUM_DIR.
    pub fn push_to(&self, w: &mut BudgetedWriter<'_>, last: &mut Option<usize>) -> Result<(), BufferFull> {
        let start = w.position().saturating_add(3) & !3;
        w.push(ENTRY_ALIGNMENT, |w| self.encode(w))?;
        if let Some(last) = last.replace(start) {
            w.patch(last, &long(start.saturating_sub(last)).to_le_bytes());
        }
        Ok(())
    }
}

/// Writes one entry that is the last of its list.
impl Encode for FileNotifyInformation<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (name, len) = counted32(self.file_name.0);
        w.u32(0);
        w.u32(self.action.0);
        w.u32(len);
        w.bytes(name);
    }
}
