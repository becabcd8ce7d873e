//! What is demanded of some users, wherever they come from (behaviour 3.8).

use crate::support::refused;
use lanward_client::{Create, Options, smb1};
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::{Demand, Entry, Event, Floor, Settings, Weakness, Zone};
use lanward_smb2::Dialect;
use lanward_smb2::messages::SecurityMode;
use lanward_testsuite::{ALICE, Plan, ROOT, Site};
use std::time::Duration;

fn set(site: &Site, demand: Demand) {
    let floor = Floor { name: "managers".into(), users: vec!["Alice".into()], groups: Vec::new(), demand };
    let settings = Settings::clone(&site.server.settings());
    site.server.replace_settings(Settings { floors: vec![floor], ..settings });
}

fn plain(dialect: Dialect) -> Options {
    Options { verify: false, ..Options::only(dialect) }
}

#[test]
fn whoever_has_a_floor_comes_in_above_it_only_and_others_as_before() {
    let site = Site::new().unwrap();
    site.server.attend_events(true);
    set(&site, Demand { min_dialect: 0x0300, ..Demand::default() });
    for dialect in Dialect::ALL {
        let outcome = site.alice(plain(dialect));
        if dialect.is_smb3() {
            outcome.unwrap();
        } else {
            assert_eq!(refused(outcome), NtStatus::ACCESS_DENIED, "{dialect}");
        }
        let mut c = site.connect(plain(dialect)).unwrap();
        c.login(ROOT.0, ROOT.1).unwrap();
    }
    let why = site.server.take_events(Duration::ZERO).into_iter().find_map(|record| match record.entry {
        Entry::Happened(Event::LogonRefused { claimed: Some(claimed), why, .. }) => Some((claimed, why)),
        _ => None,
    });
    let (claimed, why) = why.expect("an event tells it");
    assert!(claimed.ends_with("alice") && why.contains("floor"), "{claimed}: {why}");
}

#[test]
fn what_a_floor_demands_is_kept_from_the_first_request_on() {
    let site = Site::new().unwrap();
    set(&site, Demand { encryption: true, ..Demand::default() });
    for dialect in Dialect::ALL {
        match site.alice(plain(dialect)) {
            Ok((mut c, tree)) => {
                assert!(dialect.is_smb3());
                c.write_file(tree, "sealed", b"x").unwrap();
                let sessions = site.server.sessions();
                assert!(sessions.iter().all(|session| session.protection().encrypted), "{dialect}");
            }
            Err(error) => {
                assert_eq!((error.status(), dialect.is_smb3()), (Some(NtStatus::ACCESS_DENIED), false));
            }
        }
        site.settles().unwrap();
    }
    set(&site, Demand { signing: true, ..Demand::default() });
    for dialect in Dialect::ALL {
        // Who is told signs.
        let write = |(mut c, tree): (lanward_client::Connection, _)| c.write_file(tree, "signed", b"x");
        site.change_zone(|zone| zone.guest_allowed = false);
        site.alice(plain(dialect)).and_then(write).unwrap();
        site.change_zone(|zone| zone.guest_allowed = true);
        assert_eq!(refused(site.alice(plain(dialect)).and_then(write)), NtStatus::ACCESS_DENIED, "{dialect}");
        let (mut c, tree) = site.alice(plain(dialect).signed()).unwrap();
        c.write_file(tree, "signed", b"x").unwrap();
    }
}

#[test]
fn clients_are_told_to_sign_where_a_floor_may_demand_it() {
    let told = |site: &Site| {
        let smb2 = site.connect(Options::default()).unwrap().negotiated().security_mode;
        let smb1 = site.connect_smb1(smb1::Options::default()).unwrap().negotiated().security_mode;
        let required = smb1.contains(lanward_smb1::messages::SecurityMode::SIGNATURES_REQUIRED);
        assert_eq!(smb2.contains(SecurityMode::SIGNING_REQUIRED), required);
        required
    };
    let site = Plan::default().smb1().start().unwrap();
    assert!(!told(&site));
    set(&site, Demand { encryption: true, ..Demand::default() });
    assert!(!told(&site));
    set(&site, Demand { signing: true, ..Demand::default() });
    assert!(told(&site));
    // Nobody who has no floor is held to it.
    let mut c = site.connect(plain(Dialect::V3_0)).unwrap();
    let session = c.login(ROOT.0, ROOT.1).unwrap();
    let tree = c.tree_connect(session, "data").unwrap();
    c.write_file(tree, "plain", b"x").unwrap();
    // Clients that were told so would take no session of a guest.
    for open in [|zone: &mut Zone| zone.guest_allowed = true, |zone: &mut Zone| zone.anonymous_allowed = true]
    {
        site.change_zone(open);
        assert!(!told(&site));
        site.change_zone(|zone| (zone.guest_allowed, zone.anonymous_allowed) = (false, false));
    }
    assert!(told(&site));
}

