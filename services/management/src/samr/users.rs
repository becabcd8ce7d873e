use super::domains::{LISTING, LOOKING, rid_names};
use super::groups::memberships;
use super::objects::{CREATE_USER, Object, directory, domain, gone, opened, user};
use crate::call::Call;
use crate::operations::{Refusal, change};
use crate::rights::DELETE;
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::ContextHandle;
use lanward_rpc::samr::{
    CreateUser2Request, CreateUser2Response, CreateUserRequest, CreateUserResponse, DeleteUserRequest,
    DeleteUserResponse, EnumerateUsersRequest, EnumerateUsersResponse, GroupsForUserRequest,
    GroupsForUserResponse, OpenUserRequest, OpenUserResponse,
};
use lanward_server::{AccountControl, AliasDomain, UserAccount};
use std::sync::Arc;

/// USER_LIST_GROUPS
const LIST_GROUPS: u32 = 0x100;

/// [MS-SAMR] 3.1.5.2.5 SamrEnumerateUsersInDomain
pub(super) fn enumerate(
    call: &Call<'_>,
    request: EnumerateUsersRequest,
) -> Result<EnumerateUsersResponse, Refusal> {
    let own = domain(call, &request.domain, LISTING)? == AliasDomain::Account;
    let directory = directory(call);
    let asked = AccountControl::from_bits_truncate(request.control);
    let wanted = |user: &&Arc<UserAccount>| own && (request.control == 0 || user.control.intersects(asked));
    let all = directory.users().filter(wanted).map(|user| (user.rid, user.name.clone()));
    let (resume, users, count, status) = rid_names(all, request.resume, request.preferred_length);
    Ok(EnumerateUsersResponse { resume, users, count, status })
}

/// [MS-SAMR] 3.1.5.4.5 SamrCreateUserInDomain
pub(super) async fn create(
    call: &Call<'_>,
    request: CreateUserRequest,
) -> Result<CreateUserResponse, Refusal> {
    let (name, control) = (request.name.string(), AccountControl::NORMAL);
    let (user, _, rid) = created(call, &request.domain, name, control, request.access).await?;
    Ok(CreateUserResponse { user, rid, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.4.4 SamrCreateUser2InDomain
pub(super) async fn create2(
    call: &Call<'_>,
    request: CreateUser2Request,
) -> Result<CreateUser2Response, Refusal> {
    let control = AccountControl::from_bits_truncate(request.account_type);
    let kinds = [AccountControl::NORMAL, AccountControl::WORKSTATION_TRUST, AccountControl::SERVER_TRUST];
    if control.bits() != request.account_type || !kinds.contains(&control) {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    // Computers have accounts in domains, and this is none.
    if control != AccountControl::NORMAL {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let name = request.name.string();
    let (user, granted, rid) = created(call, &request.domain, name, control, request.access).await?;
    Ok(CreateUser2Response { user, granted, rid, status: NtStatus::SUCCESS })
}

/// Makes an account, switched off until it has a password ([MS-SAMR] 3.1.5.4.4).
async fn created(
    call: &Call<'_>,
    handle: &ContextHandle,
    name: NtString,
    control: AccountControl,
    access: u32,
) -> Result<(ContextHandle, u32, u32), Refusal> {
    if domain(call, handle, CREATE_USER)? == AliasDomain::Builtin {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let told = name.to_string_lossy();
    let rid = change(call, "account added", told, move |draft| {
        let rid = draft.add_user(name)?;
        draft.update_user(rid, |user| {
            user.control = control | AccountControl::DISABLED | AccountControl::PASSWORD_NOT_REQUIRED;
        })?;
        Ok(rid)
    })
    .await?;
    let (user, granted) = opened(call, Object::User(rid), access)?;
    Ok((user, granted, rid))
}

/// [MS-SAMR] 3.1.5.1.9 SamrOpenUser
pub(super) fn open(call: &Call<'_>, request: OpenUserRequest) -> Result<OpenUserResponse, Refusal> {
    let own = domain(call, &request.domain, LOOKING)? == AliasDomain::Account;
    let there = own && directory(call).user(request.rid).is_some();
    if !there {
        return Err(NtStatus::NO_SUCH_USER.into());
    }
    let (user, _) = opened(call, Object::User(request.rid), request.access)?;
    Ok(OpenUserResponse { user, status: NtStatus::SUCCESS })
}

/// The account behind a handle that was opened with these rights.
pub(super) fn find(
    call: &Call<'_>,
    handle: &ContextHandle,
    rights: u32,
) -> Result<Arc<UserAccount>, Refusal> {
    let rid = user(call, handle, rights)?;
    Ok(directory(call).user(rid).cloned().ok_or(NtStatus::NO_SUCH_USER)?)
}

/// [MS-SAMR] 3.1.5.7.3 SamrDeleteUser
pub(super) async fn delete(
    call: &Call<'_>,
    request: DeleteUserRequest,
) -> Result<DeleteUserResponse, Refusal> {
    let account = find(call, &request.user, DELETE)?;
    let told = account.name.to_string_lossy();
    change(call, "account removed", told, move |draft| draft.remove_user(account.rid)).await?;
    Ok(DeleteUserResponse { user: gone(call, &request.user)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.9.1 SamrGetGroupsForUser
pub(super) fn groups(
    call: &Call<'_>,
    request: GroupsForUserRequest,
) -> Result<GroupsForUserResponse, Refusal> {
    let account = find(call, &request.user, LIST_GROUPS)?;
    let groups = Some(memberships(directory(call).groups_of(&account)));
    Ok(GroupsForUserResponse { groups, status: NtStatus::SUCCESS })
}
