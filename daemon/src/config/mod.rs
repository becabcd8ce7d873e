//! The configuration file. Every table refuses keys it does not know.

mod check;
mod device;
mod discovery;
mod floors;
mod interfaces;
mod load;
mod netbios;
mod paths;
mod pipe;
mod printer;
mod problem;
mod settings;
mod suggest;
mod value;
mod vpn;
mod vpn_radius;

pub(crate) use device::DeviceSection;
pub(crate) use discovery::DiscoverySection;
#[cfg(test)]
pub(crate) use load::{known_keys, parse};
pub(crate) use load::{load, read};
pub(crate) use netbios::NetbiosSection;
pub(crate) use paths::{default_file, default_state_dir};
pub(crate) use pipe::{PipeModeName, PipeSection};
pub(crate) use printer::PrinterSection;
pub(crate) use problem::{Invalid, Problem};
pub(crate) use value::{Dialect, ListenAddress, Permissions};
pub(crate) use vpn::VpnSection;

use floors::FloorSection;
use interfaces::InterfaceSection;
use lanward_fsa::{FileRules, NamePatterns, RecycleBin, TimeMachine};
use lanward_server::Audit;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use value::{CodePageNumber, Demand, NullPipes, Range, Restriction, Size, Span};

/// A whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// `[server]`
    pub(crate) server: ServerSection,
    /// `[zone.NAME]`, in the order of the file
    pub(crate) zone: BTreeMap<Spanned<String>, ZoneSection>,
    /// `[floor.NAME]`
    pub(crate) floor: BTreeMap<Spanned<String>, FloorSection>,
    /// `[interface.NAME]`
    pub(crate) interface: BTreeMap<Spanned<String>, InterfaceSection>,
    /// `[share.NAME]`
    pub(crate) share: BTreeMap<Spanned<String>, ShareSection>,
    /// `[device.NAME]`
    pub(crate) device: BTreeMap<Spanned<String>, DeviceSection>,
    /// `[pipe.NAME]`
    pub(crate) pipe: BTreeMap<Spanned<String>, PipeSection>,
    /// `[printer.NAME]`
    pub(crate) printer: BTreeMap<Spanned<String>, PrinterSection>,
    /// `[unix-users]`: whom accounts are on this machine, where that is not the user of their name.
    pub(crate) unix_users: BTreeMap<String, String>,
    /// `[netbios]`
    pub(crate) netbios: NetbiosSection,
    /// `[discovery]`
    pub(crate) discovery: DiscoverySection,
    /// `[limits]`
    pub(crate) limits: LimitsSection,
    /// `[rpc]`
    pub(crate) rpc: RpcSection,
    /// `[events]`
    pub(crate) events: EventsSection,
    /// `[metrics]`
    pub(crate) metrics: MetricsSection,
    /// `[vpn]`; nobody dials in without it.
    pub(crate) vpn: Option<VpnSection>,
}

impl Config {
    /// The names of everything clients connect to.
    pub(crate) fn share_names(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.share.keys().chain(self.device.keys())
    }
}

/// `[metrics]`: the server as numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct MetricsSection {
    /// Where they are answered over HTTP; nowhere when it is left out.
    pub(crate) listen: Option<Spanned<SocketAddr>>,
}

/// `[rpc]`: whether administration is reached over TCP, beside the named pipes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct RpcSection {
    /// Addresses of this machine; none when it is left out.
    pub(crate) listen: Vec<IpAddr>,
    /// Where everybody may ask for the other port.
    pub(crate) mapper_port: u16,
    pub(crate) port: u16,
}

impl Default for RpcSection {
    fn default() -> Self {
        Self { listen: Vec::new(), mapper_port: 135, port: 49152 }
    }
}

/// `[events]`: where what happens is written down.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct EventsSection {
    /// The file that lines of JSON are added to.
    pub(crate) file: Option<PathBuf>,
    /// The journal gets them too.
    pub(crate) journal: bool,
    /// Logons, refusals and connected shares that one address may have written down in a minute; 0 for any number.
    pub(crate) sessions_per_minute: Option<u32>,
    /// The same for what is opened.
    pub(crate) opens_per_minute: Option<u32>,
}

