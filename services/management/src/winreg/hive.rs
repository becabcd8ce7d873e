//! The keys and their values, made of the settings in force when somebody looks.

use crate::srvsvc::VERSION;
use lanward_nt::NtString;
use lanward_server::Caller;

/// The keys that can be opened without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// HKEY_LOCAL_MACHINE
    LocalMachine,
    /// HKEY_USERS
    Users,
    /// One that has nothing in it here.
    Empty,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) keys: Vec<Key>,
    pub(super) values: Vec<Value>,
}

#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) name: String,
    /// [MS-RRP] 3.1.1.5
    pub(super) value_type: u32,
    pub(super) data: Vec<u8>,
}

impl Key {
    fn new(name: &str, keys: Vec<Self>, values: Vec<Value>) -> Self {
        Self { name: name.to_owned(), keys, values }
    }

    /// Keys within each other, the last of them with these keys and values.
    fn path(path: &str, keys: Vec<Self>, values: Vec<Value>) -> Self {
        match path.split_once('\\') {
            Some((first, rest)) => Self::new(first, vec![Self::path(rest, keys, values)], Vec::new()),
            None => Self::new(path, keys, values),
        }
    }

    /// The key at the end of a path from here. Case means nothing.
    pub(super) fn find(self, path: &[NtString]) -> Option<Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let below = self.keys.into_iter().find(|key| first.eq_ignore_case(&key.name.as_str().into()))?;
        below.find(rest)
    }

    /// The value of a name. Case means nothing.
    pub(super) fn value(&self, name: &NtString) -> Option<&Value> {
        self.values.iter().find(|value| name.eq_ignore_case(&value.name.as_str().into()))
    }
}

fn dword(name: &str, value: impl Into<u32>) -> Value {
    const REG_DWORD: u32 = 4;
    Value { name: name.to_owned(), value_type: REG_DWORD, data: value.into().to_le_bytes().to_vec() }
}

fn text(name: &str, value: &str) -> Value {
    const REG_SZ: u32 = 1;
    let data = value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    Value { name: name.to_owned(), value_type: REG_SZ, data }
}

fn texts(name: &str, values: &[NtString]) -> Value {
    const REG_MULTI_SZ: u32 = 7;
    let units = values.iter().flat_map(|value| value.units().iter().copied().chain([0])).chain([0]);
    Value {
        name: name.to_owned(),
        value_type: REG_MULTI_SZ,
        data: units.flat_map(u16::to_le_bytes).collect(),
    }
}

impl Root {
    pub(super) fn key(self, caller: &Caller) -> Key {
        match self {
            Self::LocalMachine => {
                Key::new("", vec![Key::new("SOFTWARE", software(), Vec::new()), system(caller)], Vec::new())
            }
            Self::Users => Key::new("", vec![Key::new(".DEFAULT", Vec::new(), Vec::new())], Vec::new()),
            Self::Empty => Key::default(),
        }
    }
}

fn software() -> Vec<Key> {
    let (major, minor) = VERSION;
    let version = vec![
        text("ProductName", "Lanward"),
        text("CurrentVersion", &format!("{major}.{minor}")),
        dword("CurrentMajorVersionNumber", major),
        dword("CurrentMinorVersionNumber", minor),
        text("LanwardVersion", env!("CARGO_PKG_VERSION")),
        text("SystemRoot", "C:\\"),
    ];
    vec![Key::path("Microsoft\\Windows NT\\CurrentVersion", Vec::new(), version)]
}

fn system(caller: &Caller) -> Key {
    let identity = caller.server.identity();
    let computer = || vec![text("ComputerName", &identity.name)];
    let names = vec![
        Key::new("ActiveComputerName", Vec::new(), computer()),
        Key::new("ComputerName", Vec::new(), computer()),
    ];
    let control = vec![
        Key::new("ComputerName", names, Vec::new()),
        Key::new("Lsa", Vec::new(), lsa(caller)),
        Key::new("ProductOptions", Vec::new(), vec![text("ProductType", "ServerNT")]),
    ];
    let tcpip = vec![
        text("Hostname", &identity.name.to_lowercase()),
        text("Domain", ""),
        // What listens follows addresses; whether a link has carrier has never mattered here.
        dword("DisableDHCPMediaSense", 1_u32),
    ];
    let services = vec![
        Key::path(
            "LanmanServer",
            vec![Key::new("Parameters", Vec::new(), server(caller))],
            service("Server", true),
        ),
        Key::path("RemoteAccess", Vec::new(), service("Routing and Remote Access", false)),
        Key::path("Spooler", Vec::new(), service("Print Spooler", false)),
        Key::path("Tcpip\\Parameters", Vec::new(), tcpip),
    ];
    let set = vec![Key::new("Control", control, Vec::new()), Key::new("Services", services, Vec::new())];
    Key::new("SYSTEM", vec![Key::new("CurrentControlSet", set, Vec::new())], Vec::new())
}

/// What [MS-SCMR] has of a service's record.
fn service(display_name: &str, runs: bool) -> Vec<Value> {
    let (automatic, disabled) = (2_u32, 4_u32);
    vec![
        text("DisplayName", display_name),
        dword("Start", if runs { automatic } else { disabled }),
        text("ObjectName", "LocalSystem"),
    ]
}

/// `Control\Lsa`, as the zone of the caller has it.
fn lsa(caller: &Caller) -> Vec<Value> {
    let zone = caller.server.zone_of(caller.local, caller.peer);
    let (ntlmv2_only, all_refused_but_ntlm) = (5_u32, 4_u32);
    vec![
        dword("RestrictAnonymous", zone.null_sessions.restrict.value()),
        dword("RestrictAnonymousSAM", zone.null_sessions.restrict_sam),
        dword("EveryoneIncludesAnonymous", false),
        dword("LmCompatibilityLevel", if zone.ntlmv1 { all_refused_but_ntlm } else { ntlmv2_only }),
        dword("NoLMHash", true),
    ]
}

/// `Services\LanmanServer\Parameters`, as the zone of the caller has it.
fn server(caller: &Caller) -> Vec<Value> {
    let (server, never) = (&caller.server, u32::MAX);
    let (settings, zone) = (server.settings(), server.zone_of(caller.local, caller.peer));
    let minutes = settings.idle_disconnect.map(|idle| u32::try_from(idle.as_secs() / 60).unwrap_or(never));
    vec![
        dword("AutoDisconnect", minutes.unwrap_or(never)),
        dword("EnableSecuritySignature", true),
        dword("EncryptData", zone.encryption_required),
        dword("MaxSmb2Dialect", u32::from(zone.max_dialect)),
        dword("MinSmb2Dialect", u32::from(zone.min_dialect)),
        texts("NullSessionPipes", &zone.null_sessions.pipes),
        texts("NullSessionShares", &zone.null_sessions.shares),
        dword("RejectUnencryptedAccess", zone.encryption_required),
        dword("RequireSecuritySignature", zone.signing_required),
        dword("RestrictNullSessAccess", true),
        dword("SMB1", false),
        dword("SMB2", true),
        text("srvcomment", settings.comment.as_ref().unwrap_or(&server.identity().comment)),
        dword("Users", settings.limits.users.unwrap_or(never)),
    ]
}
