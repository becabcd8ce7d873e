use lanward_wire::{CodePage, Decode, DecodeError, Encode, Reader, Writer};

/// SV_TYPE bits that browsers set and read ([MS-RAP] 2.5.5.2.1).
pub mod server_type {
    /// SV_TYPE_DOMAIN_CTRL and SV_TYPE_DOMAIN_BAKCTRL
    pub const DOMAIN_CONTROLLER: u32 = 0x0000_0018;
    /// SV_TYPE_NT
    pub const NT: u32 = 0x0000_1000;
    /// SV_TYPE_POTENTIAL_BROWSER
    pub const POTENTIAL_BROWSER: u32 = 0x0001_0000;
    /// SV_TYPE_BACKUP_BROWSER
    pub const BACKUP_BROWSER: u32 = 0x0002_0000;
    /// SV_TYPE_MASTER_BROWSER
    pub const MASTER_BROWSER: u32 = 0x0004_0000;
    /// SV_TYPE_DOMAIN_ENUM
    pub const DOMAIN_ENUM: u32 = 0x8000_0000;
}

/// Bytes of a name with its terminator.
const NAME: usize = 16;

/// Most bytes of a comment, with its terminator ([MS-BRWS] 2.2.1).
const COMMENT: usize = 43;

/// Names a list of backup browsers has at most.
const MAX_BACKUPS: usize = 32;

/// A message of the CIFS Browser Protocol ([MS-BRWS] 2.2), as it stands in a mailslot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserFrame {
    /// 2.2.1: a server is there.
    HostAnnouncement(Announcement),
    /// 2.2.2: all servers are to announce themselves.
    AnnouncementRequest {
        /// Who asks.
        response_name: String,
    },
    /// 2.2.3
    RequestElection(Election),
    /// 2.2.4: who has a copy of the list?
    GetBackupListRequest {
        /// How many are wanted.
        requested_count: u8,
        /// What comes back with the answer.
        token: u32,
    },
    /// 2.2.5
    GetBackupListResponse {
        /// That of the request.
        token: u32,
        /// The backup browsers.
        servers: Vec<String>,
    },
    /// 2.2.6
    BecomeBackup {
        /// Who is to become one.
        browser: String,
    },
    /// 2.2.7: a group is there, whose master browser is the announcement's comment.
    DomainAnnouncement(Announcement),
    /// 2.2.8
    MasterAnnouncement {
        /// The local master browser.
        name: String,
    },
    /// 2.2.9
    ResetState(ResetState),
    /// 2.2.10: a master browser is there.
    LocalMasterAnnouncement(Announcement),
}

/// What announces a server or a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Announcement {
    /// UpdateCount: 0, and of no meaning.
    pub update_count: u8,
    /// Milliseconds until the next one.
    pub periodicity: u32,
    /// The server, or the group.
    pub name: String,
    /// Major and minor version of the server's system.
    pub version: (u8, u8),
    /// SV_TYPE bits.
    pub server_type: u32,
    /// Major and minor version of the protocol.
    pub browser_version: (u8, u8),
    /// 0xAA55
    pub signature: u16,
    /// What people read beside the name; of a group the name of its master browser.
    pub comment: String,
}

/// [MS-BRWS] 2.2.3: a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Election {
    /// 1
    pub version: u8,
    /// What counts first.
    pub criteria: u32,
    /// Seconds, or milliseconds of some, since its browser began; what counts then.
    pub uptime: u32,
    /// Its name, which counts last; empty if it only wants an election.
    pub name: String,
}

/// [MS-BRWS] 2.2.9 Type
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetState(pub u8);

impl ResetState {
    /// RESET_STATE_STOP_MASTER
    pub const STOP_MASTER: Self = Self(1);
    /// RESET_STATE_CLEAR_ALL
    pub const CLEAR_ALL: Self = Self(2);
    /// RESET_STATE_STOP
    pub const STOP: Self = Self(4);
}

impl Announcement {
    /// The signature of all announcements.
    pub const SIGNATURE: u16 = 0xaa55;

    /// The version of the protocol.
    pub const VERSION: (u8, u8) = (0x0f, 0x01);
}

/// Characters of one byte each.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf16_lossy(&CodePage::Cp437.decode(bytes.get(..end).unwrap_or_default()))
}

fn bytes(text: &str, most: usize) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (mut bytes, _) = CodePage::Cp437.encode(&units);
    bytes.truncate(most.saturating_sub(1));
    bytes
}

