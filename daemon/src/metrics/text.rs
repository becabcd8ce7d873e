use crate::config::Dialect;
use crate::vpn::{Live, VpnHandle, VpnStatistics};
use lanward_server::{COMMANDS, Server, Session, UserKind};
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

/// The names of the commands, by their numbers ([MS-SMB2] 2.2.1.2).
const COMMAND_NAMES: [&str; COMMANDS] = [
    "negotiate",
    "session-setup",
    "logoff",
    "tree-connect",
    "tree-disconnect",
    "create",
    "close",
    "flush",
    "read",
    "write",
    "lock",
    "ioctl",
    "cancel",
    "echo",
    "query-directory",
    "change-notify",
    "query-info",
    "set-info",
    "oplock-break",
];

/// Everything, in the text format 0.0.4.
pub(crate) fn text(server: &Server, vpn: Option<&VpnHandle>) -> String {
    let mut page = Page::default();
    now(server, &mut page);
    since_start(server, &mut page);
    if let Some(vpn) = vpn {
        dial_in(&vpn.live(Live::statistics), &mut page);
    }
    page.0
}

/// What there is at this moment.
fn now(server: &Server, page: &mut Page) {
    let sessions = server.sessions();
    let mut kinds: BTreeMap<[String; 3], u64> = BTreeMap::new();
    for session in &sessions {
        *kinds.entry(labels(session)).or_default() += 1;
    }
    page.family("lanward_sessions", "gauge", "Sessions by zone, dialect and kind of user.");
    for ([zone, dialect, kind], count) in kinds {
        page.value("lanward_sessions", &[("zone", &zone), ("dialect", &dialect), ("kind", &kind)], count);
    }
    let single = [
        ("lanward_null_sessions", "NULL sessions.", u64::from(server.anonymous_sessions())),
        (
            "lanward_counted_users",
            "Users at computers that count against max-sessions.",
            server.counted_users() as u64,
        ),
        ("lanward_connections", "Connections.", server.connections().len() as u64),
        ("lanward_tree_connects", "Connected shares.", server.tree_connects().len() as u64),
        ("lanward_opens", "Opens, those that wait for their clients among them.", server.open_count() as u64),
        (
            "lanward_disconnected_opens",
            "Opens that wait for their clients.",
            server.disconnected_opens() as u64,
        ),
    ];
    for (name, help, value) in single {
        page.family(name, "gauge", help);
        page.value(name, &[], value);
    }
    if let Some(limit) = server.settings().limits.users {
        page.family("lanward_max_sessions", "gauge", "Users at computers that may be there.");
        page.value("lanward_max_sessions", &[], limit);
    }
    printing_now(server, page);
    page.family("lanward_share_uses", "gauge", "Tree connects by share.");
    for share in server.shares() {
        page.value("lanward_share_uses", &[("share", &share.name.to_string_lossy())], share.current_uses());
    }
}

/// Printers and jobs at this moment, and what became of those there were.
fn printing_now(server: &Server, page: &mut Page) {
    let totals = server.print_totals();
    let gauges = [
        ("lanward_print_jobs", "Print jobs.", totals.jobs),
        ("lanward_print_spool_bytes", "Bytes of print jobs.", totals.bytes),
        ("lanward_printers_in_error", "Printers that do not take what they are sent.", totals.faulty),
    ];
    for (name, help, value) in gauges {
        page.family(name, "gauge", help);
        page.value(name, &[], value);
    }
    page.family("lanward_print_jobs_total", "counter", "Print jobs since the start, by what became of them.");
    let outcomes = [
        ("submitted", totals.submitted),
        ("printed", totals.printed),
        ("cancelled", totals.cancelled),
        ("failed", totals.failed),
        ("aborted", totals.aborted),
    ];
    for (outcome, count) in outcomes {
        page.value("lanward_print_jobs_total", &[("outcome", outcome)], count);
    }
}

