use super::objects::{ACCOUNT, CREATE_ACCOUNT, LOOKUP_NAMES, Object, Open, VIEW_LOCAL, account, policy};
use crate::call::Call;
use crate::operations::{Refusal, change};
use crate::page::page;
use crate::rights::DELETE;
use lanward_nt::{NtStatus, Sid};
use lanward_rpc::lsarpc::{
    AccountInformation, AddPrivilegesRequest, AddPrivilegesResponse, AddRightsRequest, AddRightsResponse,
    CreateAccountRequest, CreateAccountResponse, EnumerateAccountPrivilegesRequest,
    EnumerateAccountPrivilegesResponse, EnumerateAccountsRequest, EnumerateAccountsResponse,
    EnumerateAccountsWithRightRequest, EnumerateAccountsWithRightResponse, EnumerateRightsRequest,
    EnumerateRightsResponse, GetSystemAccessRequest, GetSystemAccessResponse, LuidAndAttributes,
    OpenAccountRequest, OpenAccountResponse, PrivilegeSet, RemovePrivilegesRequest, RemovePrivilegesResponse,
    RemoveRightsRequest, RemoveRightsResponse, SetSystemAccessRequest, SetSystemAccessResponse,
};
use lanward_rpc::{ContextHandle, Counted};
use lanward_server::{Draft, Rights, SystemAccess, privilege_by_luid, privilege_by_name};

/// ACCOUNT_VIEW
const VIEW: u32 = 1;
/// ACCOUNT_ADJUST_PRIVILEGES
const ADJUST_PRIVILEGES: u32 = 2;
/// ACCOUNT_ADJUST_SYSTEM_ACCESS
const ADJUST_SYSTEM_ACCESS: u32 = 8;

fn opened(call: &Call<'_>, sid: &Sid, access: u32) -> Result<ContextHandle, Refusal> {
    let granted = ACCOUNT.grant(call.caller, access, None)?;
    Ok(call.handles.open(Open { object: Object::Account(sid.clone()), granted })?)
}

