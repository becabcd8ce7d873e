//! A record as one line of JSON.

use crate::config::Dialect;
use lanward_nt::FileTime;
use lanward_server::{Entry, Event, Record, Refusal, Subject};
use serde_json::{Map, Value, json};

/// The line, without its end.
pub(super) fn of(record: &Record) -> String {
    let mut line = Map::new();
    line.insert("time".to_owned(), text_of(record.time).into());
    line.insert("event".to_owned(), kind(record).into());
    match &record.entry {
        Entry::Happened(event) => happened(event, &mut line),
        Entry::Suppressed(count) | Entry::Lost(count) => add(&mut line, json!({ "count": count })),
    }
    Value::Object(line).to_string()
}

/// What kind of thing a record tells.
pub(super) const fn kind(record: &Record) -> &'static str {
    match &record.entry {
        Entry::Suppressed(_) => "suppressed",
        Entry::Lost(_) => "lost",
        Entry::Happened(event) => match event {
            Event::ConnectionRefused { .. } => "connection-refused",
            Event::LoggedOn { .. } => "logged-on",
            Event::WeakSession { .. } => "weak-session",
            Event::LogonRefused { .. } => "logon-refused",
            Event::LoggedOff { .. } => "logged-off",
            Event::ShareConnected { .. } => "share-connected",
            Event::ShareRefused { .. } => "share-refused",
            Event::ShareDisconnected { .. } => "share-disconnected",
            Event::Opened { status, .. } if status.is_error() => "open-refused",
            Event::Opened { .. } => "opened",
            Event::DeviceOpened { status, .. } if status.is_error() => "device-refused",
            Event::DeviceOpened { .. } => "device-opened",
            Event::DeviceClosed { .. } => "device-closed",
            Event::DialledIn { .. } => "dialled-in",
            Event::DialInFailed { .. } => "dial-in-failed",
            Event::HungUp { .. } => "hung-up",
            Event::PrintSubmitted { .. } => "print-submitted",
            Event::PrintEnded { .. } => "print-ended",
            Event::Changed { .. } => "changed",
        },
    }
}

fn happened(event: &Event, line: &mut Map<String, Value>) {
    match event {
        Event::ConnectionRefused { peer, why } => {
            let why = match why {
                Refusal::TooMany => "too many connections",
                Refusal::TooManyFromAddress => "too many connections from this address",
                Refusal::Draining => "the server stops",
                Refusal::Interface => "not by this interface",
            };
            add(line, json!({ "peer": peer, "why": why }));
        }
        Event::LoggedOn { who, client, dialect, zone } => {
            subject(who, line);
            let dialect = Dialect::name(*dialect);
            add(line, json!({ "client": client.to_string_lossy(), "dialect": dialect, "zone": zone }));
        }
        Event::WeakSession { who, weaknesses } => {
            subject(who, line);
            let words: Vec<&str> = weaknesses.iter().map(|weakness| weakness.word()).collect();
            add(line, json!({ "weaknesses": words }));
        }
        Event::LogonRefused { peer, claimed, status, why } => {
            add(line, json!({ "peer": peer, "claimed": claimed, "status": status.to_string(), "why": why }));
        }
        Event::LoggedOff { who, lasted } => {
            subject(who, line);
            add(line, json!({ "seconds": lasted.as_secs() }));
        }
        Event::ShareConnected { who, share } | Event::ShareDisconnected { who, share } => {
            subject(who, line);
            add(line, json!({ "share": share.to_string_lossy() }));
        }
        Event::ShareRefused { who, share, status } | Event::DeviceOpened { who, share, status } => {
            subject(who, line);
            add(line, json!({ "share": share.to_string_lossy(), "status": status.to_string() }));
        }
        Event::Opened { who, share, path, access, status } => {
            subject(who, line);
            let (share, path) = (share.to_string_lossy(), path.to_string_lossy());
            let access = format!("{:#010x}", access.bits());
            add(
                line,
                json!({ "share": share, "path": path, "access": access, "status": status.to_string() }),
            );
        }
        Event::DeviceClosed { who, share, octets: (read, written) } => {
            subject(who, line);
            add(line, json!({ "share": share.to_string_lossy(), "read": read, "written": written }));
        }
        Event::DialledIn { user, peer, address, method, encryption } => {
            let how = json!({ "method": method, "encryption": encryption });
            add(line, json!({ "user": user, "peer": peer, "address": address }));
            add(line, how);
        }
        Event::DialInFailed { peer, claimed, why } => {
            add(line, json!({ "peer": peer, "claimed": claimed, "why": why }));
        }
        Event::HungUp { user, peer, address, lasted, octets: (received, sent), why } => {
            add(line, json!({ "user": user, "peer": peer, "address": address, "why": why }));
            add(line, json!({ "seconds": lasted.as_secs(), "received": received, "sent": sent }));
        }
        Event::PrintSubmitted { who, printer, job, document, bytes } => {
            subject(who, line);
            let (printer, document) = (printer.to_string_lossy(), document.to_string_lossy());
            add(line, json!({ "printer": printer, "job": job, "document": document, "bytes": bytes }));
        }
        Event::PrintEnded { user, printer, job, bytes, why } => {
            let (user, printer) = (user.to_string_lossy(), printer.to_string_lossy());
            add(line, json!({ "user": user, "printer": printer, "job": job, "bytes": bytes, "why": why }));
        }
        Event::Changed { by, what, name } => {
            subject(by, line);
            add(line, json!({ "what": what, "name": name }));
        }
    }
}

