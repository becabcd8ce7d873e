//! Names of SIDs and SIDs of names ([MS-LSAT] 3.1.1.1): well-known ones, BUILTIN, and the server's own accounts.

use lanward_nt::{NtString, Sid};
use lanward_server::{AliasDomain, Directory, Principal, RID_GUEST, Server};
use std::sync::Arc;

/// [MS-LSAT] 2.2.13 SID_NAME_USE
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameUse {
    User = 1,
    Group = 2,
    Domain = 3,
    Alias = 4,
    WellKnownGroup = 5,
    Unknown = 8,
}

/// Somebody who has a name and a SID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub sid: Sid,
    pub name: NtString,
    pub kind: NameUse,
    pub domain: Domain,
}

/// Where a name belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain {
    pub sid: Sid,
    pub name: NtString,
}

/// What the SIDs of [MS-DTYP] 2.4.2.4 are called: identifier authority, sub-authority, name.
const WELL_KNOWN: [(u64, u32, &str); 28] = [
    (0, 0, "NULL SID"),
    (1, 0, "Everyone"),
    (2, 0, "LOCAL"),
    (2, 1, "CONSOLE LOGON"),
    (3, 0, "CREATOR OWNER"),
    (3, 1, "CREATOR GROUP"),
    (3, 2, "CREATOR OWNER SERVER"),
    (3, 3, "CREATOR GROUP SERVER"),
    (3, 4, "OWNER RIGHTS"),
    (5, 1, "DIALUP"),
    (5, 2, "NETWORK"),
    (5, 3, "BATCH"),
    (5, 4, "INTERACTIVE"),
    (5, 6, "SERVICE"),
    (5, 7, "ANONYMOUS LOGON"),
    (5, 8, "PROXY"),
    (5, 9, "ENTERPRISE DOMAIN CONTROLLERS"),
    (5, 10, "SELF"),
    (5, 11, "Authenticated Users"),
    (5, 12, "RESTRICTED"),
    (5, 13, "TERMINAL SERVER USER"),
    (5, 14, "REMOTE INTERACTIVE LOGON"),
    (5, 15, "This Organization"),
    (5, 17, "IUSR"),
    (5, 18, "SYSTEM"),
    (5, 19, "LOCAL SERVICE"),
    (5, 20, "NETWORK SERVICE"),
    (5, 1000, "Other Organization"),
];

const NT_AUTHORITY: u64 = 5;

/// Names and SIDs at one moment.
pub(crate) struct Names {
    directory: Arc<Directory>,
    account_domain: Domain,
}

impl Names {
    pub(crate) fn of(server: &Server) -> Self {
        let directory = server.accounts().directory();
        let account_domain =
            Domain { sid: directory.domain().clone(), name: server.identity().name.as_str().into() };
        Self { directory, account_domain }
    }

    /// Whose a SID is.
    pub(crate) fn of_sid(&self, sid: &Sid) -> Option<Named> {
        self.domain_of_sid(sid).or_else(|| well_known_sid(sid)).or_else(|| {
            let domain = self.domain_with(sid)?;
            let rid = *sid.sub_authorities().last()?;
            if domain == self.account_domain {
                return self.account(rid);
            }
            let alias = self.directory.alias(AliasDomain::Builtin, rid)?;
            Some(Named { sid: sid.clone(), name: alias.name.clone(), kind: NameUse::Alias, domain })
        })
    }

    /// The domain a SID would be in, were it anybody's.
    pub(crate) fn domain_with(&self, sid: &Sid) -> Option<Domain> {
        [self.account_domain.clone(), builtin()].into_iter().find(|domain| domain.sid.rid_of(sid).is_some())
    }

    /// Somebody in the account domain.
    pub(crate) fn account(&self, rid: u32) -> Option<Named> {
        let domain = self.account_domain.clone();
        let sid = domain.sid.child(rid);
        let Some(principal) = self.directory.principal(rid) else {
            let guest = (rid == RID_GUEST).then(|| "Guest".into())?;
            return Some(Named { sid, name: guest, kind: NameUse::User, domain });
        };
        let name = self.directory.name_of(principal)?.clone();
        Some(Named { sid, name, kind: name_use(principal), domain })
    }

