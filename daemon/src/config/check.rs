//! What a well-formed file can still get wrong, and what is unwise in it.

use super::problem::{Problem, Source};
use super::settings::DEFAULT_ZONE;
use super::suggest::nearest;
use super::value::{Demand, Dialect};
use super::{
    Config, DiscoverySection, IdentityMode, Mode, NetbiosSection, ShareSection, VpnSection, ZoneSection,
    device, interfaces, pipe, printer,
};
use lanward_localfs::Snapshots;
use lanward_nt::NtString;
use lanward_server::RestrictAnonymous;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

pub(super) struct Findings<'a> {
    source: Source<'a>,
    pub(super) errors: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Findings<'_> {
    pub(super) fn error(&mut self, at: Range<usize>, message: impl Into<String>, remedy: &str) {
        self.errors.push(self.source.problem(Some(at), message.into(), Some(remedy.to_owned())));
    }

    pub(super) fn warn(&mut self, at: Range<usize>, message: impl Into<String>, remedy: &str) {
        self.warnings.push(self.source.problem(Some(at), message.into(), Some(remedy.to_owned())));
    }
}

pub(super) fn check<'a>(source: Source<'a>, config: &Config) -> Findings<'a> {
    let mut findings = Findings { source, errors: Vec::new(), warnings: Vec::new() };
    server(&mut findings, config);
    for (name, section) in &config.zone {
        zone(&mut findings, config, name, section);
    }
    super::floors::check(&mut findings, config);
    interfaces::check(&mut findings, config);
    let mut names: Vec<NtString> = Vec::new();
    for (name, section) in &config.share {
        share(&mut findings, config, name, section);
    }
    for (name, section) in &config.device {
        device::check(&mut findings, config, name, section);
    }
    for (name, section) in &config.pipe {
        pipe::check(&mut findings, config, name, section);
    }
    for name in config.share_names() {
        let folded = NtString::from(name.get_ref().as_str()).to_uppercase();
        if names.contains(&folded) {
            let message = format!("the share `{name}` is there twice");
            findings.error(
                name.span(),
                message,
                "clients see no difference between upper and lower case: rename one",
            );
        }
        names.push(folded);
    }
    printer::check(&mut findings, config);
    findings
}

fn server(findings: &mut Findings<'_>, config: &Config) {
    let section = &config.server;
    for name in [&section.name, &section.workgroup].into_iter().flatten() {
        if !is_netbios_name(name.get_ref()) {
            let message = format!("`{name}` is no name for a computer or workgroup");
            findings.error(name.span(), message, "use 1 to 15 letters, digits and hyphens");
        }
    }
    if let Some(threads) = section.threads.as_ref().filter(|n| !(1..=1024).contains(n.get_ref())) {
        findings.error(
            threads.span(),
            "threads must be between 1 and 1024",
            "leave it out for one per processor",
        );
    }
    unix(findings, config);
    metrics(findings, config);
    netbios(findings, config);
    discovery(findings, config);
    for (is_wrong, at, message, remedy) in config.vpn.iter().flat_map(VpnSection::findings) {
        match is_wrong {
            true => findings.error(at, message, remedy),
            false => findings.warn(at, message, remedy),
        }
    }
    let Some(listen) = &section.listen else { return };
    if listen.get_ref().is_empty() {
        findings.error(
            listen.span(),
            "`listen` names no address",
            "leave it out to listen on all private addresses",
        );
    }
    for address in listen.get_ref() {
        if !crate::interfaces::is_private(address.ip) {
            let message = format!("{} can be reached from networks you may not know", address.ip);
            findings.warn(listen.span(), message, "name private addresses, or leave `listen` out");
        }
    }
}

/// Who can read the numbers.
fn metrics(findings: &mut Findings<'_>, config: &Config) {
    let Some(listen) = config.metrics.listen.as_ref() else { return };
    let address = listen.get_ref();
    if !address.ip().to_canonical().is_loopback() {
        findings.warn(
            listen.span(),
            format!(
                "whoever reaches {address} can read how many users, sessions and failed logons there are"
            ),
            "name a loopback address, and let what collects the numbers run here or come through a tunnel",
        );
    }
}

