use super::Parameters;
use super::parameters::{list, parameters};
use crate::body::short;
use crate::{DosTime, ExtFileAttributes, SmbFileAttributes, Text};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer};

type Reserved10 = [u8; 10];

parameters! {
    /// [MS-CIFS] 2.2.8.3.1 SMB_INFO_STANDARD; in a listing (2.2.8.1.1) a name follows, and a resume key may come first
    InfoStandard {
        /// When it was made.
        created: DosTime,
        /// When it was used last.
        accessed: DosTime,
        /// When it was written last.
        written: DosTime,
        /// Its size in bytes.
        file_data_size: u32,
        /// Bytes it takes.
        allocation_size: u32,
        /// What it is.
        attributes: SmbFileAttributes,
    }

    /// [MS-CIFS] 2.2.8.4.1 SMB_INFO_STANDARD, to be set
    SetInfoStandard {
        /// When it was made.
        created: DosTime,
        /// When it was used last.
        accessed: DosTime,
        /// When it was written last.
        written: DosTime,
        /// Reserved
        reserved: Reserved10,
    }

    /// [MS-CIFS] 2.2.8.2.1 SMB_INFO_ALLOCATION
    InfoAllocation {
        /// idFileSystem
        file_system: u32,
        /// Sectors of an allocation unit.
        sectors_per_unit: u32,
        /// Units there are.
        units: u32,
        /// Units nobody has.
        units_available: u32,
        /// Bytes of a sector.
        bytes_per_sector: u16,
    }
}

/// [MS-CIFS] 2.2.8.2.2 SMB_INFO_VOLUME
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InfoVolume {
    /// The serial number.
    pub serial_number: u32,
    /// The label.
    pub label: NtString,
}

/// Bytes of the longest label whose length can be told, in whole characters of either kind.
const LONGEST_LABEL: usize = 254;

impl Parameters<'_> for InfoVolume {
    fn decode(bytes: &[u8], text: Text) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(bytes);
        let serial_number = r.u32("ulVolSerialNbr")?;
        let length = usize::from(r.u8("cCharCount")?);
        // It counts characters or bytes, depending on who counts, and is not aligned.
        let bytes = r.rest();
        let length = if text.unicode { LONGEST_LABEL } else { length };
        let bytes = bytes.get(..length).unwrap_or(bytes);
        let mut label = Reader::new(bytes);
        let length = label.remaining();
        Ok(Self { serial_number, label: text.read_counted(&mut label, length, "VolumeLabel")? })
    }

    fn encode(&self, w: &mut Writer<'_>, text: Text) {
        let label = text.bytes(&self.label);
        let label = label.get(..LONGEST_LABEL).unwrap_or(&label);
        w.u32(self.serial_number);
        w.u8(u8::try_from(label.len()).unwrap_or(u8::MAX));
        w.bytes(label);
    }
}

/// [MS-CIFS] 2.2.8.3.10 SMB_QUERY_FILE_ALL_INFO
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryFileAllInfo {
    /// When it was made, used, written and changed last.
    pub times: [u64; 4],
    /// What it is.
    pub attributes: ExtFileAttributes,
    /// Bytes it takes.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// Its names.
    pub number_of_links: u32,
    /// Whether it goes when it is closed.
    pub delete_pending: bool,
    /// Whether it is a directory.
    pub directory: bool,
    /// Bytes of its EAs.
    pub ea_size: u32,
    /// Its path in the share.
    pub file_name: NtString,
}

impl Parameters<'_> for QueryFileAllInfo {
    fn decode(bytes: &[u8], text: Text) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(bytes);
        let mut info = Self::default();
        for time in &mut info.times {
            *time = r.u64("Times")?;
        }
        info.attributes = ExtFileAttributes::from_bits_retain(r.u32("ExtFileAttributes")?);
        r.skip(4, "Reserved1")?;
        (info.allocation_size, info.end_of_file) = (r.u64("AllocationSize")?, r.u64("EndOfFile")?);
        info.number_of_links = r.u32("NumberOfLinks")?;
        (info.delete_pending, info.directory) = (r.u8("DeletePending")? != 0, r.u8("Directory")? != 0);
        r.skip(2, "Reserved2")?;
        info.ea_size = r.u32("EaSize")?;
        let length = crate::body::index(r.u32("FileNameLength")?);
        info.file_name = text.read_counted(r, length, "FileName")?;
        Ok(info)
    }

    fn encode(&self, w: &mut Writer<'_>, text: Text) {
        let name = text.bytes(&self.file_name);
        self.times.iter().for_each(|time| w.u64(*time));
        w.u32(self.attributes.bits());
        w.u32(0);
        w.u64(self.allocation_size);
        w.u64(self.end_of_file);
        w.u32(self.number_of_links);
        w.u8(u8::from(self.delete_pending));
        w.u8(u8::from(self.directory));
        w.u16(0);
        w.u32(self.ea_size);
        w.u32(u32::try_from(name.len()).unwrap_or(u32::MAX));
        w.bytes(&name);
    }
}

