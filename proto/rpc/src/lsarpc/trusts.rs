//! Trusted domains, of which a server that stands alone has none ([MS-LSAD] 3.1.4.7).

use super::TrustInformation;
use crate::ndr::operation;
use crate::{ContextHandle, Counted, Enumeration, Text};
use lanward_nt::Sid;

operation! {
    /// [MS-LSAD] 3.1.4.7.8 LsarEnumerateTrustedDomains
    13 EnumerateTrustedDomainsRequest { policy: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumerateTrustedDomainsResponse { resume: u32, domains: Counted<TrustInformation>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.7.1 LsarOpenTrustedDomain
    25 OpenTrustedDomainRequest { policy: ContextHandle, sid: Sid, access: u32, }
    => OpenTrustedDomainResponse { domain: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.7.2 LsarQueryTrustedDomainInfo; no information is ever returned.
    39 QueryTrustedDomainInfoRequest { policy: ContextHandle, sid: Sid, class: Enumeration, }
    => QueryTrustedDomainInfoResponse { information: Option<u8>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.7.4 LsarDeleteTrustedDomain
    41 DeleteTrustedDomainRequest { policy: ContextHandle, sid: Sid, } => DeleteTrustedDomainResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.7.5 LsarQueryTrustedDomainInfoByName; no information is ever returned.
    48 QueryTrustedDomainInfoByNameRequest { policy: ContextHandle, name: Text, class: Enumeration, }
    => QueryTrustedDomainInfoByNameResponse { information: Option<u8>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.7.7 LsarEnumerateTrustedDomainsEx: what would be returned is never there.
    50 EnumerateTrustedDomainsExRequest { policy: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumerateTrustedDomainsExResponse { resume: u32, domains: Counted<u8>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.4.7 LsarQueryDomainInformationPolicy: what a domain's controllers have.
    53 QueryDomainPolicyRequest { policy: ContextHandle, class: Enumeration, }
    => QueryDomainPolicyResponse { information: Option<u8>, }
}
operation! {
    /// [MS-LSAD] 3.1.4.7.9 LsarOpenTrustedDomainByName
    55 OpenTrustedDomainByNameRequest { policy: ContextHandle, name: Text, access: u32, }
    => OpenTrustedDomainByNameResponse { domain: ContextHandle, }
}
