use crate::ndr::{Alignment, Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-WKST] 3.2.4.12 NetrGetJoinInformation (Opnum 20), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetJoinInformationRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// NameBuffer: ignored
    pub name: Option<NtString>,
}

/// [MS-WKST] 3.2.4.12 NetrGetJoinInformation (Opnum 20), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetJoinInformationResponse {
    /// NameBuffer: the domain or workgroup
    pub name: Option<NtString>,
    /// BufferType ([MS-WKST] 2.2.3.1): 2 for a workgroup
    pub join_status: u16,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-WKST] 3.2.4.16 NetrValidateName2 (Opnum 25), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidateNameRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// NameToValidate
    pub name: NtString,
    /// AccountName: ignored
    pub account: Option<NtString>,
    /// Password, encrypted: ignored
    pub password: Option<EncryptedPassword>,
    /// NameType ([MS-WKST] 2.2.3.2)
    pub name_type: u16,
}

/// [MS-WKST] 2.2.5.18 JOINPR_ENCRYPTED_USER_PASSWORD, which nobody here decrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedPassword(pub [u8; 524]);

impl Default for EncryptedPassword {
    fn default() -> Self {
        Self([0; 524])
    }
}

/// [MS-WKST] 3.2.4.21 NetrEnumerateComputerNames (Opnum 30), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumerateComputerNamesRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// NameType ([MS-WKST] 2.2.3.3): 0 primary, 1 alternate, 2 all
    pub name_type: u16,
    /// Reserved: 0
    pub reserved: u32,
}

/// [MS-WKST] 3.2.4.21 NetrEnumerateComputerNames (Opnum 30), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumerateComputerNamesResponse {
    /// The names; `None` for no list at all.
    pub names: Option<Vec<NtString>>,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-WKST] 3.2.4.17 NetrGetJoinableOUs2 (Opnum 26), what a server returns that knows of no organizational units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetJoinableOusResponse {
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for GetJoinableOusResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.u32("OUCount", &mut 0)?;
        n.pointer("OUs", &mut false)?;
        n.u32("status", &mut self.status)
    }
}

impl Arguments for GetJoinInformationRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("NameBuffer", &mut self.name)
    }
}

impl Arguments for GetJoinInformationResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("NameBuffer", &mut self.name)?;
        n.enum16("BufferType", &mut self.join_status)?;
        n.u32("status", &mut self.status)
    }
}

impl Arguments for ValidateNameRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("NameToValidate", &mut self.name)?;
        n.string_pointer("AccountName", &mut self.account)?;
        n.referent_of("Password", &mut self.password)?;
        if let Some(EncryptedPassword(bytes)) = &mut self.password {
            n.bytes("Password", bytes)?;
        }
        n.enum16("NameType", &mut self.name_type)
    }
}

impl Arguments for EnumerateComputerNamesRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.enum16("NameType", &mut self.name_type)?;
        n.u32("Reserved", &mut self.reserved)
    }
}

impl Arguments for EnumerateComputerNamesResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.referent_of("ComputerNames", &mut self.names)?;
        if let Some(names) = &mut self.names {
            let mut count = u32::try_from(names.len()).unwrap_or(u32::MAX);
            let mut present = !names.is_empty();
            n.structure(Alignment::Pointer, "ComputerNames", |n| {
                n.u32("EntryCount", &mut count)?;
                n.pointer("ComputerNames", &mut present)
            })?;
            if present {
                n.unicode_strings("ComputerNames", names)?;
            }
        }
        n.u32("status", &mut self.status)
    }
}
