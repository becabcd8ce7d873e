use super::domains::{LISTING, LOOKING, rid_names};
use super::objects::{CREATE_ALIAS, LOOKUP, Object, alias, directory, domain, gone, opened};
use crate::call::Call;
use crate::operations::{Refusal, change};
use crate::rights::DELETE;
use lanward_nt::{NtStatus, Sid};
use lanward_rpc::lsarpc::SidInformation;
use lanward_rpc::samr::{
    AddAliasMemberRequest, AddAliasMemberResponse, AddAliasMembersRequest, AddAliasMembersResponse,
    AliasGeneralInformation, AliasInformation, AliasMembersRequest, AliasMembersResponse, CreateAliasRequest,
    CreateAliasResponse, DeleteAliasRequest, DeleteAliasResponse, EnumerateAliasesRequest,
    EnumerateAliasesResponse, OpenAliasRequest, OpenAliasResponse, QueryAliasRequest, QueryAliasResponse,
    RemoveAliasMemberRequest, RemoveAliasMemberResponse, RemoveAliasMembersRequest,
    RemoveAliasMembersResponse, RemoveForeignMemberRequest, RemoveForeignMemberResponse, SetAliasRequest,
    SetAliasResponse,
};
use lanward_rpc::{ContextHandle, Counted};
use lanward_server::{Alias, AliasDomain};
use std::sync::Arc;

/// ALIAS_ADD_MEMBER
const ADD_MEMBER: u32 = 0x01;
/// ALIAS_REMOVE_MEMBER
const REMOVE_MEMBER: u32 = 0x02;
/// ALIAS_LIST_MEMBERS
const LIST_MEMBERS: u32 = 0x04;
/// ALIAS_READ_INFORMATION
const READ_INFORMATION: u32 = 0x08;
/// ALIAS_WRITE_ACCOUNT
const WRITE_ACCOUNT: u32 = 0x10;

/// [MS-SAMR] 3.1.5.2.4 SamrEnumerateAliasesInDomain
pub(super) fn enumerate(
    call: &Call<'_>,
    request: EnumerateAliasesRequest,
) -> Result<EnumerateAliasesResponse, Refusal> {
    let domain = domain(call, &request.domain, LISTING)?;
    let directory = directory(call);
    let all = directory.aliases(domain).map(|alias| (alias.rid, alias.name.clone()));
    let (resume, aliases, count, status) = rid_names(all, request.resume, request.preferred_length);
    Ok(EnumerateAliasesResponse { resume, aliases, count, status })
}

