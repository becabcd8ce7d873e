//! Domain objects ([MS-SAMR] 3.1.5.1.5, 3.1.5.2 to 3.1.5.6, 3.1.5.9, 3.1.5.11).

use super::RidName;
use crate::lsarpc::SidInformation;
use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, Counted, Enumeration, Halves, Text, Varying};
use lanward_nt::Sid;

structure! {
    /// [MS-SAMR] 2.2.3.5 DOMAIN_PASSWORD_INFORMATION
    DomainPasswordInformation {
        minimum_length: u16,
        history_length: u16,
        properties: u32,
        maximum_age: Halves,
        minimum_age: Halves,
    }
}
structure! {
    /// [MS-SAMR] 2.2.3.10 SAMPR_DOMAIN_GENERAL_INFORMATION
    DomainGeneralInformation {
        force_logoff: Halves,
        oem_information: Text,
        domain_name: Text,
        replica_source: Text,
        modified_count: Halves,
        server_state: u32,
        server_role: u32,
        uas_compatibility: u8,
        users: u32,
        groups: u32,
        aliases: u32,
    }
}
structure! {
    /// [MS-SAMR] 2.2.3.11 SAMPR_DOMAIN_GENERAL_INFORMATION2
    DomainGeneralInformation2 {
        general: DomainGeneralInformation,
        lockout_duration: u64,
        lockout_window: u64,
        lockout_threshold: u16,
    }
}
structure! {
    /// [MS-SAMR] 2.2.3.8 DOMAIN_MODIFIED_INFORMATION
    DomainModifiedInformation { modified_count: Halves, created: Halves, }
}
structure! {
    /// [MS-SAMR] 2.2.3.15 SAMPR_DOMAIN_LOCKOUT_INFORMATION
    DomainLockoutInformation { duration: u64, window: u64, threshold: u16, }
}
structure! {
    /// [MS-SAMR] 2.2.3.16 DOMAIN_MODIFIED_INFORMATION2
    DomainModifiedInformation2 { modified_count: Halves, created: Halves, at_last_promotion: Halves, }
}
union! {
    /// [MS-SAMR] 2.2.3.17 SAMPR_DOMAIN_INFO_BUFFER
    DomainInformation {
        1 => Password(DomainPasswordInformation),
        2 => General(DomainGeneralInformation),
        3 => Logoff(Halves),
        4 => Oem(Text),
        5 => Name(Text),
        6 => Replication(Text),
        7 => ServerRole(Enumeration),
        8 => Modified(DomainModifiedInformation),
        9 => State(Enumeration),
        11 => General2(DomainGeneralInformation2),
        12 => Lockout(DomainLockoutInformation),
        13 => Modified2(DomainModifiedInformation2),
    }
}

operation! {
    /// [MS-SAMR] 3.1.5.1.5 SamrOpenDomain
    7 OpenDomainRequest { server: ContextHandle, access: u32, sid: Sid, }
    => OpenDomainResponse { domain: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.5.2 SamrQueryInformationDomain
    8 QueryDomainRequest { domain: ContextHandle, class: Enumeration, }
    => QueryDomainResponse { information: Option<DomainInformation>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.6.1 SamrSetInformationDomain
    9 SetDomainRequest { domain: ContextHandle, class: Enumeration, information: DomainInformation, }
    => SetDomainResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.2.3 SamrEnumerateGroupsInDomain
    11 EnumerateGroupsRequest { domain: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumerateGroupsResponse { resume: u32, groups: Option<Counted<RidName>>, count: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.2.5 SamrEnumerateUsersInDomain
    13 EnumerateUsersRequest { domain: ContextHandle, resume: u32, control: u32, preferred_length: u32, }
    => EnumerateUsersResponse { resume: u32, users: Option<Counted<RidName>>, count: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.2.4 SamrEnumerateAliasesInDomain
    15 EnumerateAliasesRequest { domain: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumerateAliasesResponse { resume: u32, aliases: Option<Counted<RidName>>, count: u32, }
}
structure! {
    /// [MS-SAMR] 2.2.7.4 SAMPR_ULONG_ARRAY. Clients of old want the pointer even to no elements.
    #[derive(Default)]
    Rids { count: u32, elements: Option<Vec<u32>>, }
}
impl From<Vec<u32>> for Rids {
    fn from(rids: Vec<u32>) -> Self {
        Self { count: u32::try_from(rids.len()).unwrap_or(u32::MAX), elements: Some(rids) }
    }
}
operation! {
    /// [MS-SAMR] 3.1.5.9.2 SamrGetAliasMembership
    16 AliasMembershipRequest { domain: ContextHandle, sids: Counted<SidInformation>, }
    => AliasMembershipResponse { rids: Rids, }
}
operation! {
    /// [MS-SAMR] 3.1.5.11.2 SamrLookupNamesInDomain
    17 LookupNamesRequest { domain: ContextHandle, count: u32, names: Varying<Text, 1000>, }
    => LookupNamesResponse { rids: Counted<u32>, kinds: Counted<u32>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.11.3 SamrLookupIdsInDomain
    18 LookupIdsRequest { domain: ContextHandle, count: u32, rids: Varying<u32, 1000>, }
    => LookupIdsResponse { names: Counted<Text>, kinds: Counted<u32>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.8.5 SamrRemoveMemberFromForeignDomain
    45 RemoveForeignMemberRequest { domain: ContextHandle, sid: Sid, } => RemoveForeignMemberResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.5.1 SamrQueryInformationDomain2
    46 QueryDomain2Request { domain: ContextHandle, class: Enumeration, }
    => QueryDomain2Response { information: Option<DomainInformation>, }
}
