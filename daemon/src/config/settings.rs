//! From a configuration to the core's settings.

use super::value::{Demand, Span};
use super::{Config, DfsDomainSection, LimitsSection, VpnSection, ZoneSection};
use lanward_server::{DfsDomain, EventRates, Limits, Network, NullSessions, Settings, Zone};
use lanward_sys::Interface;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// The zone of everything no other zone covers.
pub(super) const DEFAULT_ZONE: &str = "default";

const DRAIN: Duration = Duration::from_secs(10);

impl Config {
    /// What can change while the server runs.
    pub(crate) fn settings(&self) -> Settings {
        let defaults = Settings::default();
        let mut zones: Vec<_> = self.zone.iter().collect();
        zones.sort_by_key(|(name, _)| name.span().start);
        let (default, others): (Vec<_>, Vec<_>) =
            zones.into_iter().partition(|(name, _)| name.get_ref() == DEFAULT_ZONE);
        let interfaces = self.interfaces();
        let make = |name: &str, section: &ZoneSection| Arc::new(zone(name, section, &interfaces));
        let limits = &self.limits;
        let time = |span: Option<Span>, default| span.and_then(|span| span.0).unwrap_or(default);
        Settings {
            zones: others.iter().map(|(name, section)| make(name.get_ref(), section)).collect(),
            default_zone: default.first().map_or_else(
                || Arc::clone(&defaults.default_zone),
                |(_, section)| make(DEFAULT_ZONE, section),
            ),
            dial_in: self.vpn.as_ref().map(VpnSection::dial_in),
            floors: self.floors(),
            limits: counts(limits),
            event_rates: EventRates {
                sessions: rate(self.events.sessions_per_minute, defaults.event_rates.sessions),
                opens: rate(self.events.opens_per_minute, defaults.event_rates.opens),
            },
            dfs_domains: self.server.dfs_domains.iter().map(dfs_domain).collect(),
            netbios: self.netbios.settings(),
            remote_stop: self.server.remote_stop,
            authentication_deadline: time(limits.authentication_deadline, defaults.authentication_deadline),
            idle_disconnect: limits.idle_disconnect.map_or(defaults.idle_disconnect, |span| span.0),
            anonymous_idle_disconnect: time(
                limits.anonymous_idle_disconnect,
                defaults.anonymous_idle_disconnect,
            ),
            durable_timeout: time(limits.durable_timeout, defaults.durable_timeout),
            durable_timeout_max: time(limits.durable_timeout_max, defaults.durable_timeout_max),
            resilient_timeout: time(limits.resilient_timeout, defaults.resilient_timeout),
            resilient_timeout_max: time(limits.resilient_timeout_max, defaults.resilient_timeout_max),
            dead_peer: time(limits.dead_peer, defaults.dead_peer),
            ..defaults
        }
    }

    /// Whether what zones cover depends on the machine's interfaces.
    pub(crate) fn has_interface_zones(&self) -> bool {
        self.zone.values().any(|zone| !zone.interfaces.is_empty())
    }

    /// The interfaces there are, if any zone asks for them.
    fn interfaces(&self) -> Vec<Interface> {
        if !self.has_interface_zones() {
            return Vec::new();
        }
        lanward_sys::interfaces().unwrap_or_else(|error| {
            tracing::warn!(%error, "the interfaces cannot be read: zones by interface cover nothing");
            Vec::new()
        })
    }

    /// Whether guests may come in anywhere.
    pub(crate) fn admits_guests(&self) -> bool {
        self.zone.values().any(|zone| zone.guests)
    }

    /// Whether any zone has the POSIX extensions.
    pub(crate) fn has_posix(&self) -> bool {
        self.zone.values().any(|zone| zone.posix)
    }

    /// How long connections may go on when the server stops.
    pub(crate) fn drain_deadline(&self) -> Duration {
        self.server.drain.and_then(|span| span.0).unwrap_or(DRAIN)
    }
}

/// A number for each minute, of which 0 means any.
fn rate(given: Option<u32>, otherwise: Option<u32>) -> Option<u32> {
    given.map_or(otherwise, |rate| (rate > 0).then_some(rate))
}