/// `[server]`: who the server is and where it listens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ServerSection {
    /// The name on the network, at most 15 characters; the host's name when it is left out.
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) workgroup: Option<Spanned<String>>,
    pub(crate) comment: String,
    /// Addresses with or without a port. Left out: every private address of the machine.
    pub(crate) listen: Option<Spanned<Vec<ListenAddress>>>,
    /// As whom files are opened.
    pub(crate) identity: Option<Spanned<IdentityMode>>,
    /// Worker threads; one for each processor when it is left out.
    pub(crate) threads: Option<Spanned<usize>>,
    pub(crate) state_dir: Option<PathBuf>,
    /// Domains that clients are told the controllers of.
    pub(crate) dfs_domains: Vec<DfsDomainSection>,
    /// How long connections may go on with what they are doing when the server stops.
    pub(crate) drain: Option<Span>,
    /// Administrators may end the server from elsewhere, as Windows' service "Server".
    pub(crate) remote_stop: bool,
}

/// `[zone.NAME]`: the floor for some connections; `[zone.default]` for all others.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ZoneSection {
    /// Addresses of this machine that belong to the zone.
    pub(crate) locals: Vec<Range>,
    /// Interfaces of this machine whose addresses belong to the zone, whatever they are at the moment.
    pub(crate) interfaces: Vec<String>,
    /// Client addresses that belong to the zone.
    pub(crate) peers: Vec<Range>,
    pub(crate) min_dialect: Dialect,
    pub(crate) max_dialect: Dialect,
    pub(crate) signing: Demand,
    pub(crate) encryption: Demand,
    pub(crate) guests: bool,
    pub(crate) anonymous: bool,
    pub(crate) restrict_anonymous: Restriction,
    pub(crate) restrict_anonymous_sam: bool,
    /// Pipes that are open to anonymous sessions; `@windows-xp` and the like for those that version opens.
    pub(crate) null_session_pipes: Vec<NullPipes>,
    /// Shares that are open to anonymous sessions.
    pub(crate) null_session_shares: Vec<Spanned<String>>,
    pub(crate) ntlmv1: bool,
    /// LM answers are taken, of SMB1 clients that have nothing better.
    pub(crate) lm: bool,
    /// Passwords in plain text are taken, of SMB1 clients.
    pub(crate) plaintext: bool,
    /// SMB1 clients connect to shares by a password, and not as users.
    pub(crate) share_level: bool,
    /// What SMB1 clients write names in that do not speak Unicode.
    pub(crate) code_page: CodePageNumber,
    /// How long SMB1 clients are told the time of a file's last write from before what they write.
    pub(crate) write_time_delay: Span,
    /// Linux clients get the SMB3 POSIX extensions, on shares that take them.
    pub(crate) posix: bool,
    /// There are NetBIOS names, datagrams and sessions.
    pub(crate) netbios: bool,
    /// The server is announced and found there.
    pub(crate) discovery: bool,
    /// The shares that can be seen from here; all when it is left out.
    pub(crate) shares: Option<Vec<Spanned<String>>>,
}

impl Default for ZoneSection {
    fn default() -> Self {
        Self {
            locals: Vec::new(),
            interfaces: Vec::new(),
            peers: Vec::new(),
            min_dialect: Dialect::V2_1,
            max_dialect: Dialect::V3_1_1,
            signing: Demand::Required,
            encryption: Demand::Optional,
            guests: false,
            anonymous: false,
            restrict_anonymous: Restriction::default(),
            restrict_anonymous_sam: true,
            null_session_pipes: Vec::new(),
            null_session_shares: Vec::new(),
            ntlmv1: false,
            lm: false,
            plaintext: false,
            share_level: false,
            code_page: CodePageNumber::default(),
            write_time_delay: Span(Some(Duration::from_secs(2))),
            posix: false,
            netbios: false,
            discovery: true,
            shares: None,
        }
    }
}

