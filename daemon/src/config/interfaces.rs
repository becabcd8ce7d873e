//! `[interface.NAME]`: what is offered at which interfaces, beside what `listen` says.

use super::check::Findings;
use super::settings::DEFAULT_ZONE;
use super::suggest::nearest;
use super::value::Range;
use super::{Config, ZoneSection};
use crate::interfaces::{NamePattern, Policy, Rule, Service, ZoneAddresses, is_private};
use lanward_sys::LinkKind;
use serde::Deserialize;
use toml::Spanned;

/// `[interface.NAME]`: a rule, which has a name for messages only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct InterfaceSection {
    pub(crate) allow: bool,
    /// Names of interfaces, with `*` and `?`.
    #[serde(default)]
    pub(crate) names: Vec<NamePattern>,
    #[serde(default)]
    pub(crate) kinds: Vec<Kind>,
    /// Addresses of this machine.
    #[serde(default)]
    pub(crate) addresses: Vec<Range>,
    /// Zones that cover the address.
    #[serde(default)]
    pub(crate) zones: Vec<Spanned<String>>,
    /// What it is about; everything when it is left out.
    #[serde(default)]
    pub(crate) services: Vec<Service>,
    /// Public addresses are allowed too.
    #[serde(default)]
    pub(crate) public: bool,
}

/// A kind of link, as people call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Kind(LinkKind);

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let kind = LinkKind::ALL.into_iter().find(|kind| kind.name() == text);
        kind.map(Self).ok_or_else(|| {
            let names = LinkKind::ALL.map(LinkKind::name).join("`, `");
            format!("unknown variant `{text}`, expected one of `{names}`")
        })
    }
}

impl Config {
    /// What is offered where.
    pub(crate) fn policy(&self) -> Policy {
        let rules = self.interface_rules().map(|(name, section)| self.rule(name.get_ref(), section));
        let addresses = self.server.listen.as_ref().map(|listen| listen.get_ref().clone());
        Policy { rules: rules.collect(), addresses, port: None }
    }

    /// In the order of the file.
    fn interface_rules(&self) -> impl Iterator<Item = (&Spanned<String>, &InterfaceSection)> {
        let mut rules: Vec<_> = self.interface.iter().collect();
        rules.sort_by_key(|(name, _)| name.span().start);
        rules.into_iter()
    }

    fn rule(&self, name: &str, section: &InterfaceSection) -> Rule {
        let zone = |wanted: &Spanned<String>| {
            let (_, zone) = self.zone.iter().find(|(name, _)| name.get_ref() == wanted.get_ref())?;
            Some(addresses_of(zone))
        };
        Rule {
            name: name.to_owned(),
            allow: section.allow,
            public: section.public,
            services: section.services.clone(),
            names: section.names.clone(),
            kinds: section.kinds.iter().map(|kind| kind.0).collect(),
            addresses: section.addresses.iter().map(|range| range.0).collect(),
            zones: section.zones.iter().filter_map(zone).collect(),
        }
    }
}

fn addresses_of(zone: &ZoneSection) -> ZoneAddresses {
    ZoneAddresses {
        locals: zone.locals.iter().map(|range| range.0).collect(),
        interfaces: zone.interfaces.clone(),
    }
}

pub(super) fn check(findings: &mut Findings<'_>, config: &Config) {
    let mut all_decided: Option<&str> = None;
    for (name, section) in config.interface_rules() {
        let text = name.get_ref();
        if let Some(earlier) = all_decided {
            findings.warn(
                name.span(),
                format!("the rule `{text}` is never asked: `{earlier}` decides about everything"),
                "put it before that one",
            );
        }
        let rule = config.rule(text, section);
        if rule.services.is_empty() && rule.covers_everything() {
            all_decided.get_or_insert(text);
        }
        for zone in &section.zones {
            check_zone(findings, config, zone);
        }
        check_public(findings, name, section);
    }
}

fn check_zone(findings: &mut Findings<'_>, config: &Config, zone: &Spanned<String>) {
    let text = zone.get_ref();
    let Some((_, section)) = config.zone.iter().find(|(name, _)| name.get_ref() == text) else {
        let known = config.zone.keys().map(|name| name.get_ref().as_str());
        let meant = nearest(text, known).map_or_else(
            || format!("add [zone.{text}] or take it out"),
            |name| format!("did you mean `{name}`?"),
        );
        return findings.error(zone.span(), format!("there is no zone `{text}`"), &meant);
    };
    if text == DEFAULT_ZONE || (section.locals.is_empty() && section.interfaces.is_empty()) {
        findings.error(
            zone.span(),
            format!("the zone `{text}` has no addresses of this machine"),
            "name a zone with `locals` or `interfaces`, or say which by `names`, `kinds` or `addresses`",
        );
    }
}

fn check_public(findings: &mut Findings<'_>, name: &Spanned<String>, section: &InterfaceSection) {
    let text = name.get_ref();
    if section.public && !section.allow {
        let message = format!("the rule `{text}` allows nothing, public or not");
        return findings.error(name.span(), message, "take out `public`");
    }
    if section.public {
        findings.warn(
            name.span(),
            format!("the rule `{text}` offers services to networks you may not know"),
            "take out `public`, or say with `services` which they are",
        );
    }
    let public = |range: &Range| !is_private(range.0.address);
    let only_public = !section.addresses.is_empty() && section.addresses.iter().all(public);
    let any = section.addresses.iter().any(|range| range.0.prefix == 0);
    if section.allow && !section.public && only_public && !any {
        findings.warn(
            name.span(),
            format!("the rule `{text}` allows nothing: its addresses are public"),
            "set `public = true` if they are to be reached from everywhere",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use crate::interfaces::Service;
    use lanward_sys::LinkKind;
    use std::path::Path;

    #[test]
    fn rules_are_in_the_order_of_the_file() {
        let text = r#"
            [interface.wan]
            names = ["wan*", "ppp?"]
            kinds = ["ppp", "tunnel"]
            addresses = ["10.0.0.0/8"]
            services = ["smb", "vpn"]
            allow = false
            [zone.attic]
            locals = ["10.5.0.0/16"]
            interfaces = ["eth7"]
            [interface.attic]
            zones = ["attic"]
            allow = true
            public = true
        "#;
        let policy = parse(Path::new("x"), text).unwrap().config.policy();
        let names: Vec<_> = policy.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["wan", "attic"]);
        let (wan, attic) = (&policy.rules[0], &policy.rules[1]);
        assert_eq!((wan.allow, wan.public, wan.names.len(), wan.addresses.len()), (false, false, 2, 1));
        assert_eq!(wan.kinds, [LinkKind::Ppp, LinkKind::Tunnel]);
        assert_eq!(wan.services, [Service::Smb, Service::Vpn]);
        assert_eq!((attic.allow, attic.public), (true, true));
        assert_eq!((attic.zones[0].locals.len(), attic.zones[0].interfaces.len()), (1, 1));
    }
}
