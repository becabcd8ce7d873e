//! Previous versions over SMB1: what is told of one is of the version, and nothing leads out of it.

use crate::support::refused;
use lanward_client::smb1::{Connection, Options, Transact, Tree};
use lanward_fsa::FileSystem;
use lanward_nt::{FileTime, GmtToken, NtStatus, NtString};
use lanward_server::{ShareDefinition, Snapshots};
use lanward_smb1::SmbFileAttributes;
use lanward_smb1::subcommands::{
    FindFirst2Request, FindFlags, FindLevel, SetLevel, SetPathRequest, Trans2Code,
};
use lanward_testsuite::{Plan, Site};
use lanward_vfs::MemVolume;
use lanward_wire::Writer;
use std::sync::Arc;

const VERSION: &str = "@GMT-2024.06.01-12.30.15";

/// One version.
#[derive(Debug)]
struct Version(FileTime, Arc<FileSystem>);

impl Snapshots for Version {
    fn times(&self) -> Result<Vec<FileTime>, NtStatus> {
        Ok(vec![self.0])
    }

    fn at(&self, time: FileTime) -> Result<Arc<FileSystem>, NtStatus> {
        if time == self.0 { Ok(Arc::clone(&self.1)) } else { Err(NtStatus::OBJECT_NAME_NOT_FOUND) }
    }
}

/// A server of the volume, and of what it was once, if it was.
fn site(volume: Arc<MemVolume>, version: Option<Arc<MemVolume>>) -> Site {
    let time = GmtToken::parse(NtString::from(VERSION).units()).unwrap().time();
    let snapshots = version.map(|v| -> Arc<dyn Snapshots> { Arc::new(Version(time, FileSystem::new(v))) });
    let share = ShareDefinition {
        snapshots,
        posix: Some(0o022),
        ..ShareDefinition::disk("data", FileSystem::new(volume), "data")
    };
    Plan::default().smb1().zone(|zone| zone.posix = true).define(share).start().unwrap()
}

fn set_path(c: &Connection, level: SetLevel, name: &str, data: &[u8]) -> Transact<'static> {
    let request = SetPathRequest { information_level: level, reserved: 0, file_name: name.into() };
    Transact::trans2(Trans2Code::SET_PATH_INFORMATION).parameters(&request, c.text()).data(data)
}

/// A volume with a file that has the extended attribute KEY.
fn volume(value: &[u8; 3]) -> Arc<MemVolume> {
    let volume = MemVolume::new(|| FileTime(1));
    let site = site(Arc::clone(&volume), None);
    let (mut c, tree) = site.alice_smb1(Options::default()).unwrap();
    c.write_file(tree, "\\file", value).unwrap();
    let list = [&[15, 0, 0, 0, 0, 3, 3, 0, b'K', b'E', b'Y', 0][..], value].concat();
    let call = set_path(&c, SetLevel::SET_EAS, "\\file", &list);
    c.transact(tree, &call).unwrap();
    volume
}

fn both() -> (Site, Connection, Tree) {
    let site = site(volume(b"now"), Some(volume(b"old")));
    let (c, tree) = site.alice_smb1(Options::default()).unwrap();
    (site, c, tree)
}

#[test]
fn a_listing_of_a_version_tells_its_own_extended_attributes() {
    let (_site, mut c, tree) = both();
    assert_eq!(c.read_file(tree, &format!("\\{VERSION}\\file")).unwrap(), b"old");
    let mut names = Vec::new();
    lanward_smb1::subcommands::encode_gea_list(&[b"KEY".to_vec()], &mut Writer::new(&mut names));
    for (pattern, value) in [("\\file".to_owned(), b"now"), (format!("\\{VERSION}\\file"), b"old")] {
        let request = FindFirst2Request {
            search_attributes: SmbFileAttributes::empty(),
            search_count: 5,
            flags: FindFlags::CLOSE_AFTER_REQUEST,
            information_level: FindLevel::QUERY_EAS_FROM_LIST,
            search_storage_type: 0,
            file_name: pattern.as_str().into(),
        };
        let call = Transact::trans2(Trans2Code::FIND_FIRST2).parameters(&request, c.text()).data(&names);
        let told = c.transact(tree, &call).unwrap().data;
        assert!(told.windows(3).any(|bytes| bytes == value), "{pattern}: {told:?}");
    }
}

#[test]
fn a_link_leads_neither_into_a_version_nor_out_of_it() {
    let (_site, mut c, tree) = both();
    let version = format!("\\{VERSION}\\file");
    let in_version = format!("\\{VERSION}\\link");
    for (new, existing) in [("\\link", version.as_str()), (in_version.as_str(), "\\file")] {
        let target: Vec<u8> = existing.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let call = set_path(&c, SetLevel::UNIX_HLINK, new, &target);
        assert_eq!(refused(c.transact(tree, &call)), NtStatus::MEDIA_WRITE_PROTECTED, "{new}");
    }
    assert!(c.read_file(tree, "\\link").is_err());
    assert!(c.read_file(tree, &in_version).is_err());
}