#[test]
fn a_floor_that_is_raised_binds_the_sessions_that_are_there() {
    let site = Site::new().unwrap();
    let demands = [
        Demand { min_dialect: 0x0311, ..Demand::default() },
        Demand { signing: true, ..Demand::default() },
        Demand { encryption: true, ..Demand::default() },
    ];
    for demand in demands {
        set(&site, Demand::default());
        let (mut c, tree) = site.alice(plain(Dialect::V3_0)).unwrap();
        let open = Create::open("", AccessMask::READ_ATTRIBUTES);
        c.create(tree, &open).unwrap();
        set(&site, demand);
        assert_eq!(refused(c.create(tree, &open)), NtStatus::ACCESS_DENIED, "{demand:?}");
        set(&site, Demand::default());
        c.create(tree, &open).unwrap();
    }
}

#[test]
fn smb1_is_below_every_floor_of_smb2() {
    let site = Plan::default().smb1().start().unwrap();
    let log_on = |signing| {
        let mut c = site.connect_smb1(smb1::Options::default().signing(signing)).unwrap();
        let session = c.login(ALICE.0, ALICE.1)?;
        let tree = c.tree_connect(&session, "data")?;
        Ok::<_, lanward_client::Error>((c, tree))
    };
    let (mut there, tree) = log_on(smb1::Signing::Disabled).unwrap();
    there.write_file(tree, "\\a", b"a").unwrap();
    for demand in [
        Demand { min_dialect: 0x0202, ..Demand::default() },
        Demand { encryption: true, ..Demand::default() },
    ] {
        set(&site, demand);
        assert_eq!(refused(log_on(smb1::Signing::Required)), NtStatus::ACCESS_DENIED, "{demand:?}");
        assert_eq!(refused(there.read_file(tree, "\\a")), NtStatus::ACCESS_DENIED, "{demand:?}");
    }
    set(&site, Demand { signing: true, ..Demand::default() });
    assert_eq!(refused(there.read_file(tree, "\\a")), NtStatus::ACCESS_DENIED);
    log_on(smb1::Signing::Required).unwrap();
}

/// Behaviour 3.10: whoever administers the server is told.
#[test]
fn what_sessions_lack_is_counted_and_told_once_for_each() {
    let site = Plan::default().smb1().zone(|zone| zone.anonymous_allowed = true).start().unwrap();
    site.server.attend_events(true);
    let told = |weaknesses: &[Weakness]| {
        let records = site.server.take_events(Duration::ZERO).into_iter();
        let all: Vec<_> = records
            .filter_map(|record| match record.entry {
                Entry::Happened(Event::WeakSession { weaknesses, .. }) => Some(weaknesses),
                _ => None,
            })
            .flatten()
            .collect();
        assert_eq!(all, weaknesses);
    };
    let good = site.alice(Options::only(Dialect::V3_1_1).signed()).unwrap();
    told(&[]);
    let sealed = site.alice(Options::only(Dialect::V3_0)).unwrap();
    told(&[Weakness::Unsigned]);
    let old = site.alice(Options::only(Dialect::V2_0_2).signed()).unwrap();
    told(&[Weakness::OldDialect]);
    let mut nobody = site.connect(plain(Dialect::V3_0)).unwrap();
    nobody.login_anonymous().unwrap();
    told(&[Weakness::NullSession]);
    let smb1 = site.alice_smb1(smb1::Options::default().signing(smb1::Signing::Disabled)).unwrap();
    told(&[Weakness::Smb1, Weakness::Unsigned]);
    drop((good, sealed, old, nobody, smb1));
    site.settles().unwrap();
    let counted: Vec<_> = site.server.weak_sessions().into_iter().collect();
    assert_eq!(counted, [("null-session", 1), ("old-dialect", 1), ("smb1", 1), ("unsigned", 2)]);
}
