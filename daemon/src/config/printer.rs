//! `[printer.NAME]`: printers and where they are.

use super::Config;
use super::check::Findings;
use super::value::Span;
use lanward_nt::NtString;
use lanward_printing::Destination;
use serde::Deserialize;
use std::time::Duration;
use toml::Spanned;

/// `[printer.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct PrinterSection {
    /// Where it prints.
    pub(crate) to: Option<Spanned<String>>,
    /// The name of its share; the printer's own when it is left out.
    pub(crate) share: Option<Spanned<String>>,
    pub(crate) comment: String,
    pub(crate) location: String,
    /// What clients are told to drive it with.
    pub(crate) driver: String,
    /// How bytes are read of whoever does not say.
    pub(crate) datatype: Option<String>,
    /// Of jobs that do not say, from 1 to 99.
    pub(crate) priority: Option<Spanned<u32>>,
    /// Accounts and `@groups` that may print; every account when it is left out.
    pub(crate) users: Option<Vec<String>>,
    /// Accounts and `@groups` that manage it and all its jobs, besides administrators and print operators.
    pub(crate) operators: Vec<String>,
    pub(crate) guests: bool,
    pub(crate) encrypt: bool,
    /// How long jobs are shown that were printed.
    pub(crate) keep: Option<Span>,
}

impl PrinterSection {
    /// Where it prints; `None` where that makes no sense, which is found when the configuration is checked.
    pub(crate) fn destination(&self) -> Option<Destination> {
        self.to.as_ref()?.get_ref().parse().ok()
    }

    /// The name of its share, where the printer has this one.
    pub(crate) fn share_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.share.as_ref().map_or(name, |share| share.get_ref().as_str())
    }

    /// How long printed jobs are shown; `"never"` ends with the server.
    pub(crate) fn keep(&self) -> Duration {
        self.keep.map_or(Duration::ZERO, |span| span.0.unwrap_or(Duration::MAX))
    }
}

impl Config {
    /// The names of the printers' shares.
    pub(crate) fn printer_shares(&self) -> impl Iterator<Item = &str> {
        self.printer.iter().map(|(name, section)| section.share_name(name.get_ref()))
    }
}

/// What is wrong with printers, and what is unwise.
pub(super) fn check(findings: &mut Findings<'_>, config: &Config) {
    let mut names: Vec<NtString> = Vec::new();
    let upper = |name: &str| NtString::from(name).to_uppercase();
    let mut taken: Vec<NtString> = config.share_names().map(|name| upper(name.get_ref())).collect();
    for (name, section) in &config.printer {
        printer(findings, config, name, section);
        let (own, share) = (upper(name.get_ref()), upper(section.share_name(name.get_ref())));
        if names.contains(&own) {
            findings.error(name.span(), format!("the printer `{name}` is there twice"), "rename one");
        }
        if taken.contains(&share) {
            let message = format!(
                "printer `{name}`: there is a share `{}` already",
                section.share_name(name.get_ref())
            );
            findings.error(name.span(), message, "give it another with `share`");
        }
        names.push(own);
        taken.push(share);
    }
}

fn printer(findings: &mut Findings<'_>, config: &Config, name: &Spanned<String>, section: &PrinterSection) {
    let share = section.share_name(name.get_ref());
    for text in [name.get_ref().as_str(), share] {
        let bad = !lanward_server::ShareDefinition::is_name(&text.into());
        if bad || text.eq_ignore_ascii_case("IPC$") {
            let remedy = "use 1 to 80 characters, none of \" \\ / [ ] : | < > + = ; , * ?";
            findings.error(name.span(), format!("`{text}` is no name for a printer"), remedy);
        }
    }
    match &section.to {
        None => findings.error(
            name.span(),
            format!("printer `{name}`: nothing says where it prints"),
            "add `to`: a folder, socket://HOST:9100, ipp://HOST/PATH or http://HOST/PATH",
        ),
        Some(to) => destination(findings, to),
    }
    if let Some(priority) = section.priority.as_ref().filter(|n| !(1..=99).contains(n.get_ref())) {
        findings.error(priority.span(), "`priority` must be between 1 and 99", "leave it out for 1");
    }
    if section.guests && !config.admits_guests() {
        findings.warn(
            name.span(),
            format!("printer `{name}` is open to guests, but no zone lets them in"),
            "set `guests = true` in a zone as well, or take it out here",
        );
    }
    if section.users.as_ref().is_some_and(Vec::is_empty) {
        findings.warn(
            name.span(),
            format!("printer `{name}` is open to nobody"),
            "name users, or leave `users` out for all",
        );
    }
}

fn destination(findings: &mut Findings<'_>, to: &Spanned<String>) {
    match to.get_ref().parse::<Destination>() {
        Err(message) => findings.error(to.span(), message, "see the guide's page on printing"),
        Ok(Destination::Directory(path)) => match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => findings.error(to.span(), format!("{} is no folder", path.display()), "name a folder"),
            // It may come: a job waits for it as for a printer that is off.
            Err(error) => findings.warn(
                to.span(),
                format!("{}: {error}; jobs wait until it is there", path.display()),
                "make the folder, and let the server's user write there",
            ),
        },
        Ok(Destination::Socket(_) | Destination::Ipp(_)) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;

    fn errors(text: &str) -> String {
        parse(Path::new("x"), text).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_printer_says_where_it_prints() {
        let missing = errors("[printer.laser]\ncomment = \"x\"\n");
        assert!(missing.contains("printer `laser`: nothing says where it prints"), "{missing}");
        let wrong = errors("[printer.laser]\nto = \"lpr -P laser\"\n");
        assert!(wrong.contains("is no place to print to"), "{wrong}");
        let tls = errors("[printer.laser]\nto = \"ipps://laser/ipp\"\n");
        assert!(tls.contains("needs TLS"), "{tls}");
    }

    #[test]
    fn names_of_shares_are_each_ones_own() {
        let share = "[share.Laser]\npath = \"/\"\n";
        let twice = errors(&format!("{share}[printer.laser]\nto = \"/\"\n"));
        assert!(twice.contains("there is a share `laser` already"), "{twice}");
        let other = format!("{share}[printer.laser]\nto = \"/\"\nshare = \"Printer1\"\n");
        let config = parse(Path::new("x"), &other).unwrap().config;
        assert_eq!(config.printer_shares().collect::<Vec<_>>(), ["Printer1"]);
        let zone = format!("{other}[zone.default]\nshares = [\"printer1\"]\n");
        assert!(parse(Path::new("x"), &zone).is_ok());
        assert!(errors("[printer.\"a/b\"]\nto = \"/\"\n").contains("no name for a printer"));
        assert!(errors("[printer.a]\nto = \"/\"\npriority = 100\n").contains("between 1 and 99"));
    }

    #[test]
    fn what_is_unwise_is_said() {
        let text = "[printer.a]\nto = \"/no/such/folder\"\nguests = true\nusers = []\n";
        let warnings = parse(Path::new("x"), text).unwrap().warnings;
        let text: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        for part in ["jobs wait until it is there", "no zone lets them in", "open to nobody"] {
            assert!(text.iter().any(|warning| warning.contains(part)), "{text:?}");
        }
    }
}
