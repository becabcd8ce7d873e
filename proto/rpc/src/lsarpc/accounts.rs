//! Account objects: who has which rights ([MS-LSAD] 3.1.4.5).

use crate::ndr::{operation, structure};
use crate::{ContextHandle, Counted, Text};
use lanward_nt::Sid;

structure! {
    /// [MS-LSAD] 2.2.5.1 LSAPR_ACCOUNT_INFORMATION
    AccountInformation { sid: Option<Sid>, }
}
structure! {
    /// [MS-LSAD] 2.2.2.1 LUID, [MS-LSAD] 2.2.5.2 LSAPR_LUID_AND_ATTRIBUTES
    LuidAndAttributes { low: u32, high: u32, attributes: u32, }
}

/// [MS-LSAD] 2.2.5.4 LSAPR_PRIVILEGE_SET
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivilegeSet {
    /// Control
    pub control: u32,
    /// Privilege
    pub privileges: Vec<LuidAndAttributes>,
}

impl crate::Value for PrivilegeSet {
    type Head = Self;
    const ALIGNMENT: crate::Alignment = crate::Alignment::Pointer;
    const LEAST: usize = 12;

    fn read_head(
        r: &mut crate::NdrReader<'_>,
        field: &'static str,
    ) -> Result<Self, lanward_wire::DecodeError> {
        // A conformant structure: the array's size comes in front of it.
        let size = r.count(LuidAndAttributes::LEAST, field)?;
        r.align(crate::Alignment::Four, field)?;
        let (count, control) = (r.u32(field)?, r.u32(field)?);
        if count != size {
            return Err(lanward_wire::DecodeError::invalid(field, "array counts"));
        }
        let privileges = (0..size).map(|_| LuidAndAttributes::read(r, field)).collect::<Result<_, _>>()?;
        Ok(Self { control, privileges })
    }

    fn read_body(
        head: Self,
        _r: &mut crate::NdrReader<'_>,
        _field: &'static str,
    ) -> Result<Self, lanward_wire::DecodeError> {
        Ok(head)
    }

    fn write_head(&self, w: &mut crate::NdrWriter<'_>) {
        w.count(self.privileges.len());
        w.align(crate::Alignment::Four);
        w.u32(u32::try_from(self.privileges.len()).unwrap_or(u32::MAX));
        w.u32(self.control);
        self.privileges.iter().for_each(|privilege| privilege.write(w));
    }

    fn write_body(&self, _w: &mut crate::NdrWriter<'_>) {}
}

operation! {
    /// [MS-LSAD] 3.1.4.5.1 LsarCreateAccount
    10 CreateAccountRequest { policy: ContextHandle, sid: Sid, access: u32, }
    => CreateAccountResponse { account: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.2 LsarEnumerateAccounts
    11 EnumerateAccountsRequest { policy: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumerateAccountsResponse { resume: u32, accounts: Counted<AccountInformation>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.3 LsarOpenAccount
    17 OpenAccountRequest { policy: ContextHandle, sid: Sid, access: u32, }
    => OpenAccountResponse { account: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.4 LsarEnumeratePrivilegesAccount
    18 EnumerateAccountPrivilegesRequest { account: ContextHandle, }
    => EnumerateAccountPrivilegesResponse { privileges: Option<PrivilegeSet>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.5 LsarAddPrivilegesToAccount
    19 AddPrivilegesRequest { account: ContextHandle, privileges: PrivilegeSet, }
    => AddPrivilegesResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.6 LsarRemovePrivilegesFromAccount
    20 RemovePrivilegesRequest { account: ContextHandle, all: u8, privileges: Option<PrivilegeSet>, }
    => RemovePrivilegesResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.7 LsarGetSystemAccessAccount
    23 GetSystemAccessRequest { account: ContextHandle, } => GetSystemAccessResponse { system_access: u32, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.8 LsarSetSystemAccessAccount
    24 SetSystemAccessRequest { account: ContextHandle, system_access: u32, } => SetSystemAccessResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.9 LsarEnumerateAccountsWithUserRight
    35 EnumerateAccountsWithRightRequest { policy: ContextHandle, right: Option<Text>, }
    => EnumerateAccountsWithRightResponse { accounts: Counted<AccountInformation>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.10 LsarEnumerateAccountRights
    36 EnumerateRightsRequest { policy: ContextHandle, sid: Sid, }
    => EnumerateRightsResponse { rights: Counted<Text>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.11 LsarAddAccountRights
    37 AddRightsRequest { policy: ContextHandle, sid: Sid, rights: Counted<Text>, } => AddRightsResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.5.12 LsarRemoveAccountRights
    38 RemoveRightsRequest { policy: ContextHandle, sid: Sid, all: u8, rights: Counted<Text>, }
    => RemoveRightsResponse { }
}