/// [MS-SAMR] 3.1.5.4.3 SamrCreateAliasInDomain
pub(super) async fn create(
    call: &Call<'_>,
    request: CreateAliasRequest,
) -> Result<CreateAliasResponse, Refusal> {
    if domain(call, &request.domain, CREATE_ALIAS)? == AliasDomain::Builtin {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let name = request.name.string();
    let told = name.to_string_lossy();
    let rid = change(call, "alias added", told, move |draft| draft.add_alias(name)).await?;
    let (alias, _) = opened(call, Object::Alias(AliasDomain::Account, rid), request.access)?;
    Ok(CreateAliasResponse { alias, rid, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.1.8 SamrOpenAlias
pub(super) fn open(call: &Call<'_>, request: OpenAliasRequest) -> Result<OpenAliasResponse, Refusal> {
    let domain = domain(call, &request.domain, LOOKING)?;
    directory(call).alias(domain, request.rid).ok_or(NtStatus::NO_SUCH_ALIAS)?;
    let (alias, _) = opened(call, Object::Alias(domain, request.rid), request.access)?;
    Ok(OpenAliasResponse { alias, status: NtStatus::SUCCESS })
}

fn find(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<Arc<Alias>, Refusal> {
    let (domain, rid) = alias(call, handle, rights)?;
    Ok(directory(call).alias(domain, rid).cloned().ok_or(NtStatus::NO_SUCH_ALIAS)?)
}

/// [MS-SAMR] 3.1.5.5.4 SamrQueryInformationAlias
pub(super) fn query(call: &Call<'_>, request: QueryAliasRequest) -> Result<QueryAliasResponse, Refusal> {
    let alias = find(call, &request.alias, READ_INFORMATION)?;
    let information = match request.class.0 {
        1 => AliasInformation::General(Box::new(AliasGeneralInformation {
            name: alias.name.clone().into(),
            members: u32::try_from(alias.members.len()).unwrap_or(u32::MAX),
            comment: alias.comment.clone().into(),
        })),
        2 => AliasInformation::Name(Box::new(alias.name.clone().into())),
        3 => AliasInformation::Comment(Box::new(alias.comment.clone().into())),
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    Ok(QueryAliasResponse { information: Some(information), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.6.3 SamrSetInformationAlias
pub(super) async fn set(call: &Call<'_>, request: SetAliasRequest) -> Result<SetAliasResponse, Refusal> {
    let alias = find(call, &request.alias, WRITE_ACCOUNT)?;
    if request.class.0 != request.information.level() {
        return Err(NtStatus::INVALID_INFO_CLASS.into());
    }
    let edit: Box<dyn FnOnce(&mut Alias) + Send> = match request.information {
        AliasInformation::Name(name) => Box::new(move |alias| alias.name = name.string()),
        AliasInformation::Comment(comment) => Box::new(move |alias| alias.comment = comment.string()),
        AliasInformation::General(_) => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    change(call, "alias changed", alias.name.to_string_lossy(), move |draft| {
        draft.update_alias(alias.domain, alias.rid, edit)
    })
    .await?;
    Ok(SetAliasResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.7.2 SamrDeleteAlias
pub(super) async fn delete(
    call: &Call<'_>,
    request: DeleteAliasRequest,
) -> Result<DeleteAliasResponse, Refusal> {
    let alias = find(call, &request.alias, DELETE)?;
    let told = alias.name.to_string_lossy();
    change(call, "alias removed", told, move |draft| draft.remove_alias(alias.domain, alias.rid)).await?;
    Ok(DeleteAliasResponse { alias: gone(call, &request.alias)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.4 SamrAddMemberToAlias
pub(super) async fn add_member(
    call: &Call<'_>,
    request: AddAliasMemberRequest,
) -> Result<AddAliasMemberResponse, Refusal> {
    let alias = find(call, &request.alias, ADD_MEMBER)?;
    let told = alias.name.to_string_lossy();
    change(call, "member added to alias", told, move |draft| {
        draft.add_alias_member(alias.domain, alias.rid, request.sid)
    })
    .await?;
    Ok(AddAliasMemberResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.5 SamrRemoveMemberFromAlias
pub(super) async fn remove_member(
    call: &Call<'_>,
    request: RemoveAliasMemberRequest,
) -> Result<RemoveAliasMemberResponse, Refusal> {
    let alias = find(call, &request.alias, REMOVE_MEMBER)?;
    let told = alias.name.to_string_lossy();
    change(call, "member removed from alias", told, move |draft| {
        draft.remove_alias_member(alias.domain, alias.rid, &request.sid)
    })
    .await?;
    Ok(RemoveAliasMemberResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.6 SamrGetMembersInAlias
pub(super) fn members(
    call: &Call<'_>,
    request: AliasMembersRequest,
) -> Result<AliasMembersResponse, Refusal> {
    let alias = find(call, &request.alias, LIST_MEMBERS)?;
    let members = alias.members.iter().map(|sid| SidInformation { sid: Some(sid.clone()) }).collect();
    Ok(AliasMembersResponse { members: Counted(members), status: NtStatus::SUCCESS })
}

fn sids(list: Counted<SidInformation>) -> Result<Vec<Sid>, NtStatus> {
    let sids = list.0.into_iter().map(|information| information.sid);
    sids.collect::<Option<_>>().ok_or(NtStatus::INVALID_PARAMETER)
}

/// [MS-SAMR] 3.1.5.8.7 SamrAddMultipleMembersToAlias: who is a member already is passed over.
pub(super) async fn add_members(
    call: &Call<'_>,
    request: AddAliasMembersRequest,
) -> Result<AddAliasMembersResponse, Refusal> {
    let alias = find(call, &request.alias, ADD_MEMBER)?;
    let (told, sids) = (alias.name.to_string_lossy(), sids(request.sids)?);
    change(call, "members added to alias", told, move |draft| {
        for sid in sids {
            match draft.add_alias_member(alias.domain, alias.rid, sid) {
                Err(NtStatus::MEMBER_IN_ALIAS) => {}
                other => other?,
            }
        }
        Ok(())
    })
    .await?;
    Ok(AddAliasMembersResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.8 SamrRemoveMultipleMembersFromAlias: who is no member is passed over.
pub(super) async fn remove_members(
    call: &Call<'_>,
    request: RemoveAliasMembersRequest,
) -> Result<RemoveAliasMembersResponse, Refusal> {
    let alias = find(call, &request.alias, REMOVE_MEMBER)?;
    let (told, sids) = (alias.name.to_string_lossy(), sids(request.sids)?);
    change(call, "members removed from alias", told, move |draft| {
        for sid in sids {
            match draft.remove_alias_member(alias.domain, alias.rid, &sid) {
                Err(NtStatus::MEMBER_NOT_IN_ALIAS) => {}
                other => other?,
            }
        }
        Ok(())
    })
    .await?;
    Ok(RemoveAliasMembersResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.9 SamrRemoveMemberFromForeignDomain: takes a SID out of every alias of a domain.
pub(super) async fn remove_foreign_member(
    call: &Call<'_>,
    request: RemoveForeignMemberRequest,
) -> Result<RemoveForeignMemberResponse, Refusal> {
    let domain = domain(call, &request.domain, LOOKUP)?;
    if !call.caller.user.is_admin {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let sid = request.sid;
    change(call, "member removed from aliases", sid.to_string(), move |draft| {
        for rid in draft.directory().aliases_of(domain, std::slice::from_ref(&sid)) {
            draft.remove_alias_member(domain, rid, &sid)?;
        }
        Ok(())
    })
    .await?;
    Ok(RemoveForeignMemberResponse { status: NtStatus::SUCCESS })
}