/// [MS-CIFS] 2.2.1.2.2 SMB_FEA: an extended attribute
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FullEa {
    /// FILE_NEED_EA (0x80) or 0.
    pub flag: u8,
    /// The name without its terminator: at most 255 bytes.
    pub name: Vec<u8>,
    /// The value: at most 65,535 bytes. None takes the attribute away.
    pub value: Vec<u8>,
}

/// Reads an SMB_FEA_LIST ([MS-CIFS] 2.2.1.2.2.1). Bytes behind the length it says are passed over.
///
/// # Errors
/// An entry is cut off, or the list is longer than the bytes.
pub fn decode_fea_list(bytes: &[u8]) -> Result<Vec<FullEa>, DecodeError> {
    list(counted(bytes)?, |r| {
        let flag = r.u8("ExtendedAttributeFlag")?;
        let (name, value) = (r.u8("AttributeNameLengthInBytes")?, r.u16("AttributeValueLengthInBytes")?);
        let name = r.bytes(name.into(), "AttributeName")?.to_vec();
        r.skip(1, "AttributeName")?;
        Ok(FullEa { flag, name, value: r.bytes(value.into(), "AttributeValue")?.to_vec() })
    })
}

/// Writes an SMB_FEA_LIST. What an entry cannot carry is cut off.
pub fn encode_fea_list(attributes: &[FullEa], w: &mut Writer<'_>) {
    let start = w.position();
    w.u32(0);
    for FullEa { flag, name, value } in attributes {
        let name = name.get(..usize::from(u8::MAX)).unwrap_or(name);
        let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
        w.u8(*flag);
        w.u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        w.u16(short(value.len()));
        w.bytes(name);
        w.u8(0);
        w.bytes(value);
    }
    let length = w.position().saturating_sub(start);
    w.patch(start, &u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// Reads an SMB_GEA_LIST ([MS-CIFS] 2.2.1.2.1.1): names of extended attributes.
///
/// # Errors
/// As [`decode_fea_list`].
pub fn decode_gea_list(bytes: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    list(counted(bytes)?, |r| {
        let length = r.u8("AttributeNameLengthInBytes")?;
        let name = r.bytes(length.into(), "AttributeName")?.to_vec();
        r.skip(1, "AttributeName")?;
        Ok(name)
    })
}

/// Writes an SMB_GEA_LIST.
pub fn encode_gea_list(names: &[Vec<u8>], w: &mut Writer<'_>) {
    let start = w.position();
    w.u32(0);
    for name in names {
        let name = name.get(..usize::from(u8::MAX)).unwrap_or(name);
        w.u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        w.bytes(name);
        w.u8(0);
    }
    let length = w.position().saturating_sub(start);
    w.patch(start, &u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// The bytes of a list that says its length, with the 4 bytes it says it in.
fn counted(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let mut r = Reader::new(bytes);
    let length = crate::body::index(r.u32("SizeOfListInBytes")?);
    // An empty list may have length 0 as well as 4.
    r.bytes(length.saturating_sub(4), "SizeOfListInBytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_wire::CodePage;

    #[test]
    fn lists_of_attributes() {
        let bytes = [19, 0, 0, 0, 0, 1, 2, 0, b'a', 0, 7, 8, 0x80, 2, 0, 0, b'b', b'c', 0];
        let list = vec![
            FullEa { flag: 0, name: b"a".to_vec(), value: vec![7, 8] },
            FullEa { flag: 0x80, name: b"bc".to_vec(), value: vec![] },
        ];
        assert_eq!(decode_fea_list(&bytes), Ok(list.clone()));
        let mut again = Vec::new();
        encode_fea_list(&list, &mut Writer::new(&mut again));
        assert_eq!(again, bytes);
        assert!(decode_fea_list(&bytes[..18]).is_err());
        assert_eq!(decode_fea_list(&[0, 0, 0, 0]), Ok(vec![]));
        let names = vec![b"a".to_vec(), vec![]];
        let mut bytes = Vec::new();
        encode_gea_list(&names, &mut Writer::new(&mut bytes));
        assert_eq!(bytes, [9, 0, 0, 0, 1, b'a', 0, 0, 0]);
        assert_eq!(decode_gea_list(&bytes), Ok(names));
    }

    #[test]
    fn volumes_have_labels_in_both_texts() {
        let volume = InfoVolume { serial_number: 7, label: "disk".into() };
        for unicode in [false, true] {
            let text = Text { unicode, code_page: CodePage::Cp437 };
            let mut bytes = Vec::new();
            volume.encode(&mut Writer::new(&mut bytes), text);
            assert_eq!(bytes.len(), if unicode { 13 } else { 9 });
            assert_eq!(InfoVolume::decode(&bytes, text).as_ref(), Ok(&volume));
        }
    }
}