/// No connection is at this address: a zone of an interface that is not there covers nothing, not everything.
const NOWHERE: Network = Network { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), prefix: 32 };

/// The addresses of this machine that belong to a zone now.
fn locals(section: &ZoneSection, interfaces: &[Interface]) -> Vec<Network> {
    let named = |interface: &&Interface| section.interfaces.contains(&interface.name);
    let addresses = interfaces.iter().filter(named).flat_map(|interface| &interface.addresses);
    let host = |ip: &IpAddr| Network { address: *ip, prefix: if ip.is_ipv4() { 32 } else { 128 } };
    let mut locals: Vec<_> = section.locals.iter().map(|range| range.0).chain(addresses.map(host)).collect();
    if locals.is_empty() && !section.interfaces.is_empty() {
        locals.push(NOWHERE);
    }
    locals
}

/// The interfaces of a zone that has no other addresses of this machine than theirs.
fn links(section: &ZoneSection, interfaces: &[Interface]) -> Vec<u32> {
    let named = interfaces.iter().filter(|interface| section.interfaces.contains(&interface.name));
    named.filter(|_| section.locals.is_empty()).map(|interface| interface.index).collect()
}

fn zone(name: &str, section: &ZoneSection, interfaces: &[Interface]) -> Zone {
    Zone {
        name: name.to_owned(),
        locals: locals(section, interfaces),
        links: links(section, interfaces),
        peers: section.peers.iter().map(|range| range.0).collect(),
        min_dialect: section.min_dialect.revision(),
        max_dialect: section.max_dialect.revision(),
        signing_required: section.signing == Demand::Required,
        encryption_required: section.encryption == Demand::Required,
        guest_allowed: section.guests,
        anonymous_allowed: section.anonymous,
        null_sessions: NullSessions {
            restrict: section.restrict_anonymous.0,
            restrict_sam: section.restrict_anonymous_sam,
            pipes: section.null_session_pipes.iter().flat_map(|p| p.0.iter().cloned()).collect(),
            shares: section.null_session_shares.iter().map(|name| name.get_ref().as_str().into()).collect(),
        },
        ntlmv1: section.ntlmv1,
        lm: section.lm,
        plaintext: section.plaintext,
        share_level: section.share_level,
        code_page: section.code_page.0,
        write_time_delay: Some(section.write_time_delay.0.unwrap_or(Duration::MAX))
            .filter(|delay| !delay.is_zero()),
        posix: section.posix,
        netbios: section.netbios,
        discovery: section.discovery,
        shares: section
            .shares
            .as_ref()
            .map(|names| names.iter().map(|name| name.get_ref().as_str().into()).collect()),
    }
}

fn dfs_domain(section: &DfsDomainSection) -> DfsDomain {
    DfsDomain {
        netbios_name: section.netbios_name.as_str().into(),
        dns_name: section.dns_name.as_str().into(),
        controllers: section.controllers.iter().map(|name| name.as_str().into()).collect(),
    }
}