fn netbios(findings: &mut Findings<'_>, config: &Config) {
    for alias in &config.netbios.aliases {
        if !is_netbios_name(alias.get_ref()) {
            let message = format!("`{alias}` is no name for a computer");
            findings.error(alias.span(), message, "use 1 to 15 letters, digits and hyphens");
        }
    }
    if config.netbios != NetbiosSection::default() && !config.has_netbios() {
        let zone = config.zone.keys().next().map_or(0..0, Spanned::span);
        findings.warn(zone, "`[netbios]` is for no zone", "set `netbios = true` in a zone, or take it out");
    }
}

fn discovery(findings: &mut Findings<'_>, config: &Config) {
    if !config.discovery.has_good_model() {
        findings.error(0..0, "the `model` of `[discovery]` cannot be told", "use 1 to 200 characters");
    }
    if config.discovery != DiscoverySection::default() && !config.has_discovery() {
        let zone = config.zone.keys().next().map_or(0..0, Spanned::span);
        let remedy = "set `discovery = true` in a zone, or take it out";
        findings.warn(zone, "`[discovery]` is for no zone", remedy);
    }
}

/// What acting as users of this machine needs.
fn unix(findings: &mut Findings<'_>, config: &Config) {
    let Some(identity) = &config.server.identity else { return };
    if *identity.get_ref() != IdentityMode::Unix {
        return;
    }
    let missing = lanward_sys::missing_capabilities().unwrap_or_default();
    if !missing.is_empty() {
        findings.warn(
            identity.span(),
            format!("this process lacks {}, without which a server does not start", missing.join(" ")),
            "run it as root, or with these as AmbientCapabilities of its service",
        );
    }
    for (account, user) in &config.unix_users {
        if crate::unix::user_exists(user) == Some(false) {
            findings.warn(
                identity.span(),
                format!(
                    "[unix-users]: this machine has no user `{user}`, so `{account}` is let into no share"
                ),
                "name a user of this machine, or add it",
            );
        }
    }
}

fn masks(findings: &mut Findings<'_>, share: &ShareSection) {
    for (mask, owners) in [(&share.create_mask, 0o600), (&share.directory_mask, 0o700)] {
        let Some(mask) = mask else { continue };
        if mask.get_ref().0 & owners != owners {
            findings.error(
                mask.span(),
                "whoever makes something could not use it",
                "leave the owner's bits in: the first digit is 6 for files, 7 for folders",
            );
        }
    }
}

fn is_netbios_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=15).contains(&name.len()) && name.chars().all(good)
}

fn zone(findings: &mut Findings<'_>, config: &Config, name: &Spanned<String>, zone: &ZoneSection) {
    let at = name.span();
    let has_ranges = !zone.locals.is_empty() || !zone.interfaces.is_empty() || !zone.peers.is_empty();
    if name.get_ref() == DEFAULT_ZONE && has_ranges {
        findings.error(
            at.clone(),
            "the default zone covers every connection that no other zone does",
            "leave out `locals`, `interfaces` and `peers`",
        );
    }
    if name.get_ref() != DEFAULT_ZONE && !has_ranges {
        findings.error(
            at.clone(),
            format!("the zone `{name}` has no addresses"),
            "say which with `locals`, `interfaces` or `peers`",
        );
    }
    if zone.min_dialect > zone.max_dialect {
        findings.error(at.clone(), "`min-dialect` is above `max-dialect`", "exchange them");
    }
    if zone.encryption == Demand::Required && zone.max_dialect < Dialect::V3_0 {
        findings.error(at.clone(), "there is no encryption before dialect 3.0", "raise `max-dialect`");
    }
    for share in zone.shares.iter().flatten().chain(&zone.null_session_shares) {
        let named =
            || config.share_names().map(|name| name.get_ref().as_str()).chain(config.printer_shares());
        if !named().any(|known| known.eq_ignore_ascii_case(share.get_ref())) {
            let known = named();
            let meant = nearest(share.get_ref(), known).map_or_else(
                || format!("add [share.{share}] or take it out"),
                |name| format!("did you mean `{name}`?"),
            );
            findings.error(share.span(), format!("there is no share `{share}`"), &meant);
        }
    }
    weaknesses(findings, &at, name.get_ref(), zone);
}