    fn domain_of_sid(&self, sid: &Sid) -> Option<Named> {
        let domains = [self.account_domain.clone(), builtin(), nt_authority()];
        let domain = domains.into_iter().find(|domain| domain.sid == *sid)?;
        Some(Named { sid: sid.clone(), name: domain.name.clone(), kind: NameUse::Domain, domain })
    }

    /// Whose a name is: `DOMAIN\name`, `name@domain`, or a name alone, which is looked for among the well-known ones, the domains, in BUILTIN and among
    /// the accounts, in this order. No name at all is BUILTIN's.
    pub(crate) fn of_name(&self, name: &NtString) -> Option<Named> {
        let text = name.to_string_lossy();
        if text.is_empty() {
            return self.domain_named("BUILTIN");
        }
        if let Some((domain, bare)) = text.split_once('\\') {
            return if bare.is_empty() { self.domain_named(domain) } else { self.in_domain(domain, bare) };
        }
        if let Some((bare, domain)) = text.split_once('@') {
            return self.in_domain(domain, bare);
        }
        well_known_name(None, &text)
            .or_else(|| self.domain_named(&text))
            .or_else(|| self.in_builtin(name))
            .or_else(|| self.in_accounts(name))
    }

    fn domain_named(&self, name: &str) -> Option<Named> {
        let domains = [self.account_domain.clone(), builtin(), nt_authority()];
        let domain = domains.into_iter().find(|domain| domain.name.eq_ignore_case(&name.into()))?;
        Some(Named { sid: domain.sid.clone(), name: domain.name.clone(), kind: NameUse::Domain, domain })
    }

    fn in_domain(&self, domain: &str, name: &str) -> Option<Named> {
        if self.account_domain.name.eq_ignore_case(&domain.into()) {
            return self.in_accounts(&name.into());
        }
        if domain.eq_ignore_ascii_case("BUILTIN") {
            return self.in_builtin(&name.into());
        }
        well_known_name(Some(domain), name)
    }

    fn in_builtin(&self, name: &NtString) -> Option<Named> {
        let alias = self.directory.alias_named(AliasDomain::Builtin, name)?;
        let domain = builtin();
        let sid = domain.sid.child(alias.rid);
        Some(Named { sid, name: alias.name.clone(), kind: NameUse::Alias, domain })
    }

    fn in_accounts(&self, name: &NtString) -> Option<Named> {
        match self.directory.find(name) {
            Some(principal) => self.account(principal.rid()),
            None if name.eq_ignore_case(&"Guest".into()) => self.account(RID_GUEST),
            None => None,
        }
    }
}

pub(crate) const fn name_use(principal: Principal) -> NameUse {
    match principal {
        Principal::User(_) => NameUse::User,
        Principal::Group(_) => NameUse::Group,
        Principal::Alias(_) => NameUse::Alias,
    }
}

pub(crate) fn builtin() -> Domain {
    Domain { sid: Sid::new(5, &[32]), name: "BUILTIN".into() }
}

fn nt_authority() -> Domain {
    Domain { sid: Sid::new(NT_AUTHORITY, &[]), name: "NT AUTHORITY".into() }
}

/// The domain of a well-known SID; those outside NT AUTHORITY have one without a name.
fn well_known_domain(authority: u64) -> Domain {
    if authority == NT_AUTHORITY {
        return nt_authority();
    }
    Domain { sid: Sid::new(authority, &[]), name: NtString::default() }
}

fn well_known((authority, sub_authority, name): (u64, u32, &str)) -> Named {
    let sid = Sid::new(authority, &[sub_authority]);
    Named { sid, name: name.into(), kind: NameUse::WellKnownGroup, domain: well_known_domain(authority) }
}

fn well_known_sid(sid: &Sid) -> Option<Named> {
    let [sub_authority] = sid.sub_authorities() else { return None };
    let known =
        |(authority, sub, _): &&(u64, u32, &str)| *authority == sid.authority() && sub == sub_authority;
    WELL_KNOWN.iter().find(known).copied().map(well_known)
}

