//! Apple's extensions, as a Mac asks for them when it mounts a share.

use lanward_client::{Connection, Create, Options, Request, Tree};
use lanward_fsa::{FileRules, FileSystem, TimeMachine};
use lanward_nt::fscc::{AppleEntry, CtlCode};
use lanward_nt::security::{Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, FileTime, NtString};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::{
    AaplCapabilities, AaplQuery, AaplRequest, AaplResponse, AaplVolumeCapabilities, CreateContextList,
    CreateContexts, CreateRequestContext, CreateResponseContext, QueryDirectoryRequest,
    QueryDirectoryResponse, SecurityInformation,
};
use lanward_smb2::{Command, Utf16};
use lanward_testsuite::{Plan, Site};
use lanward_vfs::MemVolume;
use lanward_wire::{Decode, Encode, Reader, Writer};
use std::sync::Arc;

fn asking(query: AaplQuery) -> CreateContextList {
    let mut data = Vec::new();
    AaplRequest { query, client_capabilities: AaplCapabilities::all() }.encode(&mut Writer::new(&mut data));
    let mut contexts = CreateContextList::new();
    contexts.push_request(&CreateRequestContext::Aapl(&data));
    contexts
}

#[test]
fn a_mac_is_told_what_it_asks_for() {
    let share = ShareDefinition::disk("data", FileSystem::new(MemVolume::new(|| FileTime(1))), "data");
    let rules = FileRules { time_machine: Some(TimeMachine::default()), ..FileRules::default() };
    let share = ShareDefinition { rules: Arc::new(rules), ..share };
    let plain = MemVolume::new(|| FileTime(1));
    let site = Plan::default().define(share).share("plain", plain).start().unwrap();
    let mut c = Connection::connect(site.address, Options::default()).unwrap();
    let session = c.login("alice", "Secret007").unwrap();
    let (data, plain) = (c.tree_connect(session, "data").unwrap(), c.tree_connect(session, "plain").unwrap());
    let mut told = |tree, contexts: &CreateContextList| -> Option<AaplResponse> {
        let open = Create { contexts: contexts.contexts(), ..Create::open("", AccessMask::READ_ATTRIBUTES) };
        let created = c.create(tree, &open).unwrap();
        let answers = CreateContexts::new(&created.contexts).unwrap();
        answers.responses().find_map(|a| match a.unwrap() {
            CreateResponseContext::Aapl(data) => Some(AaplResponse::decode(&mut Reader::new(data)).unwrap()),
            _ => None,
        })
    };
    let all = told(data, &asking(AaplQuery::all())).unwrap();
    assert_eq!(all.server_capabilities, Some(AaplCapabilities::READ_DIR_ATTR | AaplCapabilities::COPYFILE));
    assert_eq!(all.volume_capabilities, Some(AaplVolumeCapabilities::FULL_SYNC));
    let elsewhere = told(plain, &asking(AaplQuery::all())).unwrap();
    assert_eq!(elsewhere.volume_capabilities, Some(AaplVolumeCapabilities::empty()), "no place for backups");
    assert!(all.model.is_some_and(|m| !m.units().is_empty()));
    let model = told(data, &asking(AaplQuery::MODEL)).unwrap();
    assert!(
        model.server_capabilities.is_none() && model.volume_capabilities.is_none() && model.model.is_some()
    );
    let mut bad = CreateContextList::new();
    bad.push_request(&CreateRequestContext::Aapl(&[9; 3]));
    assert_eq!(told(data, &bad), None, "a question nobody understands harms nothing");
    assert_eq!(told(data, &CreateContextList::new()), None);
}

/// A share where a Mac has agreed on everything, if it `asks`.
fn mounted(asks: bool, site: &Site) -> (Connection, Tree) {
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let contexts = if asks { asking(AaplQuery::all()) } else { CreateContextList::new() };
    let open = Create { contexts: contexts.contexts(), ..Create::open("", AccessMask::READ_ATTRIBUTES) };
    c.touch(tree, &open).unwrap();
    (c, tree)
}

/// A file with a resource fork of 7 bytes and what the Finder knows of it.
fn make_mac_file(c: &mut Connection, tree: Tree, name: &str) {
    c.write_file(tree, name, b"data").unwrap();
    c.write_file(tree, &format!("{name}:AFP_Resource"), b"a fork.").unwrap();
    let mut info = b"AFP\0\0\x01\0\0".to_vec();
    info.resize(16, 0);
    info.extend(*b"TEXTttxt\x04\x00");
    info.extend([0; 10]);
    info.extend([1, 2, 3, 4, 0x80, 0]);
    info.resize(60, 0);
    c.write_file(tree, &format!("{name}:AFP_AfpInfo"), &info).unwrap();
}

