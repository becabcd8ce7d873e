//! Apple's extensions, as a Mac asks for them when it mounts a share.

use lanward_client::{Connection, Create, Options};
use lanward_nt::AccessMask;
use lanward_smb2::messages::{
    AaplQuery, AaplRequest, AaplResponse, AaplVolumeCapabilities, CreateContextList, CreateContexts,
    CreateRequestContext, CreateResponseContext,
};
use lanward_testsuite::Plan;
use lanward_wire::{Decode, Encode, Reader, Writer};

fn asking(query: AaplQuery) -> CreateContextList {
    let mut data = Vec::new();
    AaplRequest { query, client_capabilities: 7 }.encode(&mut Writer::new(&mut data));
    let mut contexts = CreateContextList::new();
    contexts.push_request(&CreateRequestContext::Aapl(&data));
    contexts
}

#[test]
fn a_mac_is_told_what_it_asks_for() {
    let site = Plan::default().start().unwrap();
    let mut c = Connection::connect(site.address, Options::default()).unwrap();
    let session = c.login("alice", "Secret007").unwrap();
    let tree = c.tree_connect(session, "data").unwrap();
    let mut told = |contexts: &CreateContextList| -> Option<AaplResponse> {
        let open = Create { contexts: contexts.contexts(), ..Create::open("", AccessMask::READ_ATTRIBUTES) };
        let created = c.create(tree, &open).unwrap();
        let answers = CreateContexts::new(&created.contexts).unwrap();
        answers.responses().find_map(|a| match a.unwrap() {
            CreateResponseContext::Aapl(data) => Some(AaplResponse::decode(&mut Reader::new(data)).unwrap()),
            _ => None,
        })
    };
    let all = told(&asking(AaplQuery::all())).unwrap();
    assert_eq!(all.server_capabilities, Some(0));
    assert_eq!(all.volume_capabilities, Some(AaplVolumeCapabilities::FULL_SYNC));
    assert!(all.model.is_some_and(|m| !m.units().is_empty()));
    let model = told(&asking(AaplQuery::MODEL)).unwrap();
    assert!(
        model.server_capabilities.is_none() && model.volume_capabilities.is_none() && model.model.is_some()
    );
    let mut bad = CreateContextList::new();
    bad.push_request(&CreateRequestContext::Aapl(&[9; 3]));
    assert_eq!(told(&bad), None, "a question nobody understands harms nothing");
    assert_eq!(told(&CreateContextList::new()), None);
}