fn counts(section: &LimitsSection) -> Limits {
    let defaults = Limits::default();
    Limits {
        connections: section.connections.unwrap_or(defaults.connections),
        connections_per_address: section.connections_per_address.unwrap_or(defaults.connections_per_address),
        users: section.max_sessions.or(defaults.users),
        sessions_per_connection: section.sessions_per_connection.unwrap_or(defaults.sessions_per_connection),
        channels_per_session: section.channels_per_session.unwrap_or(defaults.channels_per_session),
        anonymous_sessions: section.anonymous_sessions.unwrap_or(defaults.anonymous_sessions),
        anonymous_sessions_per_address: section
            .anonymous_sessions_per_address
            .unwrap_or(defaults.anonymous_sessions_per_address),
        anonymous_logons_per_minute: section
            .anonymous_logons_per_minute
            .unwrap_or(defaults.anonymous_logons_per_minute),
        logon_failures_per_minute: rate(
            section.logon_failures_per_minute,
            defaults.logon_failures_per_minute,
        ),
        trees_per_session: section.trees_per_session.unwrap_or(defaults.trees_per_session),
        opens_per_session: section.opens_per_session.unwrap_or(defaults.opens_per_session),
        disconnected_opens: section.disconnected_opens.unwrap_or(defaults.disconnected_opens),
        print_job_bytes: section.print_job_size.map_or(defaults.print_job_bytes, |size| size.0),
        print_jobs_per_printer: section.print_jobs_per_printer.unwrap_or(defaults.print_jobs_per_printer),
        print_jobs_per_user: section.print_jobs_per_user.unwrap_or(defaults.print_jobs_per_user),
        print_spool_bytes: section.print_spool_size.map_or(defaults.print_spool_bytes, |size| size.0),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use lanward_server::{EventRates, NullSessions, RestrictAnonymous};
    use std::path::Path;

    #[test]
    fn every_key_reaches_the_core() {
        let text = r#"
            [share.docs]
            path = "/"
            [zone.vpn]
            peers = ["10.8.0.0/16"]
            encryption = "required"
            shares = ["docs"]
            [zone.attic]
            locals = ["192.168.7.1"]
            min-dialect = "2.0.2"
            max-dialect = "3.0"
            signing = "optional"
            guests = true
            anonymous = true
            restrict-anonymous = 2
            restrict-anonymous-sam = false
            null-session-pipes = ["@windows-vista", "spoolss"]
            null-session-shares = ["docs"]
            [zone.default]
            ntlmv1 = true
            [limits]
            max-sessions = 10
            connections = 20
            connections-per-address = 3
            opens-per-session = 4
            disconnected-opens = 5
            print-job-size = "1M"
            print-jobs-per-printer = 11
            print-jobs-per-user = 12
            print-spool-size = "1G"
            durable-timeout = "10s"
            durable-timeout-max = "20s"
            resilient-timeout = "30s"
            resilient-timeout-max = "40s"
            anonymous-sessions-per-address = 6
            anonymous-logons-per-minute = 7
            logon-failures-per-minute = 0
            idle-disconnect = "never"
            authentication-deadline = "5s"
            dead-peer = "7s"
            [events]
            file = "/var/log/lanward.events"
            journal = true
            sessions-per-minute = 8
            opens-per-minute = 0
        "#;
        let settings = parse(Path::new("x"), text).unwrap().config.settings();
        let names: Vec<_> = settings.zones.iter().map(|zone| zone.name.as_str()).collect();
        assert_eq!(names, ["vpn", "attic"], "zones are tried in the order of the file");
        assert!(settings.zones[0].encryption_required && settings.zones[0].signing_required);
        assert_eq!(settings.dial_in, None);
        assert_eq!(settings.zones[0].shares, Some(vec!["docs".into()]));
        let attic = &settings.zones[1];
        assert_eq!((attic.min_dialect, attic.max_dialect), (0x0202, 0x0300));
        assert!(!attic.signing_required && attic.guest_allowed && !attic.ntlmv1);
        assert!(settings.default_zone.ntlmv1 && settings.default_zone.signing_required);
        let nobody = NullSessions {
            restrict: RestrictAnonymous::AllButGranted,
            restrict_sam: false,
            pipes: vec!["browser".into(), "spoolss".into()],
            shares: vec!["docs".into()],
        };
        assert!(attic.anonymous_allowed);
        assert_eq!(attic.null_sessions, nobody);
        let limits = &settings.limits;
        assert_eq!((limits.anonymous_sessions_per_address, limits.anonymous_logons_per_minute), (6, 7));
        assert_eq!(limits.logon_failures_per_minute, None);
        assert_eq!(settings.limits.users, Some(10));
        assert_eq!((settings.limits.connections, settings.limits.connections_per_address), (20, 3));
        assert_eq!(settings.limits.opens_per_session, 4);
        assert_eq!(settings.limits.disconnected_opens, 5);
        assert_eq!((limits.print_jobs_per_printer, limits.print_jobs_per_user), (11, 12));
        assert!(limits.print_job_bytes < limits.print_spool_bytes && limits.print_job_bytes >= 1_000_000);
        let durable = [settings.durable_timeout, settings.durable_timeout_max];
        let resilient = [settings.resilient_timeout, settings.resilient_timeout_max];
        assert_eq!(
            [durable, resilient].as_flattened().iter().map(std::time::Duration::as_secs).collect::<Vec<_>>(),
            [10, 20, 30, 40]
        );
        assert_eq!(settings.idle_disconnect, None);
        assert_eq!(settings.authentication_deadline.as_secs(), 5);
        assert_eq!(settings.dead_peer.as_secs(), 7);
        assert_eq!(settings.event_rates, EventRates { sessions: Some(8), opens: None });
    }

    #[test]
    fn what_a_share_makes_of_its_files_reaches_the_core() {
        let text = r#"
            [share.docs]
            path = "/"
            mode = "read-only"
            hide-dot-files = true
            hide = ["desktop.ini"]
            veto = ["*.exe"]
            [share.docs.recycle]
            max-size = "1K"
            max-age = "2d"
            exclude = ["*.tmp"]
            [share.in]
            path = "/"
            mode = "drop-box"
            time-machine = true
            time-machine-quota = "1K"
        "#;
        let config = parse(Path::new("x"), text).unwrap().config;
        let share = |name: &str| config.share.iter().find(|(n, _)| n.get_ref() == name).unwrap().1;
        let (docs, drop_box) = (share("docs"), share("in"));
        let rules = docs.rules();
        assert!(docs.is_read_only() && rules.hide_dot_files && !rules.drop_box);
        let matches = |patterns: &lanward_fsa::NamePatterns, name: &str| {
            patterns.matches(&name.encode_utf16().collect::<Vec<_>>())
        };
        assert!(matches(&rules.hide, "Desktop.ini") && !matches(&rules.hide, "a.exe"));
        assert!(matches(&rules.veto, "a.EXE") && !matches(&rules.veto, "a.tmp"));
        assert_eq!(rules.time_machine, None);
        assert_eq!(drop_box.rules().time_machine.unwrap().quota, Some(1024));
        let bin = rules.recycle.unwrap();
        assert_eq!((bin.max_size, bin.max_age.map(|age| age.as_secs())), (Some(1024), Some(172_800)));
        assert!(matches(&bin.exclude, "b.tmp"));
        assert!(drop_box.rules().drop_box && !drop_box.is_read_only() && drop_box.rules().recycle.is_none());
    }

    #[test]
    fn an_empty_file_is_strict() {
        let settings = parse(Path::new("x"), "").unwrap().config.settings();
        let zone = &settings.default_zone;
        assert_eq!(**zone, lanward_server::Zone::default());
        assert!(zone.signing_required && !zone.guest_allowed && !zone.anonymous_allowed && !zone.ntlmv1);
    }

    #[test]
    fn a_zone_by_interface_has_its_addresses_of_the_moment() {
        let text = "[zone.old]\ninterfaces = [\"eth1\", \"eth2\"]\n";
        let config = parse(Path::new("x"), text).unwrap().config;
        let section = config.zone.values().next().unwrap();
        let interface = |name: &str, addresses: &[&str]| super::Interface {
            name: name.into(),
            index: 1,
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
            kind: lanward_sys::LinkKind::Ethernet,
            loopback: false,
            speed: None,
            spreads: false,
        };
        let there = [interface("eth0", &["10.0.0.1"]), interface("eth1", &["10.1.0.1", "fd00::1"])];
        let covers = |interfaces: &[super::Interface], local: &str| {
            super::zone("old", section, interfaces)
                .covers(local.parse().unwrap(), "10.9.9.9:9".parse().unwrap())
        };
        assert!(covers(&there, "10.1.0.1:445") && covers(&there, "[fd00::1]:445"));
        assert!(!covers(&there, "10.0.0.1:445") && !covers(&there, "10.1.0.2:445"));
        assert!(!covers(&[], "10.1.0.1:445"), "without its interfaces it covers nothing");
    }
}
