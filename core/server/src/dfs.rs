use crate::Server;
use crate::share::is_of_domain;
use lanward_nt::dfsc::{NameList, ReferralRequest, Referrals};
use lanward_nt::{NtStatus, NtString};

/// Seconds an answer may be kept.
const TIME_TO_LIVE: u32 = 300;
/// The newest answer there is.
const NEWEST: u16 = 4;
const BACKSLASH: u16 = 0x5c;

/// What a share that is the root of a distributed file system leads to ([MS-DFSC] 3.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsNamespace {
    /// Other servers' `\server\share` that are the same root; this server's own comes first.
    pub root_targets: Vec<NtString>,
    /// Parts of it that are elsewhere.
    pub links: Vec<DfsLink>,
}

/// A part of a namespace that is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DfsLink {
    /// Where in the share, without a backslash at either end.
    pub path: NtString,
    /// `\server\share\path`, the best first.
    pub targets: Vec<NtString>,
}

/// A domain whose controllers are known ([MS-DFSC] 3.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DfsDomain {
    /// Its short name.
    pub netbios_name: NtString,
    /// Its name in the DNS.
    pub dns_name: NtString,
    /// Its controllers, by their names in the DNS.
    pub controllers: Vec<NtString>,
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DfsAnswer {
    /// Where a root or a link is.
    Targets(Referrals),
    /// Domains, or the controllers of one.
    Names(NameList),
}

impl DfsAnswer {
    /// Its bytes, with as many entries as `limit` holds; `None` if that is not one.
    #[must_use]
    pub fn bytes_within(&self, limit: usize) -> Option<Vec<u8>> {
        match self {
            Self::Targets(referrals) => referrals.bytes_within(limit),
            Self::Names(names) => names.bytes_within(limit),
        }
    }
}

impl DfsNamespace {
    /// The link that a path in the share is or lies beneath, the one nearest to it.
    #[must_use]
    pub fn link_of(&self, path: &[u16]) -> Option<&DfsLink> {
        self.links
            .iter()
            .filter(|link| is_beneath(path, link.path.units()))
            .max_by_key(|link| link.path.units().len())
    }
}

impl DfsDomain {
    /// Whether a name means it; then whether it is the short one.
    fn is_called(&self, name: &NtString) -> Option<bool> {
        if name.eq_ignore_case(&self.netbios_name) {
            return Some(true);
        }
        name.eq_ignore_case(&self.dns_name).then_some(false)
    }

    /// Its controllers, each a backslash, its name in the form asked for and `behind`.
    fn controllers(&self, short: bool, behind: &[u16]) -> Vec<NtString> {
        const DOT: u16 = 0x2e;
        let name = |dc: &NtString| {
            let units = dc.units();
            let host = units.split(|u| *u == DOT).next().unwrap_or(units);
            let host = if short { NtString(host.to_vec()).to_uppercase().0 } else { units.to_vec() };
            NtString([&[BACKSLASH], &host[..], behind].concat())
        };
        self.controllers.iter().map(name).collect()
    }
}

impl Server {
    /// Whether there is anything of a distributed file system here ([MS-SMB2] IsDfsCapable).
    #[must_use]
    pub fn is_dfs_capable(&self) -> bool {
        !self.settings().dfs_domains.is_empty() || self.shares().iter().any(|share| share.dfs.is_some())
    }