fn subject(who: &Subject, line: &mut Map<String, Value>) {
    let Subject { user, domain, sid, peer, session } = who;
    let (user, domain) = (user.to_string_lossy(), domain.to_string_lossy());
    add(
        line,
        json!({ "user": user, "domain": domain, "sid": sid.to_string(), "peer": peer, "session": session }),
    );
}

/// Adds what is known.
fn add(line: &mut Map<String, Value>, members: Value) {
    if let Value::Object(members) = members {
        line.extend(members.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

/// As RFC 3339 has it, in UTC, to the millisecond.
fn text_of(time: FileTime) -> String {
    const SECOND: u64 = 10_000_000;
    const DAY: u64 = 86_400;
    /// From 1601 to 1 March of the year 0, from where leap days come at the end.
    const DAYS_BEFORE: u64 = 584_694;
    let (seconds, milliseconds) = (time.0 / SECOND, time.0 % SECOND / 10_000);
    let days = seconds / DAY + DAYS_BEFORE;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::{AccessMask, NtStatus};
    use std::time::Duration;

    #[test]
    fn times() {
        let unix = |seconds| FileTime::from_unix_duration(Duration::from_millis(seconds));
        let cases = [
            (unix(0), "1970-01-01T00:00:00.000Z"),
            (unix(951_782_400_000), "2000-02-29T00:00:00.000Z"),
            (unix(1_709_251_199_999), "2024-02-29T23:59:59.999Z"),
            (unix(1_798_761_600_001), "2027-01-01T00:00:00.001Z"),
            (FileTime(0), "1601-01-01T00:00:00.000Z"),
        ];
        for (time, text) in cases {
            assert_eq!(text_of(time), text);
        }
    }

    #[test]
    fn a_record_is_one_line_whatever_names_are_in_it() {
        let mut who = Subject::operator("ali\nce");
        who.peer = Some("10.0.0.2:999".parse().unwrap());
        let (share, path) = ("docs".into(), "a\nb\"c".into());
        let (access, status) = (AccessMask::READ_DATA, NtStatus::ACCESS_DENIED);
        let entry = Entry::Happened(Event::Opened { who, share, path, access, status });
        let line = of(&Record { time: FileTime(0), entry });
        assert!(!line.contains('\n'));
        let parsed: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&parsed["event"], &parsed["path"]), (&json!("open-refused"), &json!("a\nb\"c")));
        assert_eq!(parsed["user"], "ali\nce");
        assert_eq!((&parsed["peer"], &parsed["access"]), (&json!("10.0.0.2:999"), &json!("0x00000001")));
        assert!(parsed.get("session").is_none(), "what is not known is left out");
        let line = of(&Record { time: FileTime(0), entry: Entry::Suppressed(7) });
        assert_eq!(line, r#"{"count":7,"event":"suppressed","time":"1601-01-01T00:00:00.000Z"}"#);
    }
}
