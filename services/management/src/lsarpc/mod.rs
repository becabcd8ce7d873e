//! [MS-LSAD] and [MS-LSAT]: policy, rights and names of a server that stands alone.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an operation owns its arguments, whether it needs that or not"
)]

mod accounts;
mod lookup;
mod objects;
mod policy;
mod privileges;
mod secrets;
mod trusts;

pub use secrets::Secrets;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::operations::{perform, view};
use lanward_rpc::lsarpc::{
    AddPrivilegesRequest, AddRightsRequest, CloseRequest, CreateAccountRequest, CreateSecretRequest,
    DeleteObjectRequest, DeleteRequest, DeleteTrustedDomainRequest, EnumerateAccountPrivilegesRequest,
    EnumerateAccountsRequest, EnumerateAccountsWithRightRequest, EnumeratePrivilegesRequest,
    EnumerateRightsRequest, EnumerateTrustedDomainsExRequest, EnumerateTrustedDomainsRequest,
    GetSystemAccessRequest, GetUserNameRequest, LookupNames2Request, LookupNames3Request,
    LookupNames4Request, LookupNamesRequest, LookupPrivilegeDisplayNameRequest, LookupPrivilegeNameRequest,
    LookupPrivilegeValueRequest, LookupSids2Request, LookupSids3Request, LookupSidsRequest,
    OpenAccountRequest, OpenPolicy2Request, OpenPolicyRequest, OpenSecretRequest,
    OpenTrustedDomainByNameRequest, OpenTrustedDomainRequest, QueryDomainPolicyRequest, QueryPolicy2Request,
    QueryPolicyRequest, QuerySecretRequest, QuerySecurityRequest, QueryTrustedDomainInfoByNameRequest,
    QueryTrustedDomainInfoRequest, RemovePrivilegesRequest, RemoveRightsRequest, SetPolicy2Request,
    SetPolicyRequest, SetSecretRequest, SetSecurityRequest, SetSystemAccessRequest,
};
use lanward_rpc::{Fault, Operation as _};

pub(crate) const INTERFACE: Interface =
    Interface { id: lanward_rpc::lsarpc::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        CloseRequest::NUMBER => view(call, objects::close),
        DeleteRequest::NUMBER => view(call, objects::delete_locally),
        EnumeratePrivilegesRequest::NUMBER => view(call, privileges::enumerate),
        QuerySecurityRequest::NUMBER => view(call, objects::query_security),
        SetSecurityRequest::NUMBER => view(call, objects::set_security),
        OpenPolicyRequest::NUMBER => view(call, policy::open),
        QueryPolicyRequest::NUMBER => view(call, policy::query),
        SetPolicyRequest::NUMBER => view(call, policy::set),
        CreateAccountRequest::NUMBER => perform(call, accounts::create).await,
        EnumerateAccountsRequest::NUMBER => view(call, accounts::enumerate),
        EnumerateTrustedDomainsRequest::NUMBER => view(call, trusts::enumerate),
        LookupNamesRequest::NUMBER => view(call, lookup::names),
        LookupSidsRequest::NUMBER => view(call, lookup::sids),
        CreateSecretRequest::NUMBER => view(call, secrets::create),
        OpenAccountRequest::NUMBER => view(call, accounts::open),
        EnumerateAccountPrivilegesRequest::NUMBER => view(call, accounts::privileges),
        AddPrivilegesRequest::NUMBER => perform(call, accounts::add_privileges).await,
        RemovePrivilegesRequest::NUMBER => perform(call, accounts::remove_privileges).await,
        GetSystemAccessRequest::NUMBER => view(call, accounts::system_access),
        SetSystemAccessRequest::NUMBER => perform(call, accounts::set_system_access).await,
        OpenTrustedDomainRequest::NUMBER => view(call, trusts::open),
        OpenSecretRequest::NUMBER => view(call, secrets::open),
        SetSecretRequest::NUMBER => view(call, secrets::set),
        QuerySecretRequest::NUMBER => view(call, secrets::query),
        LookupPrivilegeValueRequest::NUMBER => view(call, privileges::value),
        LookupPrivilegeNameRequest::NUMBER => view(call, privileges::name),
        LookupPrivilegeDisplayNameRequest::NUMBER => view(call, privileges::display_name),
        DeleteObjectRequest::NUMBER => perform(call, objects::delete).await,
        EnumerateAccountsWithRightRequest::NUMBER => view(call, accounts::with_right),
        EnumerateRightsRequest::NUMBER => view(call, accounts::rights),
        AddRightsRequest::NUMBER => perform(call, accounts::add_rights).await,
        RemoveRightsRequest::NUMBER => perform(call, accounts::remove_rights).await,
        QueryTrustedDomainInfoRequest::NUMBER => view(call, trusts::query),
        DeleteTrustedDomainRequest::NUMBER => view(call, trusts::delete),
        OpenPolicy2Request::NUMBER => view(call, policy::open2),
        GetUserNameRequest::NUMBER => view(call, lookup::user_name),
        QueryPolicy2Request::NUMBER => view(call, policy::query2),
        SetPolicy2Request::NUMBER => view(call, policy::set2),
        QueryTrustedDomainInfoByNameRequest::NUMBER => view(call, trusts::query_by_name),
        EnumerateTrustedDomainsExRequest::NUMBER => view(call, trusts::enumerate_ex),
        QueryDomainPolicyRequest::NUMBER => view(call, policy::query_domain),
        OpenTrustedDomainByNameRequest::NUMBER => view(call, trusts::open_by_name),
        LookupSids2Request::NUMBER => view(call, lookup::sids2),
        LookupNames2Request::NUMBER => view(call, lookup::names2),
        LookupNames3Request::NUMBER => view(call, lookup::names3),
        LookupSids3Request::NUMBER => view(call, lookup::sids3),
        LookupNames4Request::NUMBER => view(call, lookup::names4),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}
