//! The policy object and what all objects have ([MS-LSAD] 3.1.4.4, 3.1.4.9).

use crate::ndr::{operation, structure, union};
use crate::{ByteString, ContextHandle, Enumeration, Text, WideString};
use lanward_nt::{Guid, Sid};

structure! {
    /// [MS-LSAD] 2.2.3.1 SECURITY_QUALITY_OF_SERVICE
    QualityOfService { length: u32, impersonation_level: Enumeration, tracking_mode: u8, effective_only: u8, }
}
structure! {
    /// [MS-LSAD] 2.2.2.4 LSAPR_OBJECT_ATTRIBUTES, all of which is passed over. Nobody sends a descriptor: its pointer must be null.
    ObjectAttributes {
        length: u32,
        root_directory: Option<u8>,
        object_name: Option<ByteString>,
        attributes: u32,
        security_descriptor: Option<u8>,
        quality_of_service: Option<QualityOfService>,
    }
}

impl Default for ObjectAttributes {
    fn default() -> Self {
        Self {
            length: 24,
            root_directory: None,
            object_name: None,
            attributes: 0,
            security_descriptor: None,
            quality_of_service: None,
        }
    }
}

structure! {
    /// [MS-LSAD] 2.2.3.2 LSAPR_SR_SECURITY_DESCRIPTOR: a descriptor as bytes.
    SecurityDescriptorBytes { length: u32, descriptor: Option<Vec<u8>>, }
}
structure! {
    /// [MS-LSAD] 2.2.4.3 POLICY_AUDIT_LOG_INFO
    AuditLogInfo {
        percent_full: u32,
        maximum_size: u32,
        retention_period: u64,
        full_shutdown_in_progress: u8,
        time_to_shutdown: u64,
        next_record: u32,
    }
}
structure! {
    /// [MS-LSAD] 2.2.4.4 LSAPR_POLICY_AUDIT_EVENTS_INFO
    AuditEventsInfo { auditing_mode: u8, options: Option<Vec<u32>>, maximum_count: u32, }
}
structure! {
    /// [MS-LSAD] 2.2.4.5 LSAPR_POLICY_PRIMARY_DOM_INFO, 2.2.4.6 LSAPR_POLICY_ACCOUNT_DOM_INFO
    DomainInfo { name: Text, sid: Option<Sid>, }
}
structure! {
    /// [MS-LSAD] 2.2.4.7 LSAPR_POLICY_PD_ACCOUNT_INFO
    PdAccountInfo { name: Text, }
}
structure! {
    /// [MS-LSAD] 2.2.4.8 POLICY_LSA_SERVER_ROLE_INFO: 3 for a primary, which every stand-alone server is. Peers align it like the other arms of its
    /// union, so that two bytes are in front of it.
    ServerRoleInfo { padding: u16, role: Enumeration, }
}
structure! {
    /// [MS-LSAD] 2.2.4.10 LSAPR_POLICY_REPLICA_SRCE_INFO
    ReplicaSourceInfo { source: Text, account: Text, }
}
structure! {
    /// [MS-LSAD] 2.2.4.11 POLICY_MODIFICATION_INFO
    ModificationInfo { modified_id: u64, created: u64, }
}
structure! {
    /// [MS-LSAD] 2.2.4.12 POLICY_AUDIT_FULL_SET_INFO
    AuditFullSetInfo { shut_down_on_full: u8, }
}
structure! {
    /// [MS-LSAD] 2.2.4.13 POLICY_AUDIT_FULL_QUERY_INFO
    AuditFullQueryInfo { shut_down_on_full: u8, log_is_full: u8, }
}
structure! {
    /// [MS-LSAD] 2.2.4.14 LSAPR_POLICY_DNS_DOMAIN_INFO
    DnsDomainInfo { name: Text, dns_domain: Text, dns_forest: Text, guid: Guid, sid: Option<Sid>, }
}
union! {
    /// [MS-LSAD] 2.2.4.2 LSAPR_POLICY_INFORMATION
    PolicyInformation {
        1 => AuditLog(AuditLogInfo),
        2 => AuditEvents(AuditEventsInfo),
        3 => PrimaryDomain(DomainInfo),
        4 => PdAccount(PdAccountInfo),
        5 => AccountDomain(DomainInfo),
        6 => ServerRole(ServerRoleInfo),
        7 => ReplicaSource(ReplicaSourceInfo),
        9 => Modification(ModificationInfo),
        10 => AuditFullSet(AuditFullSetInfo),
        11 => AuditFullQuery(AuditFullQueryInfo),
        12 => DnsDomain(DnsDomainInfo),
        13 => DnsDomainInt(DnsDomainInfo),
        14 => LocalAccountDomain(DomainInfo),
    }
}

operation! {
    /// [MS-LSAD] 3.1.4.9.4 LsarClose
    0 CloseRequest { handle: ContextHandle, } => CloseResponse { handle: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4: operation 1, which is not used over the wire but answered where somebody does.
    1 DeleteRequest { object: ContextHandle, } => DeleteResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.9.1 LsarQuerySecurityObject
    3 QuerySecurityRequest { handle: ContextHandle, information: u32, }
    => QuerySecurityResponse { descriptor: Option<SecurityDescriptorBytes>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.9.2 LsarSetSecurityObject
    4 SetSecurityRequest { handle: ContextHandle, information: u32, descriptor: SecurityDescriptorBytes, }
    => SetSecurityResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.2 LsarOpenPolicy
    6 OpenPolicyRequest { system: Option<u16>, attributes: ObjectAttributes, access: u32, }
    => OpenPolicyResponse { policy: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.4 LsarQueryInformationPolicy
    7 QueryPolicyRequest { policy: ContextHandle, class: Enumeration, }
    => QueryPolicyResponse { information: Option<PolicyInformation>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.6 LsarSetInformationPolicy
    8 SetPolicyRequest { policy: ContextHandle, class: Enumeration, information: PolicyInformation, }
    => SetPolicyResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.9.3 LsarDeleteObject
    34 DeleteObjectRequest { object: ContextHandle, } => DeleteObjectResponse { object: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.1 LsarOpenPolicy2
    44 OpenPolicy2Request { system: Option<WideString>, attributes: ObjectAttributes, access: u32, }
    => OpenPolicy2Response { policy: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.3 LsarQueryInformationPolicy2
    46 QueryPolicy2Request { policy: ContextHandle, class: Enumeration, }
    => QueryPolicy2Response { information: Option<PolicyInformation>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.5 LsarSetInformationPolicy2
    47 SetPolicy2Request { policy: ContextHandle, class: Enumeration, information: PolicyInformation, }
    => SetPolicy2Response { }
}
