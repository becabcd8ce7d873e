use crate::information::{Entry, Members, level_and_union, union};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-WKST] 3.2.4.1 NetrWkstaGetInfo (Opnum 0), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationGetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structure to return.
    pub level: u32,
}

/// The WKSTA_INFO structures ([MS-WKST] 2.2.5.1 to 2.2.5.7) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationInfo {
    /// platform_id: 500 for Windows
    pub platform_id: u32,
    /// computername
    pub computer_name: Option<NtString>,
    /// langroup: the domain or workgroup
    pub domain: Option<NtString>,
    /// ver_major
    pub version_major: u32,
    /// ver_minor
    pub version_minor: u32,
    /// lanroot: null
    pub root: Option<NtString>,
    /// logged_on_users
    pub logged_on_users: u32,
    /// keep_conn: seconds a connection is kept that is not used
    pub keep_connection: u32,
    /// max_cmds: requests that may be under way
    pub max_commands: u32,
    /// sess_timeout: seconds an answer may take
    pub session_timeout: u32,
    /// dormant_file_limit
    pub dormant_file_limit: u32,
}

/// [MS-WKST] 3.2.4.1 NetrWkstaGetInfo (Opnum 0), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The computer, if the level exists.
    pub info: Option<WorkstationInfo>,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-WKST] 3.2.4.2 NetrWkstaSetInfo (Opnum 1), what the client gives; the server returns a
/// [`crate::srvsvc::ParameterErrorResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationSetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structure that is set.
    pub level: u32,
    /// WkstaInfo
    pub info: Option<WorkstationInfo>,
    /// ErrorParameter
    pub parameter_error: Option<u32>,
}

impl Entry for WorkstationInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 100..=102 | 502 | 1013 | 1018 | 1046)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        match level {
            502 => return self.members_502(m),
            1013 => return m.u32("keep_conn", &mut self.keep_connection),
            1018 => return m.u32("sess_timeout", &mut self.session_timeout),
            1046 => return m.u32("dormant_file_limit", &mut self.dormant_file_limit),
            _ => {}
        }
        m.u32("platform_id", &mut self.platform_id)?;
        m.string("computername", &mut self.computer_name)?;
        m.string("langroup", &mut self.domain)?;
        m.u32("ver_major", &mut self.version_major)?;
        m.u32("ver_minor", &mut self.version_minor)?;
        if level >= 101 {
            m.string("lanroot", &mut self.root)?;
        }
        if level >= 102 {
            m.u32("logged_on_users", &mut self.logged_on_users)?;
        }
        Ok(())
    }
}

impl WorkstationInfo {
    /// WKSTA_INFO_502: 35 numbers, of which these are used.
    fn members_502<N: Ndr>(&mut self, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        let unused =
            |m: &mut Members<'_, N>, count: u32| (0..count).try_for_each(|_| m.u32("not used", &mut 0));
        unused(m, 3)?;
        m.u32("keep_conn", &mut self.keep_connection)?;
        m.u32("max_cmds", &mut self.max_commands)?;
        m.u32("sess_timeout", &mut self.session_timeout)?;
        unused(m, 8)?;
        m.u32("dormant_file_limit", &mut self.dormant_file_limit)?;
        unused(m, 20)
    }
}

impl Arguments for WorkstationGetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("Level", &mut self.level)
    }
}

impl Arguments for WorkstationGetInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        union(&mut self.level, &mut self.info, n)?;
        n.u32("status", &mut self.status)
    }
}

impl Arguments for WorkstationSetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        level_and_union(&mut self.level, &mut self.info, n)?;
        n.u32_pointer("ErrorParameter", &mut self.parameter_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use crate::{NdrReader, NdrWriter};

    /// What Samba answers rpcclient's `wkssvc_wkstagetinfo`.
    #[test]
    fn level_100_of_a_real_server() {
        let bytes = hex("64000000 04000200 f4010000 08000200 0c000200 06000000 01000000 07000000 00000000 07000000
            41004e00430048004f0052000000 0000 0a000000 00000000 0a000000 57004f0052004b00470052004f00550050000000 00000000");
        let info = WorkstationInfo {
            platform_id: 500,
            computer_name: Some("ANCHOR".into()),
            domain: Some("WORKGROUP".into()),
            version_major: 6,
            version_minor: 1,
            ..WorkstationInfo::default()
        };
        let value = WorkstationGetInfoResponse { level: 100, info: Some(info), status: 0 };
        assert_eq!(WorkstationGetInfoResponse::decode(&mut NdrReader::new(&bytes)), Ok(value.clone()));
        let mut encoded = Vec::new();
        value.encode(&mut NdrWriter::starting_at(&mut encoded, 0x0002_0004));
        assert_eq!(encoded, bytes);
    }

    #[test]
    fn every_level_reads_what_it_wrote() {
        for level in 99..=103 {
            let info = WorkstationInfo {
                platform_id: 500,
                computer_name: Some("n".into()),
                domain: None,
                version_major: 1,
                version_minor: 2,
                root: (level >= 101).then(|| "r".into()),
                logged_on_users: if level >= 102 { 3 } else { 0 },
                ..WorkstationInfo::default()
            };
            let known = WorkstationInfo::has_level(level);
            let value = WorkstationGetInfoResponse { level, info: known.then_some(info), status: 0 };
            let mut bytes = Vec::new();
            value.encode(&mut NdrWriter::new(&mut bytes));
            assert_eq!(WorkstationGetInfoResponse::decode(&mut NdrReader::new(&bytes)), Ok(value));
        }
    }
}