fn weaknesses(findings: &mut Findings<'_>, at: &Range<usize>, name: &str, zone: &ZoneSection) {
    let mut weak = |is: bool, message: &str, remedy: &str| {
        if is {
            findings.warn(at.clone(), format!("zone `{name}`: {message}"), remedy);
        }
    };
    let unsigned = zone.signing == Demand::Optional && zone.encryption == Demand::Optional;
    weak(unsigned, "whoever is on the path can change what is read and written", "signing = \"required\"");
    weak(zone.guests, "anybody comes in as a guest, unsigned and unencrypted", "guests = false");
    weak(zone.anonymous, "anybody can connect without signing in", "anonymous = false");
    let listed = zone.anonymous && zone.restrict_anonymous.0 == RestrictAnonymous::Nothing;
    weak(listed, "anybody can list shares without signing in", "restrict-anonymous = 1");
    weak(
        listed && !zone.restrict_anonymous_sam,
        "anybody can list accounts without signing in",
        "restrict-anonymous-sam = true",
    );
    let shared = zone.anonymous && !zone.null_session_shares.is_empty();
    weak(shared, "anybody reads some shares without signing in", "leave out `null-session-shares`");
    weak(zone.ntlmv1, "NTLMv1 answers give passwords away to whoever sees them", "ntlmv1 = false");
    weak(zone.lm, "LM answers give passwords away to whoever sees them", "lm = false");
    weak(zone.plaintext, "passwords go over the network as they are", "plaintext = false");
    weak(
        zone.share_level,
        "shares are opened by a password that all who use them know",
        "share-level = false",
    );
    let legacy = zone.min_dialect < Dialect::V2_0_2;
    weak(
        legacy,
        "SMB1 is spoken, which neither encrypts nor protects the negotiation",
        "min-dialect = \"2.1\" or higher",
    );
    weak(
        zone.netbios,
        "whoever is on the subnet can say that a NetBIOS name is at his address",
        "netbios = false",
    );
    let old = zone.min_dialect == Dialect::V2_0_2;
    weak(
        old,
        "SMB 2.0.2 cannot prove that nobody weakened the negotiation",
        "min-dialect = \"2.1\" or higher",
    );
}

/// What a share cannot be called.
pub(super) fn share_name(findings: &mut Findings<'_>, name: &Spanned<String>) {
    let text = name.get_ref();
    let forbidden = |c: char| c.is_control() || "\"\\/[]:|<>+=;,*?".contains(c);
    if text.is_empty() || text.encode_utf16().count() > 80 || text.contains(forbidden) {
        let remedy = "use 1 to 80 characters, none of \" \\ / [ ] : | < > + = ; , * ?";
        findings.error(name.span(), format!("`{text}` is no name for a share"), remedy);
    }
    if text.eq_ignore_ascii_case("IPC$") {
        findings.error(name.span(), "`IPC$` is the server's own", "choose another name");
    }
}

/// A zone that something is said to be in.
pub(super) fn zone_name(findings: &mut Findings<'_>, config: &Config, zone: &Spanned<String>) {
    let mut known = config.zone.keys().map(|name| name.get_ref().as_str()).chain([DEFAULT_ZONE]);
    if known.clone().any(|name| name == zone.get_ref()) {
        return;
    }
    let meant = nearest(zone.get_ref(), &mut known).map_or_else(
        || format!("add [zone.{zone}] or take it out"),
        |name| format!("did you mean `{name}`?"),
    );
    findings.error(zone.span(), format!("there is no zone `{zone}`"), &meant);
}