/// A string up to its terminator, or to the end where somebody leaves that out.
fn string(r: &mut Reader<'_>, most: usize, field: &'static str) -> Result<String, DecodeError> {
    let rest = r.clone().rest();
    let length = rest.iter().position(|b| *b == 0);
    let string = r.bytes(length.unwrap_or(rest.len()), field)?;
    if length.is_some() {
        r.skip(1, field)?;
    }
    if string.len() >= most {
        return Err(DecodeError::invalid(field, "longer than it may be"));
    }
    Ok(text(string))
}

fn write_string(w: &mut Writer<'_>, string: &str, most: usize) {
    w.bytes(&bytes(string, most));
    w.u8(0);
}

impl BrowserFrame {
    fn announcement(r: &mut Reader<'_>) -> Result<Announcement, DecodeError> {
        Ok(Announcement {
            update_count: r.u8("UpdateCount")?,
            periodicity: r.u32("Periodicity")?,
            name: text(r.bytes(NAME, "ServerName")?.get(..15).unwrap_or_default()),
            version: (r.u8("OSVersionMajor")?, r.u8("OSVersionMinor")?),
            server_type: r.u32("ServerType")?,
            browser_version: (r.u8("BrowserVersionMajor")?, r.u8("BrowserVersionMinor")?),
            signature: r.u16("Signature")?,
            // Some send longer ones than they may; what is over is passed over.
            comment: {
                let rest = r.rest();
                text(rest.get(..COMMENT.saturating_sub(1)).unwrap_or(rest))
            },
        })
    }

    fn opcode(&self) -> u8 {
        match self {
            Self::HostAnnouncement(_) => 0x01,
            Self::AnnouncementRequest { .. } => 0x02,
            Self::RequestElection(_) => 0x08,
            Self::GetBackupListRequest { .. } => 0x09,
            Self::GetBackupListResponse { .. } => 0x0a,
            Self::BecomeBackup { .. } => 0x0b,
            Self::DomainAnnouncement(_) => 0x0c,
            Self::MasterAnnouncement { .. } => 0x0d,
            Self::ResetState(_) => 0x0e,
            Self::LocalMasterAnnouncement(_) => 0x0f,
        }
    }
}

impl Decode<'_> for BrowserFrame {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match r.u8("Opcode")? {
            0x01 => Self::HostAnnouncement(Self::announcement(r)?),
            0x02 => {
                r.skip(1, "Reserved")?;
                Self::AnnouncementRequest { response_name: string(r, NAME, "ResponseName")? }
            }
            0x08 => {
                let (version, criteria, uptime) = (r.u8("Version")?, r.u32("Criteria")?, r.u32("Uptime")?);
                r.skip(4, "Unused")?;
                Self::RequestElection(Election {
                    version,
                    criteria,
                    uptime,
                    name: string(r, NAME, "ServerName")?,
                })
            }
            0x09 => Self::GetBackupListRequest {
                requested_count: r.u8("RequestedCount")?,
                token: r.u32("Token")?,
            },
            0x0a => {
                let (count, token) = (r.u8("BackupServerCount")?, r.u32("Token")?);
                if usize::from(count) > MAX_BACKUPS {
                    return Err(DecodeError::invalid("BackupServerCount", "more than any list has"));
                }
                let servers = (0..count).map(|_| {
                    // Only the last one may do without its terminator.
                    if r.is_empty() {
                        Err(DecodeError::invalid("BackupServerList", "too short"))
                    } else {
                        string(r, NAME, "BackupServerList")
                    }
                });
                Self::GetBackupListResponse { token, servers: servers.collect::<Result<_, _>>()? }
            }
            0x0b => Self::BecomeBackup { browser: string(r, NAME, "BrowserToPromote")? },
            0x0c => Self::DomainAnnouncement(Self::announcement(r)?),
            0x0d => Self::MasterAnnouncement { name: string(r, NAME, "MasterBrowserServerName")? },
            0x0e => Self::ResetState(ResetState(r.u8("Type")?)),
            0x0f => Self::LocalMasterAnnouncement(Self::announcement(r)?),
            other => return Err(DecodeError::unexpected("Opcode", other.into())),
        })
    }
}