/// [MS-LSAD] 3.1.4.5.1 LsarCreateAccount
pub(super) async fn create(
    call: &Call<'_>,
    request: CreateAccountRequest,
) -> Result<CreateAccountResponse, Refusal> {
    policy(call, &request.policy, CREATE_ACCOUNT)?;
    let sid = request.sid.clone();
    change(call, "account with rights added", sid.to_string(), move |draft| {
        if draft.directory().rights_of(&sid).is_some() {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        draft.set_rights(sid, Rights::default())
    })
    .await?;
    let account = opened(call, &request.sid, request.access)?;
    Ok(CreateAccountResponse { account, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.3 LsarOpenAccount
pub(super) fn open(call: &Call<'_>, request: OpenAccountRequest) -> Result<OpenAccountResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    let directory = call.caller.server.accounts().directory();
    directory.rights_of(&request.sid).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let account = opened(call, &request.sid, request.access)?;
    Ok(OpenAccountResponse { account, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.2 LsarEnumerateAccounts
pub(super) fn enumerate(
    call: &Call<'_>,
    request: EnumerateAccountsRequest,
) -> Result<EnumerateAccountsResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    let directory = call.caller.server.accounts().directory();
    let all = directory.rights().map(|(sid, _)| sid);
    let page =
        page(all, request.resume, request.preferred_length, |sid| 16 + 4 * sid.sub_authorities().len());
    // 3.1.4.5.2: clients go on until there are no more, and some take MORE_ENTRIES for a failure.
    let more = page.status_or(NtStatus::NO_MORE_ENTRIES);
    let status = if page.entries.is_empty() { more } else { NtStatus::SUCCESS };
    let accounts =
        page.entries.into_iter().map(|sid| AccountInformation { sid: Some(sid.clone()) }).collect();
    Ok(EnumerateAccountsResponse { resume: page.next, accounts: Counted(accounts), status })
}

/// [MS-LSAD] 3.1.4.5.9 LsarEnumerateAccountsWithUserRight
pub(super) fn with_right(
    call: &Call<'_>,
    request: EnumerateAccountsWithRightRequest,
) -> Result<EnumerateAccountsWithRightResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL | LOOKUP_NAMES)?;
    let wanted = match request.right {
        Some(right) => Some(parse(&right.string().to_string_lossy())?),
        None => None,
    };
    let directory = call.caller.server.accounts().directory();
    let holds = |rights: &Rights| match wanted {
        None => true,
        Some(Right::Privilege(luid)) => rights.privileges.contains(&luid),
        Some(Right::SystemAccess(access)) => rights.system_access.contains(access),
    };
    let holders = directory.rights().filter(|(_, rights)| holds(rights));
    let accounts: Vec<_> = holders.map(|(sid, _)| AccountInformation { sid: Some(sid.clone()) }).collect();
    if accounts.is_empty() {
        return Err(NtStatus::NO_MORE_ENTRIES.into());
    }
    Ok(EnumerateAccountsWithRightResponse { accounts: Counted(accounts), status: NtStatus::SUCCESS })
}

/// A right by its name.
#[derive(Clone, Copy)]
enum Right {
    Privilege(u32),
    SystemAccess(SystemAccess),
}

fn parse(name: &str) -> Result<Right, NtStatus> {
    if let Some(access) = SystemAccess::by_name(name) {
        return Ok(Right::SystemAccess(access));
    }
    privilege_by_name(name).map(|p| Right::Privilege(p.luid)).ok_or(NtStatus::NO_SUCH_PRIVILEGE)
}

fn parse_all(names: &Counted<lanward_rpc::Text>) -> Result<Rights, NtStatus> {
    let mut rights = Rights::default();
    for name in &names.0 {
        match parse(&name.string().to_string_lossy())? {
            Right::Privilege(luid) => drop(rights.privileges.insert(luid)),
            Right::SystemAccess(access) => rights.system_access |= access,
        }
    }
    Ok(rights)
}

/// [MS-LSAD] 3.1.4.5.10 LsarEnumerateAccountRights
pub(super) fn rights(
    call: &Call<'_>,
    request: EnumerateRightsRequest,
) -> Result<EnumerateRightsResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    let granted = ACCOUNT.grant(call.caller, 0x0200_0000, None)?;
    crate::rights::require(granted, VIEW)?;
    let directory = call.caller.server.accounts().directory();
    let rights = directory.rights_of(&request.sid).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let names = rights.names().into_iter().map(Into::into).collect();
    Ok(EnumerateRightsResponse { rights: Counted(names), status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.11 LsarAddAccountRights
pub(super) async fn add_rights(
    call: &Call<'_>,
    request: AddRightsRequest,
) -> Result<AddRightsResponse, Refusal> {
    let given = parse_all(&request.rights)?;
    let there = call.caller.server.accounts().directory().rights_of(&request.sid).is_some();
    policy(call, &request.policy, if there { 0 } else { CREATE_ACCOUNT })?;
    ACCOUNT.grant(call.caller, ADJUST_PRIVILEGES | ADJUST_SYSTEM_ACCESS, None)?;
    let sid = request.sid;
    change(call, "rights given", sid.to_string(), move |draft| {
        adjust(draft, sid, true, |rights| {
            rights.privileges.extend(&given.privileges);
            rights.system_access |= given.system_access;
        })
    })
    .await?;
    Ok(AddRightsResponse { status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.12 LsarRemoveAccountRights
pub(super) async fn remove_rights(
    call: &Call<'_>,
    request: RemoveRightsRequest,
) -> Result<RemoveRightsResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    let taken = parse_all(&request.rights)?;
    let all = request.all != 0;
    ACCOUNT.grant(call.caller, ADJUST_PRIVILEGES | ADJUST_SYSTEM_ACCESS | DELETE, None)?;
    let sid = request.sid;
    change(call, "rights taken", sid.to_string(), move |draft| {
        let mut rights = draft.directory().rights_of(&sid).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?.clone();
        rights.privileges.retain(|luid| !all && !taken.privileges.contains(luid));
        rights.system_access =
            if all { SystemAccess::empty() } else { rights.system_access - taken.system_access };
        // 3.1.4.5.12: an account without any is deleted.
        if rights.is_empty() { draft.remove_rights(&sid) } else { draft.set_rights(sid, rights) }
    })
    .await?;
    Ok(RemoveRightsResponse { status: NtStatus::SUCCESS })
}

/// Changes the rights of an account that is there, or may be `made`.
fn adjust(draft: &mut Draft, sid: Sid, made: bool, edit: impl FnOnce(&mut Rights)) -> Result<(), NtStatus> {
    let mut rights = match draft.directory().rights_of(&sid) {
        Some(rights) => rights.clone(),
        None if made => Rights::default(),
        None => return Err(NtStatus::OBJECT_NAME_NOT_FOUND),
    };
    edit(&mut rights);
    draft.set_rights(sid, rights)
}

/// [MS-LSAD] 3.1.4.5.4 LsarEnumeratePrivilegesAccount
pub(super) fn privileges(
    call: &Call<'_>,
    request: EnumerateAccountPrivilegesRequest,
) -> Result<EnumerateAccountPrivilegesResponse, Refusal> {
    let sid = account(call, &request.account, VIEW)?;
    let directory = call.caller.server.accounts().directory();
    let rights = directory.rights_of(&sid).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    let privileges =
        rights.privileges.iter().map(|luid| LuidAndAttributes { low: *luid, high: 0, attributes: 0 });
    let privileges = Some(PrivilegeSet { control: 0, privileges: privileges.collect() });
    Ok(EnumerateAccountPrivilegesResponse { privileges, status: NtStatus::SUCCESS })
}

fn luids(set: &PrivilegeSet) -> Result<Vec<u32>, NtStatus> {
    let known = |p: &LuidAndAttributes| {
        let there = p.high == 0 && privilege_by_luid(p.low).is_some();
        if there { Ok(p.low) } else { Err(NtStatus::NO_SUCH_PRIVILEGE) }
    };
    set.privileges.iter().map(known).collect()
}

/// [MS-LSAD] 3.1.4.5.5 LsarAddPrivilegesToAccount
pub(super) async fn add_privileges(
    call: &Call<'_>,
    request: AddPrivilegesRequest,
) -> Result<AddPrivilegesResponse, Refusal> {
    let sid = account(call, &request.account, ADJUST_PRIVILEGES)?;
    let given = luids(&request.privileges)?;
    change(call, "privileges given", sid.to_string(), move |draft| {
        adjust(draft, sid, false, |rights| rights.privileges.extend(given))
    })
    .await?;
    Ok(AddPrivilegesResponse { status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.6 LsarRemovePrivilegesFromAccount
pub(super) async fn remove_privileges(
    call: &Call<'_>,
    request: RemovePrivilegesRequest,
) -> Result<RemovePrivilegesResponse, Refusal> {
    let sid = account(call, &request.account, ADJUST_PRIVILEGES)?;
    let all = request.all != 0;
    let taken = match (&request.privileges, all) {
        (None, true) => Vec::new(),
        (Some(set), false) => luids(set)?,
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    };
    change(call, "privileges taken", sid.to_string(), move |draft| {
        adjust(draft, sid, false, |rights| rights.privileges.retain(|luid| !all && !taken.contains(luid)))
    })
    .await?;
    Ok(RemovePrivilegesResponse { status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.7 LsarGetSystemAccessAccount
pub(super) fn system_access(
    call: &Call<'_>,
    request: GetSystemAccessRequest,
) -> Result<GetSystemAccessResponse, Refusal> {
    let sid = account(call, &request.account, VIEW)?;
    let directory = call.caller.server.accounts().directory();
    let rights = directory.rights_of(&sid).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    Ok(GetSystemAccessResponse { system_access: rights.system_access.bits(), status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.5.8 LsarSetSystemAccessAccount
pub(super) async fn set_system_access(
    call: &Call<'_>,
    request: SetSystemAccessRequest,
) -> Result<SetSystemAccessResponse, Refusal> {
    let sid = account(call, &request.account, ADJUST_SYSTEM_ACCESS)?;
    let access = SystemAccess::from_bits(request.system_access).ok_or(NtStatus::INVALID_PARAMETER)?;
    change(call, "system access set", sid.to_string(), move |draft| {
        adjust(draft, sid, false, |rights| rights.system_access = access)
    })
    .await?;
    Ok(SetSystemAccessResponse { status: NtStatus::SUCCESS })
}
