//! `[discovery]`: being found by today's clients, in zones that have `discovery = true`.

use super::Config;
use super::settings::DEFAULT_ZONE;
use serde::Deserialize;
use toml::Spanned;

/// `[discovery]`. The server's name and workgroup are those of `[server]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct DiscoverySection {
    /// WS-Discovery, by which Windows finds computers.
    pub(crate) ws_discovery: bool,
    /// Multicast DNS, by which Macs and Linux desktops do.
    pub(crate) mdns: bool,
    /// LLMNR, by which Windows finds the address of a name without NetBIOS and DNS.
    pub(crate) llmnr: bool,
    /// Where WS-Discovery's clients get the server's name over HTTP.
    pub(crate) metadata_port: u16,
    /// The kind of computer that Macs show.
    pub(crate) model: String,
}

impl Default for DiscoverySection {
    fn default() -> Self {
        Self { ws_discovery: true, mdns: true, llmnr: true, metadata_port: 5357, model: "RackMac".to_owned() }
    }
}

/// The longest model, in bytes.
const LONGEST_MODEL: usize = 200;

impl DiscoverySection {
    /// Whether the model can be told.
    pub(super) fn has_good_model(&self) -> bool {
        let good = |c: char| !c.is_control();
        !self.model.is_empty() && self.model.len() <= LONGEST_MODEL && self.model.chars().all(good)
    }
}

impl Config {
    /// Whether any zone has discovery.
    pub(super) fn has_discovery(&self) -> bool {
        let default = |name: &Spanned<String>| name.get_ref() == DEFAULT_ZONE;
        !self.zone.keys().any(default) || self.zone.values().any(|zone| zone.discovery)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;

    #[test]
    fn what_cannot_be_or_is_for_nobody_is_found() {
        let read = |text: &str| parse(Path::new("x"), text);
        let warnings = |text: &str| read(text).unwrap().warnings.len();
        let (on, off) = ("[zone.default]\ndiscovery = true\n", "[zone.default]\ndiscovery = false\n");
        let own = "[discovery]\nmetadata-port = 5358\n";
        assert_eq!(warnings(own), warnings(""), "every zone has it");
        assert_eq!(warnings(&format!("{own}{on}")), warnings(on));
        assert_eq!(warnings(&format!("{own}{off}")), warnings(off) + 1);
        assert!(
            read("[discovery]\nmodel = \"\"\n").is_err() && read("[discovery]\nmodel = \"a\\nb\"\n").is_err()
        );
    }
}