/// `[share.NAME]`: a folder of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ShareSection {
    pub(crate) path: Spanned<PathBuf>,
    #[serde(default)]
    pub(crate) comment: String,
    #[serde(default)]
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) guests: bool,
    /// Accounts that may come in, and groups with `@` in front of them; every account when it is left out.
    pub(crate) users: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) encrypt: bool,
    #[serde(default)]
    pub(crate) compress: bool,
    /// Where its snapshots are: a path with one `*`, relative to `path` or absolute.
    pub(crate) snapshots: Option<Spanned<PathBuf>>,
    /// Where parts of it are, if it is the root of a distributed file system.
    pub(crate) dfs: Option<Vec<DfsSection>>,
    /// Folders are listed without what the user cannot read.
    #[serde(default)]
    pub(crate) hide_unreadable: bool,
    pub(crate) max_uses: Option<u32>,
    /// Opens that are written down among the events.
    #[serde(default)]
    pub(crate) audit: Vec<AuditedOpens>,
    /// Opens outlive the server ([MS-SMB2] 3.3.1.6 Share.IsCA).
    #[serde(default)]
    pub(crate) continuous: bool,
    /// The permission bits files that are made may have, with `identity = "unix"`.
    pub(crate) create_mask: Option<Spanned<Permissions>>,
    /// The same of folders.
    pub(crate) directory_mask: Option<Spanned<Permissions>>,
    /// It takes the SMB3 POSIX extensions.
    #[serde(default)]
    pub(crate) posix_extensions: bool,
    /// Permission bits no file gets that is made with them.
    pub(crate) posix_umask: Option<Spanned<Permissions>>,
    /// What clients may do: `read-only = true` is one of these too.
    pub(crate) mode: Option<Mode>,
    #[serde(default)]
    pub(crate) hide_dot_files: bool,
    /// Names that are shown as hidden.
    #[serde(default)]
    pub(crate) hide: Vec<Spanned<String>>,
    /// Names that do not exist for clients.
    #[serde(default)]
    pub(crate) veto: Vec<Spanned<String>>,
    pub(crate) recycle: Option<RecycleSection>,
    /// Macs back up to it.
    #[serde(default)]
    pub(crate) time_machine: bool,
    /// What all backups together may take.
    pub(crate) time_machine_quota: Option<Spanned<Size>>,
}

/// As whom files are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IdentityMode {
    /// As the server's own user, with access lists of its own.
    #[default]
    Virtual,
    /// As the users of this machine that the accounts are.
    Unix,
}

/// Opens that are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuditedOpens {
    Reads,
    Writes,
    Deletes,
    Permissions,
    Refusals,
}

/// What clients may do with a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    ReadWrite,
    ReadOnly,
    /// Bring files and neither see nor read nor change any.
    DropBox,
}

/// `[share.NAME.recycle]`: deleted files are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct RecycleSection {
    /// Longer files are deleted at once.
    pub(crate) max_size: Option<Size>,
    /// How long they are kept.
    pub(crate) max_age: Option<Span>,
    /// Names of files that are deleted at once.
    pub(crate) exclude: Vec<Spanned<String>>,
}

/// One of `dfs`: a part of a share that is elsewhere, or with an empty path the share itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DfsSection {
    pub(crate) path: String,
    pub(crate) targets: Vec<String>,
}

/// One of `dfs-domains`: a domain and its controllers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DfsDomainSection {
    pub(crate) netbios_name: String,
    pub(crate) dns_name: String,
    pub(crate) controllers: Vec<String>,
}

impl ServerSection {
    /// As whom files are opened.
    pub(crate) fn identity(&self) -> IdentityMode {
        self.identity.as_ref().map_or(IdentityMode::default(), |identity| *identity.get_ref())
    }
}

impl ShareSection {
    /// The permission bits of [`ShareSection::posix_umask`].
    pub(crate) fn withheld_permissions(&self) -> u16 {
        self.posix_umask.as_ref().map_or(0, |umask| umask.get_ref().0)
    }

