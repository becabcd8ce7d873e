use crate::file::{File, index};
use crate::request::Request;
use crate::tree::utf16;
use crate::{Connection, Error, Result};
use lanward_nt::{FileAttributes, NtStatus, NtString};
use lanward_smb2::messages::{
    ChangeNotifyFlags, ChangeNotifyRequest, ChangeNotifyResponse, CompletionFilter, InfoType,
    QueryDirectoryFlags, QueryDirectoryRequest, QueryDirectoryResponse, QueryInfoRequest, QueryInfoResponse,
    SecurityInformation, SetInfoRequest,
};
use lanward_smb2::{Command, MessageId, Utf16};
use lanward_wire::Reader;

/// FileIdBothDirectoryInformation
const ID_BOTH_DIRECTORY: u8 = 37;
/// FileRenameInformation
const RENAME: u8 = 10;
/// FileDispositionInformation
const DISPOSITION: u8 = 13;
/// FileEndOfFileInformation
const END_OF_FILE: u8 = 20;

/// One name of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name.
    pub name: NtString,
    /// The 8.3 name, where it has another.
    pub short_name: NtString,
    /// Bytes it has.
    pub end_of_file: u64,
    /// Its attributes.
    pub attributes: FileAttributes,
    /// Its number on the volume.
    pub file_id: u64,
}

impl Connection {
    /// Asks for information; up to `max` bytes of it. BUFFER_OVERFLOW counts as success, as the bytes that fit come with it.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn query_info(&mut self, file: File, info_type: InfoType, class: u8, max: u32) -> Result<Vec<u8>> {
        let body = QueryInfoRequest {
            info_type,
            file_info_class: class,
            output_buffer_length: max,
            file_id: file.id,
            ..QueryInfoRequest::default()
        };
        self.query_info_with(file, &body)
    }

    /// Sends a QUERY_INFO of the caller's own making.
    ///
    /// # Errors
    /// As for [`Connection::query_info`].
    pub fn query_info_with(&mut self, file: File, body: &QueryInfoRequest<'_>) -> Result<Vec<u8>> {
        let payload = index(body.output_buffer_length).max(body.input.len());
        let reply = self.call(&Request::new(Command::QUERY_INFO, file, body).payload(payload))?;
        let reply = reply.check(&[NtStatus::BUFFER_OVERFLOW])?;
        let output = reply.decode::<QueryInfoResponse<'_>>()?.output.to_vec();
        self.recycle(reply);
        Ok(output)
    }

    /// Changes information.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn set_info(&mut self, file: File, info_type: InfoType, class: u8, input: &[u8]) -> Result<()> {
        let body = SetInfoRequest {
            info_type,
            file_info_class: class,
            file_id: file.id,
            input,
            ..SetInfoRequest::default()
        };
        self.finish(&Request::new(Command::SET_INFO, file, &body).payload(input.len()))
    }

    /// A file's security descriptor, self-relative: the parts asked for.
    ///
    /// # Errors
    /// As for [`Connection::query_info`].
    pub fn query_security(&mut self, file: File, parts: SecurityInformation) -> Result<Vec<u8>> {
        let body = QueryInfoRequest {
            info_type: InfoType::SECURITY,
            additional_information: parts.bits(),
            output_buffer_length: 65_536,
            file_id: file.id,
            ..QueryInfoRequest::default()
        };
        self.query_info_with(file, &body)
    }

    /// Sets the parts named of a file's security descriptor, from one that is self-relative.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn set_security(&mut self, file: File, parts: SecurityInformation, descriptor: &[u8]) -> Result<()> {
        let body = SetInfoRequest {
            info_type: InfoType::SECURITY,
            additional_information: parts.bits(),
            file_id: file.id,
            input: descriptor,
            ..SetInfoRequest::default()
        };
        self.finish(&Request::new(Command::SET_INFO, file, &body).payload(descriptor.len()))
    }

    /// Gives an open file another name, which is relative to the share.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn rename(&mut self, file: File, to: &str, replace: bool) -> Result<()> {
        let name = utf16(to);
        // [MS-FSCC] 2.4.42.2: ReplaceIfExists, Reserved, RootDirectory, FileNameLength, FileName
        let mut info = vec![0; 16];
        info[0] = u8::from(replace);
        let length = u32::try_from(name.len()).map_err(|_| Error::Unable("the name is too long"))?;
        info.extend_from_slice(&length.to_le_bytes());
        info.extend_from_slice(&name);
        self.set_info(file, InfoType::FILE, RENAME, &info)
    }

    /// Says whether an open file is deleted when the last open of it is closed.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn set_delete(&mut self, file: File, delete: bool) -> Result<()> {
        self.set_info(file, InfoType::FILE, DISPOSITION, &[u8::from(delete)])
    }

    /// Makes an open file this long.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn set_end_of_file(&mut self, file: File, length: u64) -> Result<()> {
        self.set_info(file, InfoType::FILE, END_OF_FILE, &length.to_le_bytes())
    }

    /// The next part of a folder's listing in the class asked for; empty when there is no more.
    ///
    /// # Errors
    /// The server's refusal (`NO_SUCH_FILE` when nothing matches), the socket, or an answer that breaks the protocol.
    pub fn query_directory(
        &mut self,
        directory: File,
        class: u8,
        flags: QueryDirectoryFlags,
        pattern: &str,
        max: u32,
    ) -> Result<Vec<u8>> {
        let pattern = utf16(pattern);
        let body = QueryDirectoryRequest {
            file_information_class: class,
            flags,
            file_index: 0,
            file_id: directory.id,
            output_buffer_length: max,
            file_name: Utf16(&pattern),
        };
        let reply =
            self.call(&Request::new(Command::QUERY_DIRECTORY, directory, &body).payload(index(max)))?;
        let reply = reply.check(&[NtStatus::NO_MORE_FILES, NtStatus::BUFFER_OVERFLOW])?;
        let output = if reply.status() == NtStatus::NO_MORE_FILES {
            Vec::new()
        } else {
            reply.decode::<QueryDirectoryResponse<'_>>()?.output.to_vec()
        };
        self.recycle(reply);
        Ok(output)
    }

    /// Every name in an open folder that matches.
    ///
    /// # Errors
    /// As for [`Connection::query_directory`].
    pub fn list(&mut self, directory: File, pattern: &str) -> Result<Vec<DirectoryEntry>> {
        let max = self.negotiated().max_transact_size.min(1 << 20);
        let mut entries = Vec::new();
        let mut flags = QueryDirectoryFlags::RESTART_SCANS;
        loop {
            let part = self.query_directory(directory, ID_BOTH_DIRECTORY, flags, pattern, max)?;
            if part.is_empty() {
                return Ok(entries);
            }
            for entry in records(&part) {
                entries.push(id_both_directory(entry)?);
            }
            flags = QueryDirectoryFlags::empty();
        }
    }

    /// Waits for the changes a CHANGE_NOTIFY brings: FILE_NOTIFY_INFORMATION records ([MS-FSCC] 2.7.1) as
    /// [`records`] takes them apart; none where too much changed to tell (NOTIFY_ENUM_DIR).
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn receive_changes(&mut self, id: MessageId) -> Result<Vec<u8>> {
        let reply = self.receive(id)?.check(&[NtStatus::NOTIFY_ENUM_DIR])?;
        let changes = reply.decode::<ChangeNotifyResponse<'_>>()?.output.to_vec();
        self.recycle(reply);
        Ok(changes)
    }

    /// Asks to be told of changes in an open folder; the answer is for [`Connection::receive`].
    ///
    /// # Errors
    /// As for [`Connection::send`].
    pub fn send_change_notify(
        &mut self,
        directory: File,
        flags: ChangeNotifyFlags,
        completion_filter: CompletionFilter,
        max: u32,
    ) -> Result<MessageId> {
        let body = ChangeNotifyRequest {
            flags,
            output_buffer_length: max,
            file_id: directory.id,
            completion_filter,
        };
        self.send(&Request::new(Command::CHANGE_NOTIFY, directory, &body).payload(index(max)))
    }
}

