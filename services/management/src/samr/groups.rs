use super::domains::{LISTING, LOOKING, rid_names};
use super::objects::{CREATE_GROUP, Object, directory, domain, gone, group, opened};
use crate::call::Call;
use crate::operations::{Refusal, change};
use crate::rights::DELETE;
use lanward_nt::NtStatus;
use lanward_rpc::samr::{
    AddGroupMemberRequest, AddGroupMemberResponse, CreateGroupRequest, CreateGroupResponse,
    DeleteGroupRequest, DeleteGroupResponse, EnumerateGroupsRequest, EnumerateGroupsResponse,
    GroupGeneralInformation, GroupInformation, GroupMembers, GroupMembersRequest, GroupMembersResponse,
    GroupMembership, OpenGroupRequest, OpenGroupResponse, QueryGroupRequest, QueryGroupResponse,
    RemoveGroupMemberRequest, RemoveGroupMemberResponse, SetGroupRequest, SetGroupResponse,
    SetMemberAttributesRequest, SetMemberAttributesResponse,
};
use lanward_rpc::{ContextHandle, Counted};
use lanward_server::{AliasDomain, Group};
use std::sync::Arc;

/// GROUP_READ_INFORMATION
const READ_INFORMATION: u32 = 0x01;
/// GROUP_WRITE_ACCOUNT
const WRITE_ACCOUNT: u32 = 0x02;
/// GROUP_ADD_MEMBER
const ADD_MEMBER: u32 = 0x04;
/// GROUP_REMOVE_MEMBER
const REMOVE_MEMBER: u32 = 0x08;
/// GROUP_LIST_MEMBERS
const LIST_MEMBERS: u32 = 0x10;

/// SE_GROUP_MANDATORY, SE_GROUP_ENABLED_BY_DEFAULT and SE_GROUP_ENABLED, which every group has.
pub(super) const ATTRIBUTES: u32 = 7;

/// [MS-SAMR] 3.1.5.2.3 SamrEnumerateGroupsInDomain
pub(super) fn enumerate(
    call: &Call<'_>,
    request: EnumerateGroupsRequest,
) -> Result<EnumerateGroupsResponse, Refusal> {
    let own = domain(call, &request.domain, LISTING)? == AliasDomain::Account;
    let directory = directory(call);
    let all = directory.groups().filter(|_| own).map(|group| (group.rid, group.name.clone()));
    let (resume, groups, count, status) = rid_names(all, request.resume, request.preferred_length);
    Ok(EnumerateGroupsResponse { resume, groups, count, status })
}