fn listed(c: &mut Connection, tree: Tree) -> Vec<(String, AppleEntry)> {
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    let body = QueryDirectoryRequest {
        file_information_class: 37,
        file_id: root.id,
        file_name: Utf16(&lanward_client::utf16("*")),
        output_buffer_length: 65_536,
        ..QueryDirectoryRequest::default()
    };
    let reply = c.call(&Request::new(Command::QUERY_DIRECTORY, root, &body).payload(65_536)).unwrap();
    let listing = reply.check(&[]).unwrap().decode::<QueryDirectoryResponse<'_>>().unwrap().output.to_vec();
    let mut entries = Vec::new();
    let mut at = 0;
    loop {
        let entry = &listing[at..];
        let word = |at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().unwrap()) as usize;
        let name = NtString::from_utf16le(&entry[104..104 + word(60)]).to_string_lossy();
        entries.push((name, AppleEntry::decode(&mut Reader::new(&entry[64..])).unwrap()));
        at += word(0);
        if word(0) == 0 {
            return entries;
        }
    }
}

#[test]
fn listings_tell_a_mac_what_it_would_open_every_file_for() {
    let folder = tempfile::tempdir().unwrap();
    for site in
        [Site::new().unwrap(), Plan::default().directory("data", folder.path()).unwrap().start().unwrap()]
    {
        let (mut c, tree) = mounted(true, &site);
        make_mac_file(&mut c, tree, "f");
        c.write_file(tree, "plain", b"").unwrap();
        let entries = listed(&mut c, tree);
        assert_eq!(entries.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>().len(), 4, "{entries:?}");
        let of = |name: &str| entries.iter().find(|(n, _)| n == name).unwrap().1;
        assert_eq!(of("f").resource_fork, 7);
        assert_eq!(&of("f").finder_info, b"TEXTttxt\x04\x00\x80\x00\x01\x02\x03\x04");
        assert_eq!(of("f").maximal_access, AccessMask::FILE_ALL_ACCESS);
        assert_eq!((of("plain").resource_fork, of("plain").finder_info), (0, [0; 16]));
        let denied = SecurityDescriptor { dacl: Some(Some(Acl::new(Vec::new()))), ..Default::default() };
        let file = c.create(tree, &Create::open("plain", AccessMask::WRITE_DAC)).unwrap().file;
        c.set_security(file, SecurityInformation::DACL, &denied.to_bytes()).unwrap();
        let entries = listed(&mut c, tree);
        let plain = entries.iter().find(|(n, _)| n == "plain").unwrap().1;
        assert!(!plain.maximal_access.contains(AccessMask::READ_DATA), "{plain:?}");
        let (mut other, tree) = mounted(false, &site);
        let usual = listed(&mut other, tree).into_iter().find(|(n, _)| n == "f").unwrap().1;
        assert_eq!((usual.maximal_access.bits(), usual.resource_fork), (0, 0), "EaSize and ShortName");
    }
}

#[test]
fn a_mac_copies_a_file_with_its_streams_in_one_request() {
    let site = Site::new().unwrap();
    let (mut c, tree) = mounted(true, &site);
    make_mac_file(&mut c, tree, "f");
    c.write_file(tree, "g", b"something longer").unwrap();
    let copy = |c: &mut Connection, tree| {
        let from = c.create(tree, &Create::open("f", AccessMask::READ_DATA)).unwrap().file;
        let both = AccessMask::READ_DATA | AccessMask::WRITE_DATA;
        let to = c.create(tree, &Create::open("g", both)).unwrap().file;
        let key = c.ioctl(from, CtlCode::SRV_REQUEST_RESUME_KEY, &[], 32).unwrap();
        let request = [&key[..24], &[0; 8]].concat();
        let copied = c.ioctl(to, CtlCode::SRV_COPYCHUNK, &request, 12);
        c.close(from).unwrap();
        c.close(to).unwrap();
        copied.unwrap()
    };
    let told = copy(&mut c, tree);
    assert_eq!(told[8..], (4 + 7 + 60u32).to_le_bytes());
    assert_eq!(c.read_file(tree, "g").unwrap(), b"data");
    assert_eq!(c.read_file(tree, "g:AFP_Resource").unwrap(), b"a fork.");
    assert_eq!(c.read_file(tree, "g:AFP_AfpInfo").unwrap().len(), 60);
    let (mut other, tree) = mounted(false, &site);
    other.write_file(tree, "g", b"mine").unwrap();
    assert_eq!(copy(&mut other, tree)[8..], [0; 4], "to others no chunks are nothing to copy");
    assert_eq!(other.read_file(tree, "g").unwrap(), b"mine");
}
