//! A client that closes a connection and goes on over another at once: what the first had open is in its way no more, whichever of the two
//! the server hears first.

use lanward_client::{Connection, Create, Options, Tree, contexts};
use lanward_nt::{AccessMask, Guid, ShareAccess};
use lanward_smb2::messages::{CreateAction, CreateDisposition, CreateRequestContext};
use lanward_testsuite::{Plan, Site};

/// Two connections of one client, on a server that hears both at once.
fn two(site: &Site) -> [(Connection, Tree); 2] {
    let options = Options { client_guid: Some(Guid([0xc1; 16])), ..Options::default() };
    [(); 2].map(|()| site.alice(options.clone()).unwrap())
}

fn site() -> Site {
    Plan { workers: 2, ..Plan::default() }.start().unwrap()
}

#[test]
fn a_name_that_goes_with_a_closed_connection_is_free() {
    let site = site();
    for turn in 0..60 {
        let [(mut c, tree), (mut d, other)] = two(&site);
        let access = AccessMask::GENERIC_READ | AccessMask::DELETE;
        let new = Create::open("f", access).disposition(CreateDisposition::CREATE);
        let file = c.create(tree, &new).unwrap().file;
        c.set_delete(file, true).unwrap();
        drop(c);
        let again = d.create(other, &new).unwrap_or_else(|refused| panic!("turn {turn}: {refused}"));
        assert_eq!(again.action, CreateAction::CREATED);
        d.set_delete(again.file, true).unwrap();
        d.close(again.file).unwrap();
    }
}

#[test]
fn an_open_of_a_closed_connection_waits_for_its_client() {
    let site = site();
    for turn in 0..60 {
        let [(mut c, tree), (mut d, other)] = two(&site);
        let alone = Create::open("f", AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE)
            .disposition(CreateDisposition::OPEN_IF)
            .share(ShareAccess::empty());
        let file = c.create(tree, &alone).unwrap().file;
        c.request_resiliency(file, 60_000).unwrap();
        drop(c);
        let list = contexts(&[CreateRequestContext::DurableHandleReconnect(file.id)]);
        let back = d.create(other, &Create::open("", AccessMask::empty()).contexts(&list));
        let back = back.unwrap_or_else(|refused| panic!("turn {turn}: {refused}"));
        d.close(back.file).unwrap();
    }
}
