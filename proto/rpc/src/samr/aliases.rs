//! Alias objects ([MS-SAMR] 3.1.5.4.3, 3.1.5.5.4, 3.1.5.6.3, 3.1.5.7.2, 3.1.5.8).

use crate::lsarpc::SidInformation;
use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, Counted, Enumeration, Text};
use lanward_nt::Sid;

structure! {
    /// [MS-SAMR] 2.2.5.2 SAMPR_ALIAS_GENERAL_INFORMATION
    AliasGeneralInformation { name: Text, members: u32, comment: Text, }
}
union! {
    /// [MS-SAMR] 2.2.5.6 SAMPR_ALIAS_INFO_BUFFER
    AliasInformation {
        1 => General(AliasGeneralInformation),
        2 => Name(Text),
        3 => Comment(Text),
    }
}

operation! {
    /// [MS-SAMR] 3.1.5.4.3 SamrCreateAliasInDomain
    14 CreateAliasRequest { domain: ContextHandle, name: Text, access: u32, }
    => CreateAliasResponse { alias: ContextHandle, rid: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.1.8 SamrOpenAlias
    27 OpenAliasRequest { domain: ContextHandle, access: u32, rid: u32, }
    => OpenAliasResponse { alias: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.5.4 SamrQueryInformationAlias
    28 QueryAliasRequest { alias: ContextHandle, class: Enumeration, }
    => QueryAliasResponse { information: Option<AliasInformation>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.6.3 SamrSetInformationAlias
    29 SetAliasRequest { alias: ContextHandle, class: Enumeration, information: AliasInformation, }
    => SetAliasResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.7.2 SamrDeleteAlias
    30 DeleteAliasRequest { alias: ContextHandle, } => DeleteAliasResponse { alias: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.4 SamrAddMemberToAlias
    31 AddAliasMemberRequest { alias: ContextHandle, sid: Sid, } => AddAliasMemberResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.5 SamrRemoveMemberFromAlias
    32 RemoveAliasMemberRequest { alias: ContextHandle, sid: Sid, } => RemoveAliasMemberResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.6 SamrGetMembersInAlias
    33 AliasMembersRequest { alias: ContextHandle, } => AliasMembersResponse { members: Counted<SidInformation>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.7 SamrAddMultipleMembersToAlias
    52 AddAliasMembersRequest { alias: ContextHandle, sids: Counted<SidInformation>, }
    => AddAliasMembersResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.8 SamrRemoveMultipleMembersFromAlias
    53 RemoveAliasMembersRequest { alias: ContextHandle, sids: Counted<SidInformation>, }
    => RemoveAliasMembersResponse { }
}
