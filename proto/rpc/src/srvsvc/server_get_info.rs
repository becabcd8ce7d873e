use crate::{NdrReader, NdrWriter};
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
        const _ = !0;
    }
}

/// [MS-SRVS] 3.1.4.17 NetrServerGetInfo (Opnum 21), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerGetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structure to return.
    pub level: u32,
}

/// SERVER_INFO_100, 101 and 102 ([MS-SRVS] 2.2.4.40 to 2.2.4.42) in one: what a level does not have is neither written nor read.
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
}

/// [MS-SRVS] 3.1.4.17 NetrServerGetInfo (Opnum 21), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The server, if the level exists.
    pub info: Option<ServerInfo>,
    /// A Win32 error.
    pub status: u32,
}

impl ServerGetInfoRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { server_name: r.string_pointer("ServerName")?, level: r.u32("Level")? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.string_pointer(self.server_name.as_ref());
        w.u32(self.level);
    }
}

impl ServerInfo {
    fn decode(level: u32, r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let mut info = Self { platform_id: r.u32("platform_id")?, ..Self::default() };
        let name = r.pointer("name")?;
        let (mut comment, mut user_path) = (false, false);
        if level >= 101 {
            info.version_major = r.u32("version_major")?;
            info.version_minor = r.u32("version_minor")?;
            info.server_type = ServerType::from_bits_retain(r.u32("type")?);
            comment = r.pointer("comment")?;
        }
        if level >= 102 {
            info.users = r.u32("users")?;
            info.disconnect = r.u32("disc")?;
            info.hidden = r.u32("hidden")?;
            info.announce = r.u32("announce")?;
            info.announce_delta = r.u32("anndelta")?;
            info.licenses = r.u32("licenses")?;
            user_path = r.pointer("userpath")?;
        }
        info.name = name.then(|| r.string("name")).transpose()?;
        info.comment = comment.then(|| r.string("comment")).transpose()?;
        info.user_path = user_path.then(|| r.string("userpath")).transpose()?;
        Ok(info)
    }

    fn encode(&self, level: u32, w: &mut NdrWriter<'_>) {
        w.u32(self.platform_id);
        w.pointer(self.name.is_some());
        if level >= 101 {
            w.u32(self.version_major);
            w.u32(self.version_minor);
            w.u32(self.server_type.bits());
            w.pointer(self.comment.is_some());
        }
        if level >= 102 {
            for v in
                [self.users, self.disconnect, self.hidden, self.announce, self.announce_delta, self.licenses]
            {
                w.u32(v);
            }
            w.pointer(self.user_path.is_some());
        }
        w.deferred_string(self.name.as_ref());
        if level >= 101 {
            w.deferred_string(self.comment.as_ref());
        }
        if level >= 102 {
            w.deferred_string(self.user_path.as_ref());
        }
    }
}

impl ServerGetInfoResponse {
    /// Whether the level is one of those this operation has here.
    #[must_use]
    pub const fn has_level(level: u32) -> bool {
        matches!(level, 100..=102)
    }

    /// Whether the union SERVER_INFO ([MS-SRVS] 2.2.3.7) has an arm, a pointer, for a level that can be asked for; it is taken to be empty for all others.
    const fn has_arm(level: u32) -> bool {
        matches!(level, 100..=103 | 502 | 503 | 599)
    }

    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let level = r.u32("Level")?;
        let info = match (Self::has_arm(level) && r.pointer("InfoStruct")?, Self::has_level(level)) {
            (false, _) => None,
            (true, true) => Some(ServerInfo::decode(level, r)?),
            (true, false) => return Err(DecodeError::unexpected("Level", level)),
        };
        Ok(Self { level, info, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.level);
        let info = self.info.as_ref().filter(|_| Self::has_level(self.level));
        if Self::has_arm(self.level) {
            w.pointer(info.is_some());
        }
        if let Some(info) = info {
            info.encode(self.level, w);
        }
        w.u32(self.status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

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
            assert_eq!((decoded.status, decoded.info.is_some()), (7, (100..=102).contains(&level)));
            let info = decoded.info.unwrap_or_default();
            assert_eq!(
                (info.comment.is_some(), info.user_path.is_some()),
                ((101..=102).contains(&level), level == 102)
            );
        }
    }
}
