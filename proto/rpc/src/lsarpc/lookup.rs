//! Names of SIDs and SIDs of names ([MS-LSAT] 3.1.4).

use crate::ndr::{operation, structure};
use crate::{ContextHandle, Counted, Enumeration, Text, WideString};
use lanward_nt::Sid;

structure! {
    /// [MS-LSAT] 2.2.11 LSAPR_TRUST_INFORMATION: a domain.
    TrustInformation { name: Text, sid: Option<Sid>, }
}
structure! {
    /// [MS-LSAT] 2.2.12 LSAPR_REFERENCED_DOMAIN_LIST
    ReferencedDomains { entries: u32, domains: Option<Vec<TrustInformation>>, maximum: u32, }
}
structure! {
    /// [MS-LSAT] 2.2.17 LSAPR_SID_INFORMATION
    SidInformation { sid: Option<Sid>, }
}
structure! {
    /// [MS-LSAT] 2.2.14 LSA_TRANSLATED_SID
    TranslatedSid { kind: Enumeration, rid: u32, domain: u32, }
}
structure! {
    /// [MS-LSAT] 2.2.23 LSAPR_TRANSLATED_SID_EX
    TranslatedSidEx { kind: Enumeration, rid: u32, domain: u32, flags: u32, }
}
structure! {
    /// [MS-LSAT] 2.2.25 LSAPR_TRANSLATED_SID_EX2
    TranslatedSidEx2 { kind: Enumeration, sid: Option<Sid>, domain: u32, flags: u32, }
}
structure! {
    /// [MS-LSAT] 2.2.19 LSAPR_TRANSLATED_NAME
    TranslatedName { kind: Enumeration, name: Text, domain: u32, }
}
structure! {
    /// [MS-LSAT] 2.2.21 LSAPR_TRANSLATED_NAME_EX
    TranslatedNameEx { kind: Enumeration, name: Text, domain: u32, flags: u32, }
}

operation! {
    /// [MS-LSAT] 3.1.4.8 LsarLookupNames
    14 LookupNamesRequest {
        policy: ContextHandle,
        count: u32,
        names: Vec<Text>,
        sids: Counted<TranslatedSid>,
        level: Enumeration,
        mapped: u32,
    } => LookupNamesResponse {
        domains: Option<ReferencedDomains>,
        sids: Counted<TranslatedSid>,
        mapped: u32,
    }
}
operation! {
    /// [MS-LSAT] 3.1.4.11 LsarLookupSids
    15 LookupSidsRequest {
        policy: ContextHandle,
        sids: Counted<SidInformation>,
        names: Counted<TranslatedName>,
        level: Enumeration,
        mapped: u32,
    } => LookupSidsResponse {
        domains: Option<ReferencedDomains>,
        names: Counted<TranslatedName>,
        mapped: u32,
    }
}
operation! {
    /// [MS-LSAT] 3.1.4.4 LsarGetUserName
    45 GetUserNameRequest { system: Option<WideString>, user: Option<Text>, domain: Option<Option<Text>>, }
    => GetUserNameResponse { user: Option<Text>, domain: Option<Option<Text>>, }
}
operation! {
    /// [MS-LSAT] 3.1.4.10 LsarLookupSids2
    57 LookupSids2Request {
        policy: ContextHandle,
        sids: Counted<SidInformation>,
        names: Counted<TranslatedNameEx>,
        level: Enumeration,
        mapped: u32,
        options: u32,
        revision: u32,
    } => LookupSids2Response {
        domains: Option<ReferencedDomains>,
        names: Counted<TranslatedNameEx>,
        mapped: u32,
    }
}
operation! {
    /// [MS-LSAT] 3.1.4.7 LsarLookupNames2
    58 LookupNames2Request {
        policy: ContextHandle,
        count: u32,
        names: Vec<Text>,
        sids: Counted<TranslatedSidEx>,
        level: Enumeration,
        mapped: u32,
        options: u32,
        revision: u32,
    } => LookupNames2Response {
        domains: Option<ReferencedDomains>,
        sids: Counted<TranslatedSidEx>,
        mapped: u32,
    }
}
operation! {
    /// [MS-LSAT] 3.1.4.6 LsarLookupNames3
    68 LookupNames3Request {
        policy: ContextHandle,
        count: u32,
        names: Vec<Text>,
        sids: Counted<TranslatedSidEx2>,
        level: Enumeration,
        mapped: u32,
        options: u32,
        revision: u32,
    } => LookupNames3Response {
        domains: Option<ReferencedDomains>,
        sids: Counted<TranslatedSidEx2>,
        mapped: u32,
    }
}
operation! {
    /// [MS-LSAT] 3.1.4.9 LsarLookupSids3
    76 LookupSids3Request {
        sids: Counted<SidInformation>,
        names: Counted<TranslatedNameEx>,
        level: Enumeration,
        mapped: u32,
        options: u32,
        revision: u32,
    } => LookupSids3Response {
        domains: Option<ReferencedDomains>,
        names: Counted<TranslatedNameEx>,
        mapped: u32,
    }
}
operation! {
    /// [MS-LSAT] 3.1.4.5 LsarLookupNames4
    77 LookupNames4Request {
        count: u32,
        names: Vec<Text>,
        sids: Counted<TranslatedSidEx2>,
        level: Enumeration,
        mapped: u32,
        options: u32,
        revision: u32,
    } => LookupNames4Response {
        domains: Option<ReferencedDomains>,
        sids: Counted<TranslatedSidEx2>,
        mapped: u32,
    }
}
