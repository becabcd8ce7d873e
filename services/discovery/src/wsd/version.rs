//! The names that tell the versions apart.

/// A version of WS-Discovery, with that of WS-Addressing and of the Devices Profile that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// April 2005: what Windows speaks.
    April2005,
    /// 1.1, of 2009.
    V1_1,
}

impl Version {
    pub(super) const ALL: [Self; 2] = [Self::April2005, Self::V1_1];

    /// The namespace of WS-Discovery.
    pub(super) const fn discovery(self) -> &'static str {
        match self {
            Self::April2005 => "http://schemas.xmlsoap.org/ws/2005/04/discovery",
            Self::V1_1 => "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
        }
    }

    /// The namespace of WS-Addressing.
    pub(super) const fn addressing(self) -> &'static str {
        match self {
            Self::April2005 => "http://schemas.xmlsoap.org/ws/2004/08/addressing",
            Self::V1_1 => "http://www.w3.org/2005/08/addressing",
        }
    }

    /// Where an answer goes that goes back.
    pub(super) const fn anonymous(self) -> &'static str {
        match self {
            Self::April2005 => "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
            Self::V1_1 => "http://www.w3.org/2005/08/addressing/anonymous",
        }
    }

    /// Whom messages are for that are for everybody.
    pub(super) const fn everybody(self) -> &'static str {
        match self {
            Self::April2005 => "urn:schemas-xmlsoap-org:ws:2005:04:discovery",
            Self::V1_1 => "urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01",
        }
    }

    /// The namespace of the Devices Profile.
    pub(super) const fn profile(self) -> &'static str {
        match self {
            Self::April2005 => "http://schemas.xmlsoap.org/ws/2006/02/devprof",
            Self::V1_1 => "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01",
        }
    }

    /// The rule by which only what has no scopes matches: April 2005 5.1 `none`.
    pub(super) const fn no_scopes(self) -> &'static str {
        match self {
            Self::April2005 => "http://schemas.xmlsoap.org/ws/2005/04/discovery/none",
            Self::V1_1 => "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/none",
        }
    }
}

/// SOAP 1.2.
pub(super) const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";

/// [MS-PBSD] 2.1 `pub`.
pub(super) const PUBLICATION: &str = "http://schemas.microsoft.com/windows/pub/2005/07";

/// [MS-PBSD] 2.1 `pnpx`.
pub(super) const PNPX: &str = "http://schemas.microsoft.com/windows/pnpx/2005/10";

/// WS-MetadataExchange.
pub(super) const METADATA: &str = "http://schemas.xmlsoap.org/ws/2004/09/mex";

/// WS-Transfer 3.1 Get.
pub(super) const GET: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
