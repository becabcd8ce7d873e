//! `[pipe.NAME]`: a service of this machine that clients reach as a named pipe.

use super::Config;
use super::check::{self, Findings};
use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// `[pipe.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct PipeSection {
    /// The Unix socket it listens at.
    pub(crate) socket: Spanned<PathBuf>,
    /// Accounts that may talk to it, and groups with `@` in front of them; nobody when it is left out.
    #[serde(default)]
    pub(crate) users: Vec<String>,
    /// Zones it is in; none when it is left out.
    #[serde(default)]
    pub(crate) zones: Vec<Spanned<String>>,
    /// NULL sessions may talk to it, where their zone names the pipe.
    #[serde(default)]
    pub(crate) anonymous: bool,
    /// How clients talk; as the socket is when it is left out.
    pub(crate) mode: Option<PipeModeName>,
    /// Most conversations at a time.
    pub(crate) instances: Option<Spanned<u32>>,
    /// The service is told who talks to it.
    #[serde(default)]
    pub(crate) announce: bool,
}

/// How clients talk through a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PipeModeName {
    Message,
    Byte,
}

impl PipeSection {
    const INSTANCES: u32 = 16;

    pub(crate) fn instances(&self) -> u32 {
        self.instances.as_ref().map_or(Self::INSTANCES, |instances| *instances.get_ref())
    }
}

/// What is wrong with a pipe.
pub(super) fn check(
    findings: &mut Findings<'_>,
    config: &Config,
    name: &Spanned<String>,
    pipe: &PipeSection,
) {
    let text = name.get_ref();
    let forbidden = |c: char| c.is_control() || "/:*?\"<>|".contains(c);
    if text.is_empty() || text.len() > 200 || text.contains(forbidden) || text.starts_with('\\') {
        let remedy = "use 1 to 200 characters, none of / : * ? \" < > | and no \\ in front";
        findings.error(name.span(), format!("`{text}` is no name for a pipe"), remedy);
    }
    let socket = pipe.socket.get_ref();
    if !socket.is_absolute() {
        let message = format!("{} is not an absolute path", socket.display());
        findings.error(pipe.socket.span(), message, "begin it with /");
    } else if !socket.exists() {
        let message = format!("{} does not exist", socket.display());
        findings.warn(pipe.socket.span(), message, "nobody can open the pipe until a service listens there");
    }
    if let Some(instances) = pipe.instances.as_ref().filter(|most| *most.get_ref() == 0) {
        findings.error(instances.span(), "`instances = 0` lets nobody in", "leave it out for 16");
    }
    if pipe.users.is_empty() && !pipe.anonymous {
        let message = format!("the pipe `{name}` is open to nobody");
        findings.warn(name.span(), message, "name accounts or groups with `users`");
    }
    if pipe.zones.is_empty() {
        let message = format!("the pipe `{name}` is in no zone");
        findings.warn(name.span(), message, "name those that clients reach it from with `zones`");
    }
    for zone in &pipe.zones {
        check::zone_name(findings, config, zone);
    }
    if pipe.anonymous {
        let message = format!("anybody can talk to the pipe `{name}` where a zone opens it to NULL sessions");
        findings.warn(name.span(), message, "anonymous = false");
    }
}
