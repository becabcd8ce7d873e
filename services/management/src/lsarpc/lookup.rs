use super::objects::{LOOKUP_NAMES, policy};
use crate::call::Call;
use crate::names::{Domain, NameUse, Named, Names};
use crate::operations::Refusal;
use lanward_nt::{NtStatus, NtString, Sid};
use lanward_rpc::lsarpc::{
    GetUserNameRequest, GetUserNameResponse, LookupNames2Request, LookupNames2Response, LookupNames3Request,
    LookupNames3Response, LookupNames4Request, LookupNames4Response, LookupNamesRequest, LookupNamesResponse,
    LookupSids2Request, LookupSids2Response, LookupSids3Request, LookupSids3Response, LookupSidsRequest,
    LookupSidsResponse, ReferencedDomains, SidInformation, TranslatedName, TranslatedNameEx, TranslatedSid,
    TranslatedSidEx, TranslatedSidEx2, TrustInformation,
};
use lanward_rpc::{ContextHandle, Counted, Enumeration, Text};
use lanward_server::{Act, UserKind};

/// Most names of one call ([MS-LSAT] 3.1.4.5).
const MOST_NAMES: usize = 1_000;

/// Most SIDs of one call ([MS-LSAT] 2.2.18).
const MOST_SIDS: usize = 20_480;

/// The index of no domain.
const NO_DOMAIN: u32 = u32::MAX;

/// LsapLookupWksta, which looks everywhere.
const WKSTA: u16 = 1;

/// LsapLookupRODCReferralToFullDC, the last of the levels.
const LAST_LEVEL: u16 = 7;

/// What was found so far: domains without repetition, and how many were found.
#[derive(Default)]
struct Found {
    domains: Vec<Domain>,
    mapped: u32,
}

impl Found {
    fn domain(&mut self, domain: Domain) -> u32 {
        let at = self.domains.iter().position(|known| *known == domain).unwrap_or_else(|| {
            self.domains.push(domain);
            self.domains.len() - 1
        });
        u32::try_from(at).unwrap_or(NO_DOMAIN)
    }

    fn status(&self, asked: usize) -> NtStatus {
        match usize::try_from(self.mapped) {
            Ok(mapped) if mapped == asked => NtStatus::SUCCESS,
            Ok(0) => NtStatus::NONE_MAPPED,
            _ => NtStatus::SOME_NOT_MAPPED,
        }
    }

    fn referenced(self) -> Option<ReferencedDomains> {
        /// What Windows puts there: how many there is room for.
        const ROOM: u32 = 32;
        let information =
            |domain: Domain| TrustInformation { name: domain.name.into(), sid: Some(domain.sid) };
        let domains: Vec<_> = self.domains.into_iter().map(information).collect();
        let entries = u32::try_from(domains.len()).unwrap_or(u32::MAX);
        let domains = (entries > 0).then_some(domains);
        Some(ReferencedDomains { entries, domains, maximum: entries.max(ROOM) })
    }
}