    /// A writable folder for every account.
    pub(crate) fn folder(path: PathBuf) -> Self {
        Self {
            path: Spanned::new(0..0, path),
            comment: String::new(),
            read_only: false,
            guests: false,
            users: None,
            encrypt: false,
            compress: false,
            dfs: None,
            snapshots: None,
            hide_unreadable: false,
            max_uses: None,
            audit: Vec::new(),
            continuous: false,
            create_mask: None,
            directory_mask: None,
            posix_extensions: false,
            posix_umask: None,
            mode: None,
            hide_dot_files: false,
            hide: Vec::new(),
            veto: Vec::new(),
            recycle: None,
            time_machine: false,
            time_machine_quota: None,
        }
    }

    /// The bits that files and folders which are made may have.
    pub(crate) fn masks(&self) -> (u16, u16) {
        let bits =
            |mask: &Option<Spanned<Permissions>>, usual| mask.as_ref().map_or(usual, |m| m.get_ref().0);
        (bits(&self.create_mask, 0o644), bits(&self.directory_mask, 0o755))
    }

    /// Whether nothing can be changed.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only || self.mode == Some(Mode::ReadOnly)
    }

    /// The opens that are written down.
    pub(crate) fn audit(&self) -> Audit {
        let one = |audited: &AuditedOpens| match audited {
            AuditedOpens::Reads => Audit::READS,
            AuditedOpens::Writes => Audit::WRITES,
            AuditedOpens::Deletes => Audit::DELETES,
            AuditedOpens::Permissions => Audit::PERMISSIONS,
            AuditedOpens::Refusals => Audit::REFUSALS,
        };
        self.audit.iter().map(one).collect()
    }

    /// What the share makes of its files.
    pub(crate) fn rules(&self) -> FileRules {
        let patterns =
            |list: &[Spanned<String>]| NamePatterns::new(list.iter().map(|p| p.get_ref().as_str()));
        FileRules {
            hide_dot_files: self.hide_dot_files,
            hide: patterns(&self.hide),
            veto: patterns(&self.veto),
            time_machine: self.time_machine.then(|| TimeMachine {
                quota: self.time_machine_quota.as_ref().map(|size| size.get_ref().0),
            }),
            drop_box: self.mode == Some(Mode::DropBox),
            recycle: self.recycle.as_ref().map(|bin| RecycleBin {
                max_size: bin.max_size.map(|size| size.0),
                max_age: bin.max_age.and_then(|span| span.0),
                exclude: patterns(&bin.exclude),
            }),
        }
    }
}

/// `[limits]`: how much there may be of what, and for how long.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct LimitsSection {
    /// Users at computers that have a share connected.
    pub(crate) max_sessions: Option<u32>,
    pub(crate) connections: Option<u32>,
    pub(crate) connections_per_address: Option<u32>,
    pub(crate) sessions_per_connection: Option<u32>,
    pub(crate) channels_per_session: Option<u32>,
    pub(crate) anonymous_sessions: Option<u32>,
    pub(crate) anonymous_sessions_per_address: Option<u32>,
    pub(crate) anonymous_logons_per_minute: Option<u32>,
    /// Of one address; 0 for any number.
    pub(crate) logon_failures_per_minute: Option<u32>,
    pub(crate) trees_per_session: Option<u32>,
    pub(crate) opens_per_session: Option<u32>,
    pub(crate) disconnected_opens: Option<u32>,
    pub(crate) print_job_size: Option<Size>,
    pub(crate) print_jobs_per_printer: Option<u32>,
    pub(crate) print_jobs_per_user: Option<u32>,
    pub(crate) print_spool_size: Option<Size>,
    pub(crate) durable_timeout: Option<Span>,
    pub(crate) durable_timeout_max: Option<Span>,
    pub(crate) resilient_timeout: Option<Span>,
    pub(crate) resilient_timeout_max: Option<Span>,
    pub(crate) authentication_deadline: Option<Span>,
    /// `"never"` keeps idle sessions.
    pub(crate) idle_disconnect: Option<Span>,
    pub(crate) anonymous_idle_disconnect: Option<Span>,
    /// How long a peer may be gone without a word.
    pub(crate) dead_peer: Option<Span>,
}