impl Encode for BrowserFrame {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.opcode());
        match self {
            Self::HostAnnouncement(a) | Self::DomainAnnouncement(a) | Self::LocalMasterAnnouncement(a) => {
                w.u8(a.update_count);
                w.u32(a.periodicity);
                let mut name = bytes(&a.name, NAME);
                name.resize(NAME, 0);
                w.bytes(&name);
                w.bytes(&[a.version.0, a.version.1]);
                w.u32(a.server_type);
                w.bytes(&[a.browser_version.0, a.browser_version.1]);
                w.u16(a.signature);
                write_string(w, &a.comment, COMMENT);
            }
            Self::AnnouncementRequest { response_name } => {
                w.u8(0);
                write_string(w, response_name, NAME);
            }
            Self::RequestElection(election) => {
                w.u8(election.version);
                w.u32(election.criteria);
                w.u32(election.uptime);
                w.u32(0);
                write_string(w, &election.name, NAME);
            }
            Self::GetBackupListRequest { requested_count, token } => {
                w.u8(*requested_count);
                w.u32(*token);
            }
            Self::GetBackupListResponse { token, servers } => {
                let servers = servers.get(..MAX_BACKUPS).unwrap_or(servers);
                w.u8(u8::try_from(servers.len()).unwrap_or(u8::MAX));
                w.u32(*token);
                servers.iter().for_each(|server| write_string(w, server, NAME));
            }
            Self::BecomeBackup { browser: name } | Self::MasterAnnouncement { name } => {
                write_string(w, name, NAME);
            }
            Self::ResetState(state) => w.u8(state.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both_ways(bytes: &[u8], frame: &BrowserFrame) {
        assert_eq!(BrowserFrame::decode(&mut Reader::new(bytes)).as_ref(), Ok(frame));
        assert_eq!(frame.to_bytes(), bytes);
    }

    #[test]
    fn every_frame_both_ways() {
        let announcement = Announcement {
            update_count: 0,
            periodicity: 720_000,
            name: "PC".into(),
            version: (4, 9),
            server_type: 0x0001_1003,
            browser_version: Announcement::VERSION,
            signature: Announcement::SIGNATURE,
            comment: "a pc".into(),
        };
        let announced =
            b"\0\x80\xfc\x0a\0PC\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\x09\x03\x10\x01\0\x0f\x01\x55\xaaa pc\0";
        let with = |opcode: u8| [&[opcode], &announced[..]].concat();
        both_ways(&with(1), &BrowserFrame::HostAnnouncement(announcement.clone()));
        both_ways(&with(12), &BrowserFrame::DomainAnnouncement(announcement.clone()));
        both_ways(&with(15), &BrowserFrame::LocalMasterAnnouncement(announcement));
        both_ways(b"\x02\0PC\0", &BrowserFrame::AnnouncementRequest { response_name: "PC".into() });
        let election = Election { version: 1, criteria: 0x2001_0f20, uptime: 0x1234, name: "PC".into() };
        both_ways(
            b"\x08\x01\x20\x0f\x01\x20\x34\x12\0\0\0\0\0\0PC\0",
            &BrowserFrame::RequestElection(election),
        );
        both_ways(
            b"\x09\x04\x01\0\0\0",
            &BrowserFrame::GetBackupListRequest { requested_count: 4, token: 1 },
        );
        let servers = vec!["A".into(), "B".into()];
        both_ways(b"\x0a\x02\x01\0\0\0A\0B\0", &BrowserFrame::GetBackupListResponse { token: 1, servers });
        both_ways(b"\x0bPC\0", &BrowserFrame::BecomeBackup { browser: "PC".into() });
        both_ways(b"\x0dPC\0", &BrowserFrame::MasterAnnouncement { name: "PC".into() });
        both_ways(b"\x0e\x02", &BrowserFrame::ResetState(ResetState::CLEAR_ALL));
    }

    #[test]
    fn nonsense_is_refused() {
        for bytes in [
            &b""[..],
            b"\x03",
            b"\x01\0\0",
            b"\x0a\xff\0\0\0\0",
            b"\x0a\x02\0\0\0\0A\0",
            b"\x0bSIXTEEN-LETTERS-\0",
            b"\x08\x01\0\0\0",
        ] {
            assert!(BrowserFrame::decode(&mut Reader::new(bytes)).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_them(opcode in 0u8..18, rest: Vec<u8>) {
            let bytes = [vec![opcode], rest].concat();
            if let Ok(frame) = BrowserFrame::decode(&mut Reader::new(&bytes)) {
                prop_assert_eq!(BrowserFrame::decode(&mut Reader::new(&frame.to_bytes())), Ok(frame));
            }
        }
    }
}