/// What there was since the start.
fn since_start(server: &Server, page: &mut Page) {
    let traffic = server.traffic();
    page.family("lanward_requests_total", "counter", "Requests answered, by command.");
    for (name, count) in COMMAND_NAMES.iter().zip(traffic.requests) {
        page.value("lanward_requests_total", &[("command", name)], count);
    }
    let single = [
        ("lanward_request_errors_total", "Requests answered with an error.", traffic.failed),
        ("lanward_received_bytes_total", "Bytes received.", traffic.received),
        ("lanward_sent_bytes_total", "Bytes sent.", traffic.sent),
        ("lanward_breaks_total", "Breaks of oplocks and leases sent.", server.breaks_sent()),
        ("lanward_events_suppressed_total", "Events that were not written down.", server.suppressed_events()),
    ];
    for (name, help, value) in single {
        page.family(name, "counter", help);
        page.value(name, &[], value);
    }
    page.family("lanward_refusals_total", "counter", "Refusals by reason.");
    for (reason, count) in server.refusals() {
        page.value("lanward_refusals_total", &[("reason", reason)], count);
    }
    page.family(
        "lanward_weak_sessions_total",
        "counter",
        "Sessions that lacked protection, by what they lacked.",
    );
    for (weakness, count) in server.weak_sessions() {
        page.value("lanward_weak_sessions_total", &[("weakness", weakness)], count);
    }
    let started = server.started().0.saturating_sub(UNIX_EPOCH) / 10_000_000;
    page.family("lanward_start_time_seconds", "gauge", "When the server started, in seconds since 1970.");
    page.value("lanward_start_time_seconds", &[], started);
    page.family("lanward_info", "gauge", "The version.");
    page.value("lanward_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
}

/// Who has dialled in, and what was dropped. Up to 10 s old.
fn dial_in(vpn: &VpnStatistics, page: &mut Page) {
    let gauges = [
        ("lanward_vpn_serving", "Whether the process that serves is there.", u64::from(vpn.serving)),
        ("lanward_vpn_sessions", "Sessions of those who have dialled in.", vpn.sessions as u64),
        ("lanward_vpn_starting", "Connections that are no sessions yet.", vpn.starting as u64),
    ];
    let counters = [
        ("lanward_vpn_connections_total", "Control connections.", vpn.connections),
        ("lanward_vpn_sessions_begun_total", "Sessions that came up.", vpn.sessions_begun),
        ("lanward_vpn_worker_failures_total", "Ends of the process that serves.", vpn.worker_failures),
        (
            "lanward_vpn_gre_blocked_total",
            "Calls without data, which something drops on the way.",
            vpn.gre_blocked,
        ),
        ("lanward_vpn_received_bytes_total", "Bytes of packets that came out of tunnels.", vpn.octets_in),
        ("lanward_vpn_sent_bytes_total", "Bytes of packets that went into tunnels.", vpn.octets_out),
    ];
    for (kind, values) in [("gauge", &gauges[..]), ("counter", &counters[..])] {
        for (name, help, value) in values {
            page.family(name, kind, help);
            page.value(name, &[], value);
        }
    }
    let tables = [
        ("lanward_vpn_ended_total", "Sessions that ended, by reason.", &vpn.ended),
        ("lanward_vpn_failed_total", "Calls that never were up, by reason.", &vpn.failed),
        ("lanward_vpn_dropped_total", "What was dropped, by reason.", &vpn.dropped),
        ("lanward_vpn_gre_dropped_total", "GRE packets that calls dropped, by reason.", &vpn.gre_dropped),
    ];
    for (name, help, table) in tables {
        page.family(name, "counter", help);
        for (reason, count) in table {
            page.value(name, &[("reason", reason)], count);
        }
    }
}

/// 1970 as [MS-DTYP] 2.3.3 counts time.
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;

fn labels(session: &Session) -> [String; 3] {
    let dialect = session.channels().first().and_then(|connection| Dialect::name(connection.dialect()));
    let kind = match session.user().kind {
        UserKind::Named => "named",
        UserKind::Guest => "guest",
        UserKind::Anonymous => "null",
    };
    [session.zone().name.clone(), dialect.unwrap_or_default().to_owned(), kind.to_owned()]
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        if labels.is_empty() {
            return self.line(format_args!("{name} {value}"));
        }
        let labels: Vec<String> =
            labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to text does not fail.
        writeln!(self.0, "{line}").ok();
    }
}

/// A label's value as the format wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut page = Page::default();
        page.value("a", &[("b", "c\"d\\e\nf"), ("g", "h")], 7);
        assert_eq!(page.0, "a{b=\"c\\\"d\\\\e\\nf\",g=\"h\"} 7\n");
    }
}
