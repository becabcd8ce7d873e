use crate::{NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-WKST] 3.2.4.1 NetrWkstaGetInfo (Opnum 0), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkstationGetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structure to return.
    pub level: u32,
}

/// WKSTA_INFO_100, 101 and 102 ([MS-WKST] 2.2.5.1 to 2.2.5.3) in one: what a level does not have is neither written nor read.
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
}

/// [MS-WKST] 3.2.4.1 NetrWkstaGetInfo (Opnum 0), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkstationGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The computer, if the level exists.
    pub info: Option<WorkstationInfo>,
    /// A Win32 error.
    pub status: u32,
}

impl WorkstationGetInfoRequest {
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

impl WorkstationInfo {
    fn decode(level: u32, r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let mut info = Self { platform_id: r.u32("platform_id")?, ..Self::default() };
        let (name, domain) = (r.pointer("computername")?, r.pointer("langroup")?);
        info.version_major = r.u32("ver_major")?;
        info.version_minor = r.u32("ver_minor")?;
        let root = level >= 101 && r.pointer("lanroot")?;
        if level >= 102 {
            info.logged_on_users = r.u32("logged_on_users")?;
        }
        info.computer_name = name.then(|| r.string("computername")).transpose()?;
        info.domain = domain.then(|| r.string("langroup")).transpose()?;
        info.root = root.then(|| r.string("lanroot")).transpose()?;
        Ok(info)
    }

    fn encode(&self, level: u32, w: &mut NdrWriter<'_>) {
        w.u32(self.platform_id);
        w.pointer(self.computer_name.is_some());
        w.pointer(self.domain.is_some());
        w.u32(self.version_major);
        w.u32(self.version_minor);
        if level >= 101 {
            w.pointer(self.root.is_some());
        }
        if level >= 102 {
            w.u32(self.logged_on_users);
        }
        w.deferred_string(self.computer_name.as_ref());
        w.deferred_string(self.domain.as_ref());
        if level >= 101 {
            w.deferred_string(self.root.as_ref());
        }
    }
}

impl WorkstationGetInfoResponse {
    /// Whether the level is one of those this operation has here.
    #[must_use]
    pub const fn has_level(level: u32) -> bool {
        matches!(level, 100..=102)
    }

    /// Whether the union WKSTA_INFO ([MS-WKST] 2.2.4.1) has an arm, a pointer, for a level that can be asked for; it is taken to be empty for all others.
    const fn has_arm(level: u32) -> bool {
        matches!(level, 100..=102 | 502 | 1013 | 1018 | 1046)
    }

    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let level = r.u32("Level")?;
        let info = match (Self::has_arm(level) && r.pointer("WkstaInfo")?, Self::has_level(level)) {
            (false, _) => None,
            (true, true) => Some(WorkstationInfo::decode(level, r)?),
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
            };
            let known = WorkstationGetInfoResponse::has_level(level);
            let value = WorkstationGetInfoResponse { level, info: known.then_some(info), status: 0 };
            let mut bytes = Vec::new();
            value.encode(&mut NdrWriter::new(&mut bytes));
            assert_eq!(WorkstationGetInfoResponse::decode(&mut NdrReader::new(&bytes)), Ok(value));
        }
    }
}
