//! `[device.NAME]`: a serial line that is shared with clients from before SMB 2.

use super::Config;
use super::check::{self, Findings};
use super::value::{Dialect, Span};
use lanward_server::{CommPolicy, Flow, LineSettings, LineTiming, Parity, ReadWait, StopBits};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;

/// `[device.NAME]`. It is at `path` or at `tcp`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct DeviceSection {
    /// A terminal of this machine.
    pub(crate) path: Option<Spanned<PathBuf>>,
    /// A host and port that carry the line as it is.
    pub(crate) tcp: Option<Spanned<String>>,
    pub(crate) comment: String,
    /// Accounts that may use it, and groups with `@` in front of them; nobody when it is left out.
    pub(crate) users: Vec<String>,
    /// Zones it is in; none when it is left out.
    pub(crate) zones: Vec<Spanned<String>>,
    /// One open at a time.
    pub(crate) exclusive: bool,
    /// When an open that nobody uses is closed.
    pub(crate) idle: Option<Span>,
    /// How long reads wait that do not say it themselves.
    pub(crate) read_timeout: Option<Span>,
    /// The same of writes.
    pub(crate) write_timeout: Option<Span>,
    pub(crate) baud: Spanned<u32>,
    pub(crate) data_bits: Spanned<u8>,
    pub(crate) parity: ParityName,
    pub(crate) stop_bits: Spanned<u8>,
    pub(crate) flow: FlowName,
}

/// A parity bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ParityName {
    #[default]
    None,
    Odd,
    Even,
    Mark,
    Space,
}

/// Flow control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FlowName {
    #[default]
    None,
    XonXoff,
    RtsCts,
}

impl Default for DeviceSection {
    fn default() -> Self {
        Self {
            path: None,
            tcp: None,
            comment: String::new(),
            users: Vec::new(),
            zones: Vec::new(),
            exclusive: true,
            idle: None,
            read_timeout: None,
            write_timeout: None,
            baud: Spanned::new(0..0, 9600),
            data_bits: Spanned::new(0..0, 8),
            parity: ParityName::None,
            stop_bits: Spanned::new(0..0, 1),
            flow: FlowName::None,
        }
    }
}

impl DeviceSection {
    const IDLE: Duration = Duration::from_secs(30 * 60);
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// How the line is set when it is opened.
    pub(crate) fn settings(&self) -> LineSettings {
        let data_bits = *self.data_bits.get_ref();
        LineSettings {
            baud: *self.baud.get_ref(),
            data_bits,
            parity: match self.parity {
                ParityName::None => Parity::None,
                ParityName::Odd => Parity::Odd,
                ParityName::Even => Parity::Even,
                ParityName::Mark => Parity::Mark,
                ParityName::Space => Parity::Space,
            },
            stop_bits: match (self.stop_bits.get_ref(), data_bits) {
                (2, 5) => StopBits::OneAndHalf,
                (2, _) => StopBits::Two,
                _ => StopBits::One,
            },
            flow: match self.flow {
                FlowName::None => Flow::empty(),
                FlowName::XonXoff => Flow::XON_XOFF_IN | Flow::XON_XOFF_OUT,
                FlowName::RtsCts => Flow::RTS_CTS,
            },
        }
    }

    /// Who may have it.
    pub(crate) fn policy(&self) -> CommPolicy {
        let time =
            |span: Option<Span>| span.map_or(Some(Self::TIMEOUT), |span| span.0).unwrap_or(Duration::MAX);
        CommPolicy {
            zones: self.zones.iter().map(|zone| zone.get_ref().clone()).collect(),
            exclusive: self.exclusive,
            idle: self.idle.map_or(Some(Self::IDLE), |span| span.0),
            timing: LineTiming {
                wait: ReadWait::Something,
                read: time(self.read_timeout),
                write: time(self.write_timeout),
            },
        }
    }

    /// Where it is, as administrators see it.
    pub(crate) fn place(&self) -> String {
        match (&self.path, &self.tcp) {
            (Some(path), _) => path.get_ref().display().to_string(),
            (None, tcp) => tcp.as_ref().map(|tcp| format!("tcp:{}", tcp.get_ref())).unwrap_or_default(),
        }
    }
}

/// What is wrong with a device.
pub(super) fn check(
    findings: &mut Findings<'_>,
    config: &Config,
    name: &Spanned<String>,
    device: &DeviceSection,
) {
    let at = name.span();
    check::share_name(findings, name);
    if device.path.is_some() == device.tcp.is_some() {
        let message = format!("the device `{name}` must be in one place");
        findings.error(at.clone(), message, "give it `path = \"/dev/ttyS0\"` or `tcp = \"host:port\"`");
    }
    if let Some(path) = &device.path {
        if !path.get_ref().is_absolute() {
            let message = format!("{} is not an absolute path", path.get_ref().display());
            findings.error(path.span(), message, "begin it with /dev/");
        } else if !path.get_ref().exists() {
            let message = format!("{} does not exist", path.get_ref().display());
            findings.warn(path.span(), message, "it cannot be opened until it is there");
        }
    }
    if let Some(tcp) = &device.tcp {
        let parts = tcp.get_ref().rsplit_once(':');
        if !parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            let message = format!("`{tcp}` is no host and port");
            findings.error(tcp.span(), message, "write it as \"terminals.lan:4001\" or \"10.0.0.5:4001\"");
        }
    }
    if !(5..=8).contains(device.data_bits.get_ref()) {
        findings.error(device.data_bits.span(), "`data-bits` is 5, 6, 7 or 8", "leave it out for 8");
    }
    if !(1..=2).contains(device.stop_bits.get_ref()) {
        findings.error(device.stop_bits.span(), "`stop-bits` is 1 or 2", "leave it out for 1");
    }
    if *device.baud.get_ref() == 0 {
        findings.error(device.baud.span(), "a line of 0 baud is hung up", "leave it out for 9600");
    }
    check_access(findings, config, name, device);
}

fn check_access(
    findings: &mut Findings<'_>,
    config: &Config,
    name: &Spanned<String>,
    device: &DeviceSection,
) {
    if device.users.is_empty() {
        let message = format!("the device `{name}` is open to nobody");
        findings.warn(name.span(), message, "name accounts or groups with `users`");
    }
    if device.zones.is_empty() {
        let message = format!("the device `{name}` is in no zone");
        findings.warn(name.span(), message, "name those that clients reach it from with `zones`");
    }
    for zone in &device.zones {
        check::zone_name(findings, config, zone);
        let section = config.zone.iter().find(|(known, _)| known.get_ref() == zone.get_ref());
        if section.is_some_and(|(_, section)| section.min_dialect >= Dialect::V2_0_2) {
            let message = format!("zone `{zone}` has no SMB1, and later dialects have no serial lines");
            findings.warn(zone.span(), message, "set `min-dialect = \"NT LM 0.12\"` or lower there");
        }
    }
}
