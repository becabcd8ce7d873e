use super::ServerParameters;
use crate::information::{Entry, Members, level_and_union, union};
use crate::ndr::{Arguments, Ndr};
use bitflags::bitflags;
use lanward_nt::NtString;
use lanward_wire::DecodeError;

bitflags! {
    /// [MS-SRVS] 2.2.2.7 Software Type Flags. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ServerType: u32 {
        /// SV_TYPE_WORKSTATION
        const WORKSTATION = 0x0000_0001;
        /// SV_TYPE_SERVER
        const SERVER = 0x0000_0002;
        /// SV_TYPE_TIME_SOURCE
        const TIME_SOURCE = 0x0000_0020;
        /// SV_TYPE_PRINTQ_SERVER
        const PRINT_SERVER = 0x0000_0200;
        /// SV_TYPE_NT
        const NT = 0x0000_1000;
        /// SV_TYPE_SERVER_NT
        const SERVER_NT = 0x0000_8000;
        /// SV_TYPE_POTENTIAL_BROWSER
        const POTENTIAL_BROWSER = 0x0001_0000;
        /// SV_TYPE_BACKUP_BROWSER
        const BACKUP_BROWSER = 0x0002_0000;
        /// SV_TYPE_MASTER_BROWSER
        const MASTER_BROWSER = 0x0004_0000;
        const _ = !0;
    }
}

/// [MS-SRVS] 3.1.4.17 NetrServerGetInfo (Opnum 21), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerGetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structure to return.
    pub level: u32,
}

/// The SERVER_INFO structures ([MS-SRVS] 2.2.4.40 to 2.2.4.90) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerInfo {
    /// platform_id: 500 for Windows
    pub platform_id: u32,
    /// name
    pub name: Option<NtString>,
    /// version_major
    pub version_major: u32,
    /// version_minor
    pub version_minor: u32,
    /// type
    pub server_type: ServerType,
    /// comment
    pub comment: Option<NtString>,
    /// users: how many may use it; all ones for no limit
    pub users: u32,
    /// disc: minutes after which an idle session is closed; all ones for never
    pub disconnect: u32,
    /// hidden: 0 for one that can be browsed
    pub hidden: u32,
    /// announce: seconds between announcements
    pub announce: u32,
    /// anndelta: milliseconds
    pub announce_delta: u32,
    /// licenses
    pub licenses: u32,
    /// userpath
    pub user_path: Option<NtString>,
    /// capabilities
    pub capabilities: u32,
    /// What levels 502, 503, 599 and those of single parameters have.
    pub parameters: ServerParameters,
}