fn well_known_name(domain: Option<&str>, name: &str) -> Option<Named> {
    let there = |(authority, ..): &&(u64, u32, &str)| {
        let domain_name = well_known_domain(*authority).name.to_string_lossy();
        domain.is_none_or(|domain| domain.eq_ignore_ascii_case(&domain_name))
    };
    let found = WELL_KNOWN.iter().filter(there).find(|(.., known)| known.eq_ignore_ascii_case(name));
    found.copied().map(well_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_server::AccountBook;

    fn names(edit: impl FnOnce(&mut lanward_server::Draft)) -> Names {
        let book = AccountBook::transient("HERE", Sid::new(5, &[21, 1, 2, 3]));
        book.change(|draft| {
            edit(draft);
            Ok(())
        })
        .unwrap();
        let directory = book.directory();
        let account_domain = Domain { sid: directory.domain().clone(), name: "HERE".into() };
        Names { directory, account_domain }
    }

    #[test]
    fn whoever_has_a_name_is_found_by_all_its_forms() {
        let names = names(|draft| {
            draft.add_user("ann".into()).unwrap();
            draft.add_group("staff".into()).unwrap();
            draft.add_alias("locals".into()).unwrap();
        });
        for (form, sid, kind) in [
            ("ann", "S-1-5-21-1-2-3-1000", NameUse::User),
            ("HERE\\Ann", "S-1-5-21-1-2-3-1000", NameUse::User),
            ("ann@here", "S-1-5-21-1-2-3-1000", NameUse::User),
            ("staff", "S-1-5-21-1-2-3-1001", NameUse::Group),
            ("locals", "S-1-5-21-1-2-3-1002", NameUse::Alias),
            ("none", "S-1-5-21-1-2-3-513", NameUse::Group),
            ("guest", "S-1-5-21-1-2-3-501", NameUse::User),
            ("Administrators", "S-1-5-32-544", NameUse::Alias),
            ("BUILTIN\\users", "S-1-5-32-545", NameUse::Alias),
            ("builtin", "S-1-5-32", NameUse::Domain),
            ("", "S-1-5-32", NameUse::Domain),
            ("HERE", "S-1-5-21-1-2-3", NameUse::Domain),
            ("everyone", "S-1-1-0", NameUse::WellKnownGroup),
            ("nt authority\\system", "S-1-5-18", NameUse::WellKnownGroup),
        ] {
            let named = names.of_name(&form.into()).unwrap_or_else(|| panic!("{form} is known"));
            assert_eq!((named.sid.to_string().as_str(), named.kind), (sid, kind), "{form}");
        }
        for form in ["eve", "ELSE\\ann", "HERE\\Everyone", "BUILTIN\\ann", "ann@else", "\\", "@"] {
            assert_eq!(names.of_name(&form.into()), None, "{form}");
        }
        assert_eq!(names.of_sid(&Sid::new(5, &[21, 1, 2, 3, 9])), None);
    }

    proptest::proptest! {
        /// A name leads to a SID that leads to the same name, qualified or not.
        #[test]
        fn names_and_sids_are_of_each_other(added in proptest::collection::btree_set("[a-z]{1,8}", 0..12)) {
            let names = names(|draft| {
                for (n, name) in added.iter().enumerate() {
                    // Some are well known, and somebody has those names already.
                    let _taken = match n % 3 {
                        0 => draft.add_user(name.as_str().into()),
                        1 => draft.add_group(name.as_str().into()),
                        _ => draft.add_alias(name.as_str().into()),
                    };
                }
            });
            let all = names.directory.names().map(|(_, principal)| names.directory.domain().child(principal.rid()));
            let all = all.chain(WELL_KNOWN.map(|known| well_known(known).sid)).chain([Sid::administrators()]);
            for sid in all {
                let named = names.of_sid(&sid).unwrap();
                proptest::prop_assert_eq!(&named.sid, &sid);
                let qualified = format!("{}\\{}", named.domain.name, named.name);
                let back = names.of_name(&qualified.as_str().into()).unwrap();
                proptest::prop_assert_eq!(back, named);
            }
        }
    }
}
