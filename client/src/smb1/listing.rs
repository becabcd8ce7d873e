//! What a folder has: TRANS2_FIND_FIRST2 and TRANS2_FIND_NEXT2, and SMB_COM_SEARCH of older days.

use super::{Connection, Request, Transact, Tree};
use crate::{Error, Result};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{DirectoryInformation, SearchRequest, SearchResponse};
use lanward_smb1::subcommands::{
    FindFirst2Request, FindFirst2Response, FindFlags, FindLevel, FindNext2Request, FindNext2Response,
    Parameters, Trans2Code,
};
use lanward_smb1::{Command, SmbFileAttributes, Text};
use lanward_wire::{Decode as _, Encode as _, Reader};

/// One name of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The 8.3 name, where it has another.
    pub short_name: String,
    /// Bytes it has.
    pub size: u64,
    /// Its attributes, as [MS-FSCC] numbers them.
    pub attributes: u32,
}

/// ERRDOS/ERRnofiles
const NO_FILES: NtStatus = NtStatus(0x0012_0001);

fn everything() -> SmbFileAttributes {
    SmbFileAttributes::HIDDEN | SmbFileAttributes::SYSTEM | SmbFileAttributes::DIRECTORY
}

impl Connection {
    /// What matches a pattern such as `\folder\*`, in LAN Manager 2.0 and later.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn list(&mut self, tree: Tree, pattern: &str) -> Result<Vec<Entry>> {
        let text = self.text();
        let flags = FindFlags::CLOSE_AT_EOS;
        let request = FindFirst2Request {
            search_attributes: everything(),
            search_count: 512,
            flags,
            information_level: FindLevel::BOTH_DIRECTORY,
            search_storage_type: 0,
            file_name: pattern.into(),
        };
        let call = Transact::trans2(Trans2Code::FIND_FIRST2).parameters(&request, text);
        let answer = self.transact(tree, &call)?;
        let first = FindFirst2Response::decode(&answer.parameters, text)?;
        let mut entries = entries(&answer.data, text)?;
        let mut end = first.end_of_search != 0;
        while !end {
            let last = entries.last().ok_or(Error::Protocol("a listing without entries that goes on"))?;
            let request = FindNext2Request {
                sid: first.sid,
                search_count: 512,
                information_level: FindLevel::BOTH_DIRECTORY,
                resume_key: 0,
                flags: flags | FindFlags::CONTINUE_FROM_LAST,
                file_name: last.name.as_str().into(),
            };
            let call = Transact::trans2(Trans2Code::FIND_NEXT2).parameters(&request, text);
            let answer = self.transact(tree, &call)?;
            end = FindNext2Response::decode(&answer.parameters, text)?.end_of_search != 0;
            entries.extend(self::entries(&answer.data, text)?);
        }
        Ok(entries)
    }

    /// What matches a pattern, by SMB_COM_SEARCH: 8.3 names, in every dialect.
    ///
    /// # Errors
    /// As for [`Connection::list`].
    pub fn search(&mut self, tree: Tree, pattern: &str) -> Result<Vec<Entry>> {
        let (mut entries, mut resume_key) = (Vec::new(), Vec::new());
        loop {
            let body = SearchRequest {
                max_count: 20,
                search_attributes: everything(),
                file_name: if resume_key.is_empty() { pattern.into() } else { "".into() },
                resume_key: &resume_key,
            };
            let reply = self.call(&Request::new(Command::SEARCH, tree, &body))?;
            if matches!(reply.status(), NtStatus::NO_MORE_FILES | NO_FILES) {
                return Ok(entries);
            }
            let reply = reply.check(&[])?;
            let response: SearchResponse<'_> = reply.decode()?;
            let mut r = Reader::new(response.entries);
            let before = entries.len();
            while !r.is_empty() {
                let entry = DirectoryInformation::decode(&mut r)?;
                resume_key = entry.resume_key.to_bytes();
                let units = self.options.code_page.decode(entry.name());
                entries.push(Entry {
                    name: String::from_utf16_lossy(&units),
                    short_name: String::new(),
                    size: entry.file_size.into(),
                    attributes: entry.attributes.into(),
                });
            }
            if entries.len() == before {
                return Ok(entries);
            }
        }
    }
}

/// SMB_FIND_FILE_BOTH_DIRECTORY_INFO ([MS-CIFS] 2.2.8.1.7)
fn entries(data: &[u8], text: Text) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let mut r = Reader::new(rest);
        let next = crate::file::index(r.u32("NextEntryOffset")?);
        // FileIndex and the four times
        r.skip(4 + 4 * 8, "FileIndex")?;
        let size = r.u64("EndOfFile")?;
        r.skip(8, "AllocationSize")?;
        let attributes = r.u32("ExtFileAttributes")?;
        let length = crate::file::index(r.u32("FileNameLength")?);
        r.skip(4, "EaSize")?;
        let short_length = usize::from(r.u8("ShortNameLength")?);
        r.skip(1, "Reserved")?;
        let short: [u8; 24] = r.array("ShortName")?;
        let short = short.get(..short_length).ok_or(Error::Protocol("a short name that is long"))?;
        let short_name = String::from_utf16_lossy(lanward_nt::NtString::from_utf16le(short).units());
        let name = text.read_counted(&mut r, length, "FileName")?.to_string_lossy();
        entries.push(Entry { name, short_name, size, attributes });
        if next == 0 {
            break;
        }
        rest = rest.get(next..).ok_or(Error::Protocol("NextEntryOffset points outside the listing"))?;
    }
    Ok(entries)
}