/// A handle that may look up, and a level there is.
fn check(call: &Call<'_>, handle: &ContextHandle, level: Enumeration) -> Result<(), Refusal> {
    policy(call, handle, LOOKUP_NAMES)?;
    if !(WKSTA..=LAST_LEVEL).contains(&level.0) {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Ok(())
}

/// Whether a level looks where this name or SID is ([MS-LSAT] 2.2.16): those that are for controllers look at accounts only.
fn is_in_view(level: Enumeration, named: &Named, account_domain: &Sid) -> bool {
    level.0 == WKSTA || named.domain.sid == *account_domain
}

/// A name that was looked up: whose it is and where the domain is among those found.
struct FoundName {
    named: Option<Named>,
    domain: u32,
}

fn find_names(
    call: &Call<'_>,
    count: u32,
    texts: &[Text],
    level: Enumeration,
) -> Result<(Found, Vec<FoundName>), Refusal> {
    if usize::try_from(count) != Ok(texts.len()) || texts.len() > MOST_NAMES {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let server = &call.caller.server;
    let names = Names::of(server);
    let mut found = Found::default();
    let mut find = |text: &Text| {
        let named = names.of_name(&text.string()).filter(|n| is_in_view(level, n, &server.identity().sid));
        let domain = named.as_ref().map_or(NO_DOMAIN, |named| found.domain(named.domain.clone()));
        found.mapped += u32::from(named.is_some());
        FoundName { named, domain }
    };
    let all = texts.iter().map(&mut find).collect();
    Ok((found, all))
}

fn kind(named: Option<&Named>) -> Enumeration {
    Enumeration(named.map_or(NameUse::Unknown, |named| named.kind) as u16)
}

/// The relative identifier; a domain has none.
fn rid(named: Option<&Named>) -> u32 {
    let named = named.filter(|named| named.kind != NameUse::Domain);
    named.and_then(|named| named.sid.sub_authorities().last()).copied().unwrap_or(u32::MAX)
}

/// [MS-LSAT] 3.1.4.8 LsarLookupNames
pub(super) fn names(call: &Call<'_>, request: LookupNamesRequest) -> Result<LookupNamesResponse, Refusal> {
    check(call, &request.policy, request.level)?;
    let (found, all) = find_names(call, request.count, &request.names, request.level)?;
    let (mapped, status) = (found.mapped, found.status(all.len()));
    let sid = |FoundName { named, domain }: FoundName| {
        let rid = if named.is_some() { rid(named.as_ref()) } else { 0 };
        TranslatedSid { kind: kind(named.as_ref()), rid, domain }
    };
    let sids = Counted(all.into_iter().map(sid).collect());
    Ok(LookupNamesResponse { domains: found.referenced(), sids, mapped, status })
}

/// [MS-LSAT] 3.1.4.7 LsarLookupNames2
pub(super) fn names2(call: &Call<'_>, request: LookupNames2Request) -> Result<LookupNames2Response, Refusal> {
    check(call, &request.policy, request.level)?;
    let (found, all) = find_names(call, request.count, &request.names, request.level)?;
    let (mapped, status) = (found.mapped, found.status(all.len()));
    let sid = |FoundName { named, domain }: FoundName| {
        let rid = if named.is_some() { rid(named.as_ref()) } else { 0 };
        TranslatedSidEx { kind: kind(named.as_ref()), rid, domain, flags: 0 }
    };
    let sids = Counted(all.into_iter().map(sid).collect());
    Ok(LookupNames2Response { domains: found.referenced(), sids, mapped, status })
}

/// [MS-LSAT] 3.1.4.6 LsarLookupNames3
pub(super) fn names3(call: &Call<'_>, request: LookupNames3Request) -> Result<LookupNames3Response, Refusal> {
    check(call, &request.policy, request.level)?;
    let (found, all) = find_names(call, request.count, &request.names, request.level)?;
    let (mapped, status) = (found.mapped, found.status(all.len()));
    let sid = |FoundName { named, domain }: FoundName| {
        let kind = kind(named.as_ref());
        TranslatedSidEx2 { kind, sid: named.map(|named| named.sid), domain, flags: 0 }
    };
    let sids = Counted(all.into_iter().map(sid).collect());
    Ok(LookupNames3Response { domains: found.referenced(), sids, mapped, status })
}

/// [MS-LSAT] 3.1.4.5 LsarLookupNames4: for those who come over a secure channel of a domain, which nobody does here.
pub(super) fn names4(
    _call: &Call<'_>,
    _request: LookupNames4Request,
) -> Result<LookupNames4Response, Refusal> {
    Err(NtStatus::ACCESS_DENIED.into())
}

/// A SID that was looked up.
struct FoundSid {
    kind: Enumeration,
    name: NtString,
    domain: u32,
}

fn find_sids(
    call: &Call<'_>,
    sids: &Counted<SidInformation>,
    level: Enumeration,
) -> Result<(Found, Vec<FoundSid>), Refusal> {
    if sids.0.len() > MOST_SIDS {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let server = &call.caller.server;
    let names = Names::of(server);
    let mut found = Found::default();
    let mut all = Vec::with_capacity(sids.0.len());
    for information in &sids.0 {
        let sid = information.sid.as_ref().ok_or(NtStatus::INVALID_PARAMETER)?;
        let named = names.of_sid(sid).filter(|n| is_in_view(level, n, &server.identity().sid));
        all.push(match named {
            Some(named) => {
                found.mapped += 1;
                let name = if named.kind == NameUse::Domain { NtString::default() } else { named.name };
                FoundSid { kind: Enumeration(named.kind as u16), name, domain: found.domain(named.domain) }
            }
            None => unknown(&names, sid, &mut found),
        });
    }
    Ok((found, all))
}

/// 3.1.4.9: nobody's SID is shown by its relative identifier if its domain is known, else as a whole.
fn unknown(names: &Names, sid: &Sid, found: &mut Found) -> FoundSid {
    let kind = Enumeration(NameUse::Unknown as u16);
    match (names.domain_with(sid), sid.sub_authorities().last()) {
        (Some(domain), Some(rid)) => {
            FoundSid { kind, name: format!("{rid:08X}").as_str().into(), domain: found.domain(domain) }
        }
        _ => FoundSid { kind, name: sid.to_string().as_str().into(), domain: NO_DOMAIN },
    }
}

/// [MS-LSAT] 3.1.4.11 LsarLookupSids
pub(super) fn sids(call: &Call<'_>, request: LookupSidsRequest) -> Result<LookupSidsResponse, Refusal> {
    check(call, &request.policy, request.level)?;
    let (found, all) = find_sids(call, &request.sids, request.level)?;
    let (mapped, status) = (found.mapped, found.status(all.len()));
    let name = |FoundSid { kind, name, domain }| TranslatedName { kind, name: name.into(), domain };
    let names = Counted(all.into_iter().map(name).collect());
    Ok(LookupSidsResponse { domains: found.referenced(), names, mapped, status })
}

/// [MS-LSAT] 3.1.4.10 LsarLookupSids2
pub(super) fn sids2(call: &Call<'_>, request: LookupSids2Request) -> Result<LookupSids2Response, Refusal> {
    check(call, &request.policy, request.level)?;
    let (found, all) = find_sids(call, &request.sids, request.level)?;
    let (mapped, status) = (found.mapped, found.status(all.len()));
    let name =
        |FoundSid { kind, name, domain }| TranslatedNameEx { kind, name: name.into(), domain, flags: 0 };
    let names = Counted(all.into_iter().map(name).collect());
    Ok(LookupSids2Response { domains: found.referenced(), names, mapped, status })
}

/// [MS-LSAT] 3.1.4.9 LsarLookupSids3: as [`names4`].
pub(super) fn sids3(_call: &Call<'_>, _request: LookupSids3Request) -> Result<LookupSids3Response, Refusal> {
    Err(NtStatus::ACCESS_DENIED.into())
}

/// [MS-LSAT] 3.1.4.4 LsarGetUserName
pub(super) fn user_name(
    call: &Call<'_>,
    request: GetUserNameRequest,
) -> Result<GetUserNameResponse, Refusal> {
    call.caller.may(Act::QueryServer)?;
    let asked =
        matches!(&request.user, Some(Text(Some(_)))) || matches!(&request.domain, Some(Some(Text(Some(_)))));
    if asked {
        // 3.1.4.4: they are results, and must come as null pointers.
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let user = &call.caller.user;
    let (name, domain) = match user.kind {
        UserKind::Anonymous => ("ANONYMOUS LOGON".into(), "NT AUTHORITY".into()),
        UserKind::Guest => ("Guest".into(), call.caller.server.identity().name.as_str().into()),
        UserKind::Named => (user.name.clone(), user.domain.clone()),
    };
    let domain = request.domain.map(|_| Some(domain.into()));
    Ok(GetUserNameResponse { user: Some(name.into()), domain, status: NtStatus::SUCCESS })
}
