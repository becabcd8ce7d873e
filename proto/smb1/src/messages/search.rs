use crate::message::{Word, messages};
use crate::{DosTime, SmbFileAttributes};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

messages! {
    /// [MS-CIFS] 2.2.4.58.1 SMB_COM_SEARCH Request; 2.2.4.59.1 SMB_COM_FIND, 2.2.4.60.1 SMB_COM_FIND_UNIQUE and 2.2.4.61.1 SMB_COM_FIND_CLOSE
    /// Requests
    SearchRequest<'a> {
        /// Most entries.
        max_count: u16,
        /// What is found beside normal files.
        search_attributes: SmbFileAttributes,
        ;
        /// Where, and what with wildcards.
        file_name: path,
        /// A [`ResumeKey`] to go on behind; empty to begin.
        resume_key: variable,
    }

    /// [MS-CIFS] 2.2.4.58.2 SMB_COM_SEARCH Response and those of its kin
    SearchResponse<'a> {
        /// Entries there are.
        count: u16,
        ;
        /// They: [`DirectoryInformation`], 43 bytes each.
        entries: variable,
    }

    /// [MS-CIFS] 2.2.4.67.1 SMB_COM_OPEN_PRINT_FILE Request
    OpenPrintFileRequest {
        /// Bytes for the printer at the beginning, that are not to be changed.
        setup_length: u16,
        /// 0 text, 1 graphics.
        mode: u16,
        ;
        /// What the job is called.
        identifier: path,
    }

    /// [MS-CIFS] 2.2.4.68.1 SMB_COM_WRITE_PRINT_FILE Request
    WritePrintFileRequest<'a> {
        /// FID
        fid: u16,
        ;
        /// What is to be printed.
        data: data,
    }

    /// SMB_COM_GET_PRINT_QUEUE Request ([SMB-CORE])
    GetPrintQueueRequest {
        /// Most entries; negative to go backwards.
        max_count: u16,
        /// Which comes first.
        start_index: u16,
    }

    /// SMB_COM_GET_PRINT_QUEUE Response ([SMB-CORE])
    GetPrintQueueResponse<'a> {
        /// Entries there are.
        count: u16,
        /// The index behind the last of them.
        restart_index: u16,
        ;
        /// They, 28 bytes each.
        entries: data,
    }
}

/// [MS-CIFS] 2.2.4.58.1 SMB_Resume_Key
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResumeKey {
    /// Reserved
    pub reserved: u8,
    /// What the server goes on by.
    pub server_state: [u8; 16],
    /// The client's own.
    pub client_state: [u8; 4],
}

impl ResumeKey {
    /// Bytes.
    pub const LEN: u16 = 21;
}

impl Decode<'_> for ResumeKey {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            reserved: r.u8("Reserved")?,
            server_state: r.array("ServerState")?,
            client_state: r.array("ClientState")?,
        })
    }
}

impl Encode for ResumeKey {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.reserved);
        w.bytes(&self.server_state);
        w.bytes(&self.client_state);
    }
}

/// [MS-CIFS] 2.2.4.58.2 SMB_Directory_Information
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryInformation {
    /// Goes on behind this entry.
    pub resume_key: ResumeKey,
    /// What it is, the low byte.
    pub attributes: u8,
    /// When it was written last.
    pub last_write: DosTime,
    /// Its size in bytes.
    pub file_size: u32,
    /// Its 8.3 name in the client's code page, ended by a NUL and padded with spaces to another.
    pub file_name: [u8; 13],
}

impl DirectoryInformation {
    /// Bytes.
    pub const LEN: usize = 43;

    /// The name without what pads it.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        let end = self.file_name.iter().position(|b| *b == 0).unwrap_or(self.file_name.len());
        self.file_name.get(..end).unwrap_or_default().trim_ascii_end()
    }

    /// A name as it is written here; `None` if it is longer than 12 bytes.
    #[must_use]
    pub fn padded(name: &[u8]) -> Option<[u8; 13]> {
        let mut padded = [b' '; 13];
        padded.get_mut(..12)?.get_mut(..name.len())?.copy_from_slice(name);
        // Some clients take what pads a name for a part of it.
        *padded.get_mut(name.len())? = 0;
        *padded.last_mut()? = 0;
        Some(padded)
    }
}

impl Decode<'_> for DirectoryInformation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (resume_key, attributes) = (ResumeKey::decode(r)?, r.u8("FileAttributes")?);
        // Here the time comes first.
        let (time, date) = (r.u16("LastWriteTime")?, r.u16("LastWriteDate")?);
        let file_size = Word::read(r, "FileSize")?;
        let last_write = DosTime { date, time };
        Ok(Self { resume_key, attributes, last_write, file_size, file_name: r.array("FileName")? })
    }
}

impl Encode for DirectoryInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        self.resume_key.encode(w);
        w.u8(self.attributes);
        w.u16(self.last_write.time);
        w.u16(self.last_write.date);
        w.u32(self.file_size);
        w.bytes(&self.file_name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_padded() {
        let padded = DirectoryInformation::padded(b"A.TXT").unwrap();
        assert_eq!(&padded, b"A.TXT\0      \0");
        let entry = DirectoryInformation { file_name: padded, ..DirectoryInformation::default() };
        assert_eq!(entry.name(), b"A.TXT");
        assert_eq!(entry.to_bytes().len(), DirectoryInformation::LEN);
        assert_eq!(DirectoryInformation::decode(&mut Reader::new(&entry.to_bytes())), Ok(entry));
        assert_eq!(DirectoryInformation::padded(b"ABCDEFGH.TXTX"), None);
    }
}
