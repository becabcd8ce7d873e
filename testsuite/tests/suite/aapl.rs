//! Apple's extensions, as a Mac asks for them when it mounts a share.

use lanward_client::{Connection, Create, Options};
use lanward_fsa::{FileRules, FileSystem, TimeMachine};
use lanward_nt::{AccessMask, FileTime};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::{
    AaplQuery, AaplRequest, AaplResponse, AaplVolumeCapabilities, CreateContextList, CreateContexts,
    CreateRequestContext, CreateResponseContext,
};
use lanward_testsuite::Plan;
use lanward_vfs::MemVolume;
use lanward_wire::{Decode, Encode, Reader, Writer};
use std::sync::Arc;

fn asking(query: AaplQuery) -> CreateContextList {
    let mut data = Vec::new();
    AaplRequest { query, client_capabilities: 7 }.encode(&mut Writer::new(&mut data));
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
    assert_eq!(all.server_capabilities, Some(0));
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
