use crate::information::{Entry, EnumResponse, Members, enumeration, level_and_union};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 2.2.4.102 SERVER_ALIAS_INFO_0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AliasInfo {
    /// srvai0_alias
    pub alias: Option<NtString>,
    /// srvai0_target
    pub target: Option<NtString>,
    /// srvai0_default: a Boolean
    pub default: u32,
    /// srvai0_reserved
    pub reserved: u32,
}

impl Entry for AliasInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0)
    }

    fn members<N: Ndr>(&mut self, _: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.string("srvai0_alias", &mut self.alias)?;
        m.string("srvai0_target", &mut self.target)?;
        // A BOOLEAN is a byte.
        let mut default = [u8::from(self.default != 0)];
        m.bytes("srvai0_default", &mut default)?;
        let [default] = default;
        self.default = default.into();
        m.u32("srvai0_reserved", &mut self.reserved)
    }
}

/// [MS-SRVS] 3.1.4.45 NetrServerAliasEnum (Opnum 55), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerAliasEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferedMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// What the server returns.
pub type ServerAliasEnumResponse = EnumResponse<AliasInfo>;

impl Arguments for ServerAliasEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<AliasInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

/// [MS-SRVS] 3.1.4.44 NetrServerAliasAdd (Opnum 54) and 3.1.4.46 NetrServerAliasDel (Opnum 56), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerAliasRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 0
    pub level: u32,
    /// InfoStruct
    pub alias: Option<AliasInfo>,
}

impl Arguments for ServerAliasRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        level_and_union(&mut self.level, &mut self.alias, n)
    }
}