/// The records of a buffer whose first field is NextEntryOffset, each with all its bytes.
pub fn records(buffer: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = buffer;
    core::iter::from_fn(move || {
        let next = index(u32::from_le_bytes(*rest.first_chunk()?));
        let length = if next == 0 { rest.len() } else { next.min(rest.len()) };
        let (record, behind) = rest.split_at(length.max(4));
        rest = if next == 0 { &[] } else { behind };
        Some(record)
    })
}

/// [MS-FSCC] 2.4.17 FileIdBothDirectoryInformation
fn id_both_directory(record: &[u8]) -> Result<DirectoryEntry> {
    let mut r = Reader::new(record);
    r.skip(40, "LastChangeTime")?;
    let end_of_file = r.u64("EndOfFile")?;
    r.skip(8, "AllocationSize")?;
    let attributes = FileAttributes::from_bits_retain(r.u32("FileAttributes")?);
    let name_length = index(r.u32("FileNameLength")?);
    r.skip(4, "EaSize")?;
    let short_length = usize::from(r.u8("ShortNameLength")?);
    r.skip(1, "Reserved1")?;
    let short: [u8; 24] = r.array("ShortName")?;
    let short =
        short.get(..short_length).ok_or(Error::Protocol("a short name that is longer than it can be"))?;
    let short_name = NtString::from_utf16le(short);
    r.skip(2, "Reserved2")?;
    let file_id = r.u64("FileId")?;
    let name = NtString::from_utf16le(r.bytes(name_length, "FileName")?);
    Ok(DirectoryEntry { name, short_name, end_of_file, attributes, file_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_follow_their_offsets() {
        let mut buffer = vec![8, 0, 0, 0, 1, 1, 1, 1];
        buffer.extend_from_slice(&[0, 0, 0, 0, 2, 2]);
        let found: Vec<usize> = records(&buffer).map(<[u8]>::len).collect();
        assert_eq!(found, [8, 6]);
        // An offset beyond the end, or one that makes no progress, ends the walk.
        assert_eq!(records(&[200, 0, 0, 0, 9]).count(), 1);
        assert_eq!(records(&[1, 0, 0, 0, 0]).count(), 1);
        assert_eq!(records(&[]).count(), 0);
    }

    #[test]
    fn a_directory_record() {
        let mut record = vec![0; 104];
        record[40] = 7;
        record[56] = 0x20;
        record[60] = 4;
        record[96] = 9;
        record.extend_from_slice(&utf16("ab"));
        let entry = id_both_directory(&record).unwrap();
        assert_eq!(entry.name, "ab".into());
        assert_eq!((entry.end_of_file, entry.file_id), (7, 9));
        assert_eq!(entry.attributes, FileAttributes::ARCHIVE);
        assert!(id_both_directory(&record[..106]).is_err());
    }
}