fn share(findings: &mut Findings<'_>, config: &Config, name: &Spanned<String>, share: &ShareSection) {
    let text = name.get_ref();
    share_name(findings, name);
    let path = share.path.get_ref();
    if let Some((message, remedy)) = unusable(path) {
        findings.error(share.path.span(), message, remedy);
    }
    if let Some(pattern) = &share.snapshots
        && Snapshots::new(path, pattern.get_ref()).is_err()
    {
        let remedy = "name a folder and which of its names are snapshots, as in `.snapshots/*`";
        findings.error(pattern.span(), "`snapshots` must have one `*` and no `..`", remedy);
    }
    if share.guests && !config.admits_guests() {
        let remedy = "set `guests = true` in a zone as well, or take it out here";
        findings.warn(
            name.span(),
            format!("share `{text}` is open to guests, but no zone lets them in"),
            remedy,
        );
    }
    if share.users.as_ref().is_some_and(Vec::is_empty) {
        findings.warn(
            name.span(),
            format!("share `{text}` is open to nobody"),
            "name users, or leave `users` out for all",
        );
    }
    if share.read_only && share.mode.is_some_and(|mode| mode != Mode::ReadOnly) {
        findings.error(
            name.span(),
            format!("share `{text}` is read-only by one key and not by another"),
            "take out `read-only` or `mode`",
        );
    }
    let hidden = share.hide.iter().chain(&share.veto);
    for pattern in hidden.chain(share.recycle.iter().flat_map(|bin| &bin.exclude)) {
        patterns(findings, pattern);
    }
    if share.recycle.is_some() && (share.is_read_only() || share.mode == Some(Mode::DropBox)) {
        findings.warn(
            name.span(),
            format!("share `{text}`: nobody can delete anything"),
            "take out `recycle`",
        );
    }
    masks(findings, share);
    backups(findings, share);
    posix(findings, config, name, share);
    if share.max_uses == Some(0) {
        findings.error(name.span(), "`max-uses = 0` lets nobody in", "leave it out for no limit");
    }
}

fn posix(findings: &mut Findings<'_>, config: &Config, name: &Spanned<String>, share: &ShareSection) {
    if let Some(umask) = share.posix_umask.as_ref().filter(|_| !share.posix_extensions) {
        let remedy = "set `posix-extensions = true` as well";
        findings.error(umask.span(), "the share takes no POSIX extensions", remedy);
    }
    if share.posix_extensions && !config.has_posix() {
        findings.warn(
            name.span(),
            format!("share `{}` takes POSIX extensions, but no zone has them", name.get_ref()),
            "set `posix = true` in a zone as well, or take it out here",
        );
    }
}

fn backups(findings: &mut Findings<'_>, share: &ShareSection) {
    let Some(quota) = &share.time_machine_quota else { return };
    if !share.time_machine {
        findings.error(quota.span(), "the share takes no backups", "set `time-machine = true` as well");
    }
    if quota.get_ref().0 == 0 {
        findings.error(quota.span(), "a quota of nothing takes no backups", "leave it out for no limit");
    }
}

fn patterns(findings: &mut Findings<'_>, pattern: &Spanned<String>) {
    let text = pattern.get_ref();
    if text.is_empty() || text.contains(['/', '\\', ':']) {
        let message = format!("`{text}` is no pattern of names");
        findings.error(pattern.span(), message, "write names without folders, with * and ?");
    }
    if ["*", "*.*"].contains(&text.as_str()) {
        findings.warn(pattern.span(), format!("`{text}` is every name"), "say which");
    }
}

fn unusable(path: &Path) -> Option<(String, &'static str)> {
    let shown = path.display();
    if !path.is_absolute() {
        return Some((format!("{shown} is not an absolute path"), "begin it with /"));
    }
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => None,
        Ok(_) => Some((format!("{shown} is not a folder"), "name the folder it is in")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some((format!("{shown} does not exist"), "create it or correct the path"))
        }
        Err(error) => Some((format!("{shown} cannot be looked at: {error}"), "let the server's user in")),
    }
}
