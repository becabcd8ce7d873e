//! [MS-SAMR]: the accounts of the server, to look at and to change.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an operation owns its arguments, whether it needs that or not"
)]

mod aliases;
mod display;
mod domains;
mod groups;
mod lookup;
mod objects;
mod passwords;
mod secret_buffers;
mod server;
mod user_query;
mod user_set;
mod users;
mod validate;

pub(crate) use secret_buffers::Password;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::operations::{perform, view};
use lanward_rpc::samr::{
    AddAliasMemberRequest, AddAliasMembersRequest, AddGroupMemberRequest, AliasMembersRequest,
    AliasMembershipRequest, ChangePassword3Request, ChangePassword4Request, ChangePasswordRequest,
    CloseRequest, Connect2Request, Connect3Request, Connect4Request, Connect5Request, ConnectRequest,
    CreateAliasRequest, CreateGroupRequest, CreateUser2Request, CreateUserRequest, DeleteAliasRequest,
    DeleteGroupRequest, DeleteUserRequest, DisplayIndex2Request, DisplayIndexRequest,
    EnumerateAliasesRequest, EnumerateDomainsRequest, EnumerateGroupsRequest, EnumerateUsersRequest,
    GroupMembersRequest, GroupsForUserRequest, LookupDomainRequest, LookupIdsRequest, LookupNamesRequest,
    OemChangePasswordRequest, OpenAliasRequest, OpenDomainRequest, OpenGroupRequest, OpenUserRequest,
    PasswordInformationRequest, QueryAliasRequest, QueryDisplay2Request, QueryDisplay3Request,
    QueryDisplayRequest, QueryDomain2Request, QueryDomainRequest, QueryGroupRequest, QuerySecurityRequest,
    QueryUser2Request, QueryUserRequest, RemoveAliasMemberRequest, RemoveAliasMembersRequest,
    RemoveForeignMemberRequest, RemoveGroupMemberRequest, RidToSidRequest, SetAliasRequest, SetDomainRequest,
    SetGroupRequest, SetMemberAttributesRequest, SetSecurityRequest, SetUser2Request, SetUserRequest,
    UnicodeChangePasswordRequest, UserPasswordInformationRequest, ValidatePasswordRequest,
};
use lanward_rpc::{Fault, Operation as _};

pub(crate) const INTERFACE: Interface =
    Interface { id: lanward_rpc::samr::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        ConnectRequest::NUMBER => view(call, server::connect),
        CloseRequest::NUMBER => view(call, objects::close),
        SetSecurityRequest::NUMBER => view(call, objects::set_security),
        QuerySecurityRequest::NUMBER => view(call, objects::query_security),
        LookupDomainRequest::NUMBER => view(call, server::lookup_domain),
        EnumerateDomainsRequest::NUMBER => view(call, server::enumerate_domains),
        OpenDomainRequest::NUMBER => view(call, domains::open),
        QueryDomainRequest::NUMBER => view(call, domains::query),
        SetDomainRequest::NUMBER => perform(call, domains::set).await,
        CreateGroupRequest::NUMBER => perform(call, groups::create).await,
        EnumerateGroupsRequest::NUMBER => view(call, groups::enumerate),
        CreateUserRequest::NUMBER => perform(call, users::create).await,
        EnumerateUsersRequest::NUMBER => view(call, users::enumerate),
        CreateAliasRequest::NUMBER => perform(call, aliases::create).await,
        EnumerateAliasesRequest::NUMBER => view(call, aliases::enumerate),
        AliasMembershipRequest::NUMBER => view(call, lookup::alias_membership),
        LookupNamesRequest::NUMBER => view(call, lookup::names),
        LookupIdsRequest::NUMBER => view(call, lookup::ids),
        OpenGroupRequest::NUMBER => view(call, groups::open),
        QueryGroupRequest::NUMBER => view(call, groups::query),
        SetGroupRequest::NUMBER => perform(call, groups::set).await,
        AddGroupMemberRequest::NUMBER => perform(call, groups::add_member).await,
        DeleteGroupRequest::NUMBER => perform(call, groups::delete).await,
        RemoveGroupMemberRequest::NUMBER => perform(call, groups::remove_member).await,
        GroupMembersRequest::NUMBER => view(call, groups::members),
        SetMemberAttributesRequest::NUMBER => view(call, groups::set_member_attributes),
        OpenAliasRequest::NUMBER => view(call, aliases::open),
        QueryAliasRequest::NUMBER => view(call, aliases::query),
        SetAliasRequest::NUMBER => perform(call, aliases::set).await,
        DeleteAliasRequest::NUMBER => perform(call, aliases::delete).await,
        AddAliasMemberRequest::NUMBER => perform(call, aliases::add_member).await,
        RemoveAliasMemberRequest::NUMBER => perform(call, aliases::remove_member).await,
        AliasMembersRequest::NUMBER => view(call, aliases::members),
        OpenUserRequest::NUMBER => view(call, users::open),
        DeleteUserRequest::NUMBER => perform(call, users::delete).await,
        QueryUserRequest::NUMBER => view(call, user_query::query),
        SetUserRequest::NUMBER => perform(call, user_set::set).await,
        ChangePasswordRequest::NUMBER => perform(call, passwords::change_by_hashes).await,
        GroupsForUserRequest::NUMBER => view(call, users::groups),
        QueryDisplayRequest::NUMBER => view(call, display::query),
        DisplayIndexRequest::NUMBER => view(call, display::index),
        UserPasswordInformationRequest::NUMBER => view(call, passwords::user_information),
        RemoveForeignMemberRequest::NUMBER => perform(call, aliases::remove_foreign_member).await,
        QueryDomain2Request::NUMBER => view(call, domains::query2),
        QueryUser2Request::NUMBER => view(call, user_query::query2),
        QueryDisplay2Request::NUMBER => view(call, display::query2),
        DisplayIndex2Request::NUMBER => view(call, display::index2),
        CreateUser2Request::NUMBER => perform(call, users::create2).await,
        QueryDisplay3Request::NUMBER => view(call, display::query3),
        AddAliasMembersRequest::NUMBER => perform(call, aliases::add_members).await,
        RemoveAliasMembersRequest::NUMBER => perform(call, aliases::remove_members).await,
        OemChangePasswordRequest::NUMBER => perform(call, passwords::change_oem).await,
        UnicodeChangePasswordRequest::NUMBER => perform(call, passwords::change_unicode).await,
        PasswordInformationRequest::NUMBER => view(call, passwords::information),
        Connect2Request::NUMBER => view(call, server::connect2),
        SetUser2Request::NUMBER => perform(call, user_set::set2).await,
        Connect3Request::NUMBER => view(call, server::connect3),
        Connect4Request::NUMBER => view(call, server::connect4),
        ChangePassword3Request::NUMBER => perform(call, passwords::change3).await,
        Connect5Request::NUMBER => view(call, server::connect5),
        RidToSidRequest::NUMBER => view(call, lookup::rid_to_sid),
        ValidatePasswordRequest::NUMBER => view(call, validate::validate),
        ChangePassword4Request::NUMBER => perform(call, passwords::change4).await,
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}