/// [MS-SAMR] 3.1.5.4.2 SamrCreateGroupInDomain
pub(super) async fn create(
    call: &Call<'_>,
    request: CreateGroupRequest,
) -> Result<CreateGroupResponse, Refusal> {
    if domain(call, &request.domain, CREATE_GROUP)? == AliasDomain::Builtin {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let name = request.name.string();
    let told = name.to_string_lossy();
    let rid = change(call, "group added", told, move |draft| draft.add_group(name)).await?;
    let (group, _) = opened(call, Object::Group(rid), request.access)?;
    Ok(CreateGroupResponse { group, rid, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.1.7 SamrOpenGroup
pub(super) fn open(call: &Call<'_>, request: OpenGroupRequest) -> Result<OpenGroupResponse, Refusal> {
    let own = domain(call, &request.domain, LOOKING)? == AliasDomain::Account;
    let there = own && directory(call).group(request.rid).is_some();
    if !there {
        return Err(NtStatus::NO_SUCH_GROUP.into());
    }
    let (group, _) = opened(call, Object::Group(request.rid), request.access)?;
    Ok(OpenGroupResponse { group, status: NtStatus::SUCCESS })
}

fn find(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<Arc<Group>, Refusal> {
    let rid = group(call, handle, rights)?;
    Ok(directory(call).group(rid).cloned().ok_or(NtStatus::NO_SUCH_GROUP)?)
}

/// [MS-SAMR] 3.1.5.5.3 SamrQueryInformationGroup
pub(super) fn query(call: &Call<'_>, request: QueryGroupRequest) -> Result<QueryGroupResponse, Refusal> {
    let group = find(call, &request.group, READ_INFORMATION)?;
    let general = |members: usize| {
        Box::new(GroupGeneralInformation {
            name: group.name.clone().into(),
            attributes: ATTRIBUTES,
            members: u32::try_from(members).unwrap_or(u32::MAX),
            comment: group.comment.clone().into(),
        })
    };
    let information = match request.class.0 {
        1 => GroupInformation::General(general(directory(call).group_members(group.rid).len())),
        2 => GroupInformation::Name(Box::new(group.name.clone().into())),
        3 => GroupInformation::Attributes(Box::new(ATTRIBUTES)),
        4 => GroupInformation::Comment(Box::new(group.comment.clone().into())),
        5 => GroupInformation::Replication(general(0)),
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    Ok(QueryGroupResponse { information: Some(information), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.6.2 SamrSetInformationGroup
pub(super) async fn set(call: &Call<'_>, request: SetGroupRequest) -> Result<SetGroupResponse, Refusal> {
    let group = find(call, &request.group, WRITE_ACCOUNT)?;
    if request.class.0 != request.information.level() {
        return Err(NtStatus::INVALID_INFO_CLASS.into());
    }
    let edit: Box<dyn FnOnce(&mut Group) + Send> = match request.information {
        GroupInformation::Name(name) => Box::new(move |group| group.name = name.string()),
        GroupInformation::Comment(comment) => Box::new(move |group| group.comment = comment.string()),
        // 3.1.5.6.2.2: they are the same for every group.
        GroupInformation::Attributes(_) => return Ok(SetGroupResponse { status: NtStatus::SUCCESS }),
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    change(call, "group changed", group.name.to_string_lossy(), move |draft| {
        draft.update_group(group.rid, edit)
    })
    .await?;
    Ok(SetGroupResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.7.1 SamrDeleteGroup
pub(super) async fn delete(
    call: &Call<'_>,
    request: DeleteGroupRequest,
) -> Result<DeleteGroupResponse, Refusal> {
    let group = find(call, &request.group, DELETE)?;
    let told = group.name.to_string_lossy();
    change(call, "group removed", told, move |draft| draft.remove_group(group.rid)).await?;
    Ok(DeleteGroupResponse { group: gone(call, &request.group)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.1 SamrAddMemberToGroup
pub(super) async fn add_member(
    call: &Call<'_>,
    request: AddGroupMemberRequest,
) -> Result<AddGroupMemberResponse, Refusal> {
    let group = find(call, &request.group, ADD_MEMBER)?;
    let (told, user) = (group.name.to_string_lossy(), request.rid);
    change(call, "member added to group", told, move |draft| draft.add_group_member(group.rid, user)).await?;
    Ok(AddGroupMemberResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.2 SamrRemoveMemberFromGroup
pub(super) async fn remove_member(
    call: &Call<'_>,
    request: RemoveGroupMemberRequest,
) -> Result<RemoveGroupMemberResponse, Refusal> {
    let group = find(call, &request.group, REMOVE_MEMBER)?;
    let (told, user) = (group.name.to_string_lossy(), request.rid);
    change(call, "member removed from group", told, move |draft| draft.remove_group_member(group.rid, user))
        .await?;
    Ok(RemoveGroupMemberResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.8.3 SamrGetMembersInGroup
pub(super) fn members(
    call: &Call<'_>,
    request: GroupMembersRequest,
) -> Result<GroupMembersResponse, Refusal> {
    let group = find(call, &request.group, LIST_MEMBERS)?;
    let members: Vec<u32> = directory(call).group_members(group.rid).into_iter().collect();
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let attributes = vec![ATTRIBUTES; members.len()];
    let some = count > 0;
    let members =
        GroupMembers { count, members: some.then_some(members), attributes: some.then_some(attributes) };
    Ok(GroupMembersResponse { members: Some(members), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.13.6 SamrSetMemberAttributesOfGroup: nothing is done.
pub(super) fn set_member_attributes(
    call: &Call<'_>,
    request: SetMemberAttributesRequest,
) -> Result<SetMemberAttributesResponse, Refusal> {
    find(call, &request.group, ADD_MEMBER)?;
    Ok(SetMemberAttributesResponse { status: NtStatus::SUCCESS })
}

/// Groups as a user's memberships.
pub(super) fn memberships(rids: Vec<u32>) -> Counted<GroupMembership> {
    Counted(rids.into_iter().map(|rid| GroupMembership { rid, attributes: ATTRIBUTES }).collect())
}
