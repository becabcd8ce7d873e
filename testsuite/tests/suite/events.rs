//! What is told of opens: as a share's configuration asks, and as descriptors do ([MS-DTYP] 2.4.4.10).

use crate::support::refused;
use lanward_client::{Create, Options};
use lanward_fsa::FileSystem;
use lanward_nt::security::{Ace, AceType, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask as M, FileTime, NtStatus, Sid};
use lanward_server::{Audit, Entry, Event, ShareDefinition};
use lanward_smb2::messages::SecurityInformation as Info;
use lanward_testsuite::{ALICE, Plan, ROOT, Site};
use lanward_vfs::MemVolume;
use lanward_wire::Encode as _;
use std::time::Duration;

/// What was told of opens: whose, of what, and what came of it.
fn opens(site: &Site) -> Vec<(String, String, NtStatus)> {
    let records = site.server.take_events(Duration::ZERO).into_iter();
    records
        .filter_map(|record| match record.entry {
            Entry::Happened(Event::Opened { who, path, status, .. }) => {
                Some((who.user.to_string_lossy(), path.to_string_lossy(), status))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_share_tells_the_opens_its_configuration_names() {
    let disk = ShareDefinition::disk("data", FileSystem::new(MemVolume::new(FileTime::default)), "data");
    let share = ShareDefinition { audit: Audit::WRITES | Audit::REFUSALS, ..disk };
    let site = Plan::default().define(share).start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "before", b"untold").unwrap();
    site.server.attend_events(true);
    c.write_file(tree, "new", b"told").unwrap();
    c.read_file(tree, "new").unwrap();
    let missing = Create::open("missing", M::READ_DATA);
    assert_eq!(refused(c.create(tree, &missing)), NtStatus::OBJECT_NAME_NOT_FOUND);
    let told = |path: &str, status| (ALICE.0.to_owned(), path.to_owned(), status);
    assert_eq!(
        opens(&site),
        [told("new", NtStatus::SUCCESS), told("missing", NtStatus::OBJECT_NAME_NOT_FOUND)]
    );
}

#[test]
fn a_descriptor_tells_the_opens_its_audit_entries_name() {
    let site = Site::new().unwrap();
    let mut root = site.connect(Options::default()).unwrap();
    let session = root.login(ROOT.0, ROOT.1).unwrap();
    let root_tree = root.tree_connect(session, "data").unwrap();
    root.write_file(root_tree, "watched", b"x").unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let all = M::WRITE_DAC | M::ACCESS_SYSTEM_SECURITY;
    let file = root.create(root_tree, &Create::open("watched", all)).unwrap().file;
    let audit = |mask, flags| Ace { kind: AceType::SYSTEM_AUDIT, ..Ace::allow(Sid::everyone(), mask, flags) };
    let descriptor = SecurityDescriptor {
        dacl: Some(Some(Acl::new(vec![Ace::allow(Sid::everyone(), M::FILE_GENERIC_READ, 0)]))),
        sacl: Some(Some(Acl::new(vec![
            audit(M::READ_DATA, Ace::SUCCESSFUL_ACCESS),
            audit(M::FILE_GENERIC_WRITE, Ace::FAILED_ACCESS),
        ]))),
        ..SecurityDescriptor::default()
    };
    root.set_security(file, Info::DACL | Info::SACL, &descriptor.to_bytes()).unwrap();
    root.close(file).unwrap();
    site.server.attend_events(true);
    let told = |status| (ALICE.0.to_owned(), "watched".to_owned(), status);
    for (access, expected) in [
        (M::READ_DATA, vec![told(NtStatus::SUCCESS)]),
        (M::READ_ATTRIBUTES, vec![]),
        (M::WRITE_DATA, vec![told(NtStatus::ACCESS_DENIED)]),
        (M::DELETE, vec![]),
        (M::MAXIMUM_ALLOWED, vec![told(NtStatus::SUCCESS)]),
    ] {
        let outcome = c.create(tree, &Create::open("watched", access));
        assert_eq!(opens(&site), expected, "{access:?}: {outcome:?}");
    }
}