/// [MS-SRVS] 3.1.4.17 NetrServerGetInfo (Opnum 21), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The server, if the level exists.
    pub info: Option<ServerInfo>,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-SRVS] 3.1.4.18 NetrServerSetInfo (Opnum 22), what the client gives; the server returns a [`super::ParameterErrorResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerSetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structure that is set.
    pub level: u32,
    /// ServerInfo
    pub info: Option<ServerInfo>,
    /// ParmErr
    pub parameter_error: Option<u32>,
}

impl Entry for ServerInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 100..=103 | 502 | 503 | 599 | 1005 | 1107 | 1010 | 1016..=1018)
            || ServerParameters::is_single(level)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        match level {
            1005 => return m.string("comment", &mut self.comment),
            1107 => return m.u32("users", &mut self.users),
            1010 => return m.u32("disc", &mut self.disconnect),
            1016 => return m.u32("hidden", &mut self.hidden),
            1017 => return m.u32("announce", &mut self.announce),
            1018 => return m.u32("anndelta", &mut self.announce_delta),
            100..=103 => {}
            _ => return self.parameters.members(level, m),
        }
        m.u32("platform_id", &mut self.platform_id)?;
        m.string("name", &mut self.name)?;
        if level >= 101 {
            m.u32("version_major", &mut self.version_major)?;
            m.u32("version_minor", &mut self.version_minor)?;
            let mut bits = self.server_type.bits();
            m.u32("type", &mut bits)?;
            self.server_type = ServerType::from_bits_retain(bits);
            m.string("comment", &mut self.comment)?;
        }
        if level >= 102 {
            m.u32("users", &mut self.users)?;
            m.u32("disc", &mut self.disconnect)?;
            m.u32("hidden", &mut self.hidden)?;
            m.u32("announce", &mut self.announce)?;
            m.u32("anndelta", &mut self.announce_delta)?;
            m.u32("licenses", &mut self.licenses)?;
            m.string("userpath", &mut self.user_path)?;
        }
        if level >= 103 {
            m.u32("capabilities", &mut self.capabilities)?;
        }
        Ok(())
    }
}

impl Arguments for ServerGetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("Level", &mut self.level)
    }
}

impl Arguments for ServerGetInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        union(&mut self.level, &mut self.info, n)?;
        n.u32("status", &mut self.status)
    }
}

impl Arguments for ServerSetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        level_and_union(&mut self.level, &mut self.info, n)?;
        n.u32_pointer("ParmErr", &mut self.parameter_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use crate::{NdrReader, NdrWriter};

    /// What rpcclient sends for `srvinfo 102`, and what Samba answers.
    #[test]
    fn level_102_of_real_peers() {
        let request = hex(
            "00000200 0c000000 00000000 0c000000 5c005c003100320037002e0030002e0030002e0031000000 66000000",
        );
        let value = ServerGetInfoRequest { server_name: Some("\\\\127.0.0.1".into()), level: 102 };
        assert_eq!(ServerGetInfoRequest::decode(&mut NdrReader::new(&request)), Ok(value.clone()));
        let mut encoded = Vec::new();
        value.encode(&mut NdrWriter::new(&mut encoded));
        assert_eq!(encoded, request);

        let response = hex("66000000 04000200 f4010000 08000200 06000000 01000000 039a8000 0c000200 ffffffff 0f000000
            00000000 f0000000 b80b0000 a0860100 10000200 07000000 00000000 07000000 41004e00430048004f0052000000 0000
            15000000 00000000 15000000 530061006d0062006100200034002e00310037002e00310032002d00440065006200690061006e
            000000 0000 04000000 00000000 04000000 43003a005c000000 00000000");
        let response = &response[..response.len()];
        let info = ServerInfo {
            platform_id: 500,
            name: Some("ANCHOR".into()),
            version_major: 6,
            version_minor: 1,
            server_type: ServerType::from_bits_retain(0x0080_9a03),
            comment: Some("Samba 4.17.12-Debian".into()),
            users: u32::MAX,
            disconnect: 15,
            hidden: 0,
            announce: 240,
            announce_delta: 3000,
            licenses: 100_000,
            user_path: Some("C:\\".into()),
            ..ServerInfo::default()
        };
        let value = ServerGetInfoResponse { level: 102, info: Some(info), status: 0 };
        assert_eq!(ServerGetInfoResponse::decode(&mut NdrReader::new(response)), Ok(value.clone()));
        let mut encoded = Vec::new();
        value.encode(&mut NdrWriter::starting_at(&mut encoded, 0x0002_0004));
        assert_eq!(encoded, response);
    }

    #[test]
    fn lower_levels_have_less() {
        for level in 99..=103 {
            let full = ServerInfo {
                platform_id: 1,
                name: Some("n".into()),
                version_major: 2,
                comment: Some("c".into()),
                user_path: Some("u".into()),
                ..ServerInfo::default()
            };
            let mut bytes = Vec::new();
            ServerGetInfoResponse { level, info: Some(full), status: 7 }
                .encode(&mut NdrWriter::new(&mut bytes));
            let decoded = ServerGetInfoResponse::decode(&mut NdrReader::new(&bytes)).unwrap();
            assert_eq!((decoded.status, decoded.info.is_some()), (7, level >= 100));
            let info = decoded.info.unwrap_or_default();
            assert_eq!((info.comment.is_some(), info.user_path.is_some()), (level >= 101, level >= 102));
        }
    }
}
