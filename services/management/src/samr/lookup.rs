use super::domains::LOOKING;
use super::objects::{GET_ALIAS_MEMBERSHIP, Object, Open, directory, domain};
use crate::call::Call;
use crate::names::{NameUse, name_use};
use crate::operations::Refusal;
use lanward_nt::{NtStatus, NtString, Sid};
use lanward_rpc::samr::{
    AliasMembershipRequest, AliasMembershipResponse, LookupIdsRequest, LookupIdsResponse, LookupNamesRequest,
    LookupNamesResponse, RidToSidRequest, RidToSidResponse,
};
use lanward_rpc::{Counted, Text};
use lanward_server::{AliasDomain, Directory};

/// Most names or identifiers of one call ([MS-SAMR] 3.1.5.11.2).
const MOST: usize = 1_000;

fn status(mapped: usize, asked: usize) -> NtStatus {
    match mapped {
        0 if asked > 0 => NtStatus::NONE_MAPPED,
        mapped if mapped < asked => NtStatus::SOME_NOT_MAPPED,
        _ => NtStatus::SUCCESS,
    }
}

fn check_count(count: u32, given: usize) -> Result<(), NtStatus> {
    let right = usize::try_from(count) == Ok(given) && given <= MOST;
    if right { Ok(()) } else { Err(NtStatus::INVALID_PARAMETER) }
}

fn by_name(directory: &Directory, domain: AliasDomain, name: &NtString) -> Option<(u32, NameUse)> {
    match domain {
        AliasDomain::Account => directory.find(name).map(|found| (found.rid(), name_use(found))),
        AliasDomain::Builtin => directory.alias_named(domain, name).map(|alias| (alias.rid, NameUse::Alias)),
    }
}

fn by_rid(directory: &Directory, domain: AliasDomain, rid: u32) -> Option<(NtString, NameUse)> {
    match domain {
        AliasDomain::Account => {
            let found = directory.principal(rid)?;
            Some((directory.name_of(found)?.clone(), name_use(found)))
        }
        AliasDomain::Builtin => {
            directory.alias(domain, rid).map(|alias| (alias.name.clone(), NameUse::Alias))
        }
    }
}

/// [MS-SAMR] 3.1.5.11.2 SamrLookupNamesInDomain
pub(super) fn names(call: &Call<'_>, request: LookupNamesRequest) -> Result<LookupNamesResponse, Refusal> {
    let domain = domain(call, &request.domain, LOOKING)?;
    check_count(request.count, request.names.0.len())?;
    let directory = directory(call);
    let found: Vec<_> =
        request.names.0.iter().map(|name| by_name(&directory, domain, &name.string())).collect();
    let status = status(found.iter().flatten().count(), found.len());
    if status == NtStatus::NONE_MAPPED {
        return Err(status.into());
    }
    let rids = found.iter().map(|found| found.map_or(0, |(rid, _)| rid)).collect();
    let kinds = found.iter().map(|found| found.map_or(NameUse::Unknown, |(_, kind)| kind) as u32).collect();
    Ok(LookupNamesResponse { rids: Counted(rids), kinds: Counted(kinds), status })
}

/// [MS-SAMR] 3.1.5.11.3 SamrLookupIdsInDomain
pub(super) fn ids(call: &Call<'_>, request: LookupIdsRequest) -> Result<LookupIdsResponse, Refusal> {
    let domain = domain(call, &request.domain, LOOKING)?;
    check_count(request.count, request.rids.0.len())?;
    let directory = directory(call);
    let found: Vec<_> = request.rids.0.iter().map(|rid| by_rid(&directory, domain, *rid)).collect();
    let status = status(found.iter().flatten().count(), found.len());
    if status == NtStatus::NONE_MAPPED {
        return Err(status.into());
    }
    let kinds = found.iter().map(|found| found.as_ref().map_or(NameUse::Unknown, |(_, kind)| *kind) as u32);
    let kinds = Counted(kinds.collect());
    let names = found.into_iter().map(|found| Text(found.map(|(name, _)| name))).collect();
    Ok(LookupIdsResponse { names: Counted(names), kinds, status })
}

/// [MS-SAMR] 3.1.5.9.2 SamrGetAliasMembership
pub(super) fn alias_membership(
    call: &Call<'_>,
    request: AliasMembershipRequest,
) -> Result<AliasMembershipResponse, Refusal> {
    let domain = domain(call, &request.domain, GET_ALIAS_MEMBERSHIP)?;
    let sids: Option<Vec<Sid>> = request.sids.0.into_iter().map(|information| information.sid).collect();
    let sids = sids.ok_or(NtStatus::INVALID_PARAMETER)?;
    let rids = directory(call).aliases_of(domain, &sids);
    Ok(AliasMembershipResponse { rids: rids.into(), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.13.7 SamrRidToSid
pub(super) fn rid_to_sid(call: &Call<'_>, request: RidToSidRequest) -> Result<RidToSidResponse, Refusal> {
    let open = call.handles.find::<Open>(&request.handle)?;
    let domain = match open.object {
        Object::Server => return Err(NtStatus::OBJECT_TYPE_MISMATCH.into()),
        Object::Domain(domain) | Object::Alias(domain, _) => domain,
        Object::Group(_) | Object::User(_) => AliasDomain::Account,
    };
    let sid = Some(directory(call).domain_sid(domain).child(request.rid));
    Ok(RidToSidResponse { sid, status: NtStatus::SUCCESS })
}
