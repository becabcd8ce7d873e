//! The server object and what all objects have ([MS-SAMR] 3.1.5.1, 3.1.5.12, 3.1.5.13).

use crate::lsarpc::SecurityDescriptorBytes;
use crate::ndr::{operation, structure};
use crate::{ContextHandle, Counted, Text, WideString};
use lanward_nt::Sid;

structure! {
    /// [MS-SAMR] 2.2.3.9 SAMPR_RID_ENUMERATION
    RidName { rid: u32, name: Text, }
}

operation! {
    /// [MS-SAMR] 3.1.5.1.4 SamrConnect
    0 ConnectRequest { server_name: Option<u16>, access: u32, } => ConnectResponse { server: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.13.1 SamrCloseHandle
    1 CloseRequest { handle: ContextHandle, } => CloseResponse { handle: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.12.1 SamrSetSecurityObject
    2 SetSecurityRequest { handle: ContextHandle, information: u32, descriptor: SecurityDescriptorBytes, }
    => SetSecurityResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.12.2 SamrQuerySecurityObject
    3 QuerySecurityRequest { handle: ContextHandle, information: u32, }
    => QuerySecurityResponse { descriptor: Option<SecurityDescriptorBytes>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.11.1 SamrLookupDomainInSamServer
    5 LookupDomainRequest { server: ContextHandle, name: Text, } => LookupDomainResponse { sid: Option<Sid>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.2.1 SamrEnumerateDomainsInSamServer
    6 EnumerateDomainsRequest { server: ContextHandle, resume: u32, preferred_length: u32, }
    => EnumerateDomainsResponse { resume: u32, domains: Option<Counted<RidName>>, count: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.1.3 SamrConnect2
    57 Connect2Request { server_name: Option<WideString>, access: u32, }
    => Connect2Response { server: ContextHandle, }
}
operation! {
    /// SamrConnect3, which [MS-SAMR] 3.1.5 has as not used on the wire: SamrConnect2 with a number that means nothing.
    61 Connect3Request { server_name: Option<WideString>, unknown: u32, access: u32, }
    => Connect3Response { server: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.1.2 SamrConnect4
    62 Connect4Request { server_name: Option<WideString>, revision: u32, access: u32, }
    => Connect4Response { server: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.1.1 SamrConnect5; the union of revisions has one arm, SAMPR_REVISION_INFO_V1.
    64 Connect5Request {
        server_name: Option<WideString>,
        access: u32,
        in_version: u32,
        in_level: u32,
        revision: u32,
        features: u32,
    } => Connect5Response {
        out_version: u32,
        out_level: u32,
        revision: u32,
        features: u32,
        server: ContextHandle,
    }
}
operation! {
    /// [MS-SAMR] 3.1.5.13.7 SamrRidToSid
    65 RidToSidRequest { handle: ContextHandle, rid: u32, } => RidToSidResponse { sid: Option<Sid>, }
}