    /// [MS-DFSC] 3.2.5 and 3.3.5: where a path leads; shares are found that `shows` lets be seen.
    ///
    /// # Errors
    /// NOT_FOUND, INVALID_PARAMETER, UNSUCCESSFUL.
    pub fn dfs_referral(
        &self,
        request: &ReferralRequest,
        shows: impl Fn(&NtString) -> bool,
    ) -> Result<DfsAnswer, NtStatus> {
        if request.max_level == 0 {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let units = request.path.units();
        let mut components = units.split(|u| *u == BACKSLASH).filter(|c| !c.is_empty());
        let first = components.next().map(|c| NtString(c.to_vec()));
        let second = components.next().map(|c| NtString(c.to_vec()));
        let domains = &self.settings().dfs_domains;
        let called = |name: &NtString| domains.iter().find_map(|d| d.is_called(name).map(|short| (d, short)));
        match (first, second) {
            (None, _) => domain_referral(domains, request),
            (Some(domain), None) => {
                controller_referral(called(&domain).ok_or(NtStatus::INVALID_PARAMETER)?, request)
            }
            (Some(server), Some(share)) => match called(&server) {
                Some(domain) if is_of_domain(&share) => {
                    if components.next().is_some() {
                        return Err(NtStatus::NOT_FOUND);
                    }
                    Ok(sysvol_referral(domain, &share, request))
                }
                _ => {
                    let found = self.find_share(&share).filter(|s| shows(&s.name));
                    let dfs = found.and_then(|s| s.dfs.clone()).ok_or(NtStatus::NOT_FOUND)?;
                    let rest: Vec<&[u16]> = components.collect();
                    Ok(share_referral(&dfs, &server, &share, &rest.join(&BACKSLASH), request))
                }
            },
        }
    }
}

/// [MS-DFSC] 3.3.5.2; not on a domain controller 3.2.5.2.
fn domain_referral(domains: &[DfsDomain], request: &ReferralRequest) -> Result<DfsAnswer, NtStatus> {
    if domains.is_empty() {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if request.max_level < 3 {
        return Err(NtStatus::UNSUCCESSFUL);
    }
    let named = |name: &NtString| (joined(&[name.units()]), Vec::new());
    let names = domains.iter().flat_map(|d| [named(&d.netbios_name), named(&d.dns_name)]).collect();
    Ok(DfsAnswer::Names(NameList { time_to_live: TIME_TO_LIVE, names }))
}

/// [MS-DFSC] 3.3.5.3
fn controller_referral(
    (domain, short): (&DfsDomain, bool),
    request: &ReferralRequest,
) -> Result<DfsAnswer, NtStatus> {
    if request.max_level < 3 {
        return Err(NtStatus::UNSUCCESSFUL);
    }
    let name = if short { &domain.netbios_name } else { &domain.dns_name };
    let names = vec![(joined(&[name.units()]), domain.controllers(short, &[]))];
    Ok(DfsAnswer::Names(NameList { time_to_live: TIME_TO_LIVE, names }))
}

/// [MS-DFSC] 3.3.5.4
fn sysvol_referral(
    (domain, short): (&DfsDomain, bool),
    share: &NtString,
    request: &ReferralRequest,
) -> DfsAnswer {
    let behind = joined(&[share.units()]);
    DfsAnswer::Targets(Referrals {
        version: request.max_level.min(NEWEST),
        prefix: request.path.clone(),
        root: false,
        storage: true,
        time_to_live: TIME_TO_LIVE,
        targets: domain.controllers(short, behind.units()),
    })
}

/// [MS-DFSC] 3.2.5.5
fn share_referral(
    dfs: &DfsNamespace,
    server: &NtString,
    share: &NtString,
    path: &[u16],
    request: &ReferralRequest,
) -> DfsAnswer {
    let root = joined(&[server.units(), share.units()]);
    let link = dfs.link_of(path);
    let (prefix, targets) = match link {
        Some(link) => (joined(&[server.units(), share.units(), link.path.units()]), link.targets.clone()),
        // The server by the name the client has for it, so that it is reached where it was.
        None => (root.clone(), std::iter::once(root).chain(dfs.root_targets.iter().cloned()).collect()),
    };
    DfsAnswer::Targets(Referrals {
        version: request.max_level.min(NEWEST),
        prefix,
        root: link.is_none(),
        storage: true,
        time_to_live: TIME_TO_LIVE,
        targets,
    })
}

/// Components, each behind a backslash.
fn joined(components: &[&[u16]]) -> NtString {
    NtString(components.iter().flat_map(|c| std::iter::once(BACKSLASH).chain(c.iter().copied())).collect())
}

/// Whether a path is `above` or lies beneath it, without regard to case.
fn is_beneath(path: &[u16], above: &[u16]) -> bool {
    let Some((start, rest)) = path.split_at_checked(above.len()) else { return false };
    let same = NtString(start.to_vec()).eq_ignore_case(&NtString(above.to_vec()));
    same && !above.is_empty() && matches!(rest.first(), None | Some(&BACKSLASH))
}
