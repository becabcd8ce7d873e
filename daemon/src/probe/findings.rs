//! What is wrong with what was found, why, and what helps.

use super::report::{Dialect, Finding, Report, Severity, Signing};

/// How far a clock may be off before Kerberos and the times of files suffer.
const CLOCK: i64 = 300;

pub(super) fn of(report: &Report) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        [smb1(report), plaintext(report), share_level(report), guest(report), anonymous_shares(report)]
            .into_iter()
            .chain([
                anonymous_pipes(report),
                unsigned(report),
                old(report),
                unencrypted(report),
                clock(report),
            ])
            .flatten()
            .collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

fn served(report: &Report) -> impl Iterator<Item = &Dialect> {
    report.dialects.iter().filter(|dialect| dialect.served)
}

fn smb1(report: &Report) -> Option<Finding> {
    let names: Vec<&str> = served(report).filter(|d| d.family == 1).map(|d| d.name.as_str()).collect();
    (!names.is_empty()).then(|| Finding {
        severity: Severity::High,
        finding: format!("SMB 1 is served: {}", names.join(", ")),
        why: "It has no encryption and signs with MD5 at best, and who is in the path can bring any client down to it.",
        remedy: "Switch it off, or serve it in the one network where machines need it: with Lanward by a zone of its own.",
    })
}

fn plaintext(report: &Report) -> Option<Finding> {
    let smb1 = report.smb1.as_ref().filter(|smb1| smb1.plaintext_passwords)?;
    Some(Finding {
        severity: Severity::High,
        finding: format!(
            "SMB 1 takes passwords in plain text{}",
            if smb1.user_level { "" } else { " for shares" }
        ),
        why: "Whoever can listen learns them.",
        remedy: "Take challenge and response alone, and change the passwords that were used.",
    })
}

fn share_level(report: &Report) -> Option<Finding> {
    report.smb1.as_ref().filter(|smb1| !smb1.user_level)?;
    Some(Finding {
        severity: Severity::High,
        finding: "SMB 1 lets clients in by a share's password".to_owned(),
        why: "Nobody can say who did what, and everybody has to be told when it changes.",
        remedy: "Use security by users.",
    })
}

fn guest(report: &Report) -> Option<Finding> {
    report.guest.is_allowed().then(|| Finding {
        severity: Severity::High,
        finding: "A name that nobody has came in with a password that nobody has: as a guest".to_owned(),
        why: "Its messages are not signed, so what it reads and writes can be changed on the way, by anybody.",
        remedy: "Refuse guests; give those who need it a user of their own.",
    })
}

fn anonymous_shares(report: &Report) -> Option<Finding> {
    report.anonymous.shares.is_allowed().then(|| Finding {
        severity: Severity::Medium,
        finding: "Whoever asks is told what is shared".to_owned(),
        why: "Names of shares and their comments tell strangers where to look.",
        remedy: "Refuse anonymous sessions, or keep the server service from them (RestrictAnonymous).",
    })
}

/// The pipes by which accounts and more can be learned.
fn anonymous_pipes(report: &Report) -> Option<Finding> {
    let telling = ["eventlog", "lsarpc", "samr", "svcctl", "winreg"];
    let open: Vec<&str> =
        report.anonymous.pipes.iter().map(String::as_str).filter(|pipe| telling.contains(pipe)).collect();
    (!open.is_empty()).then(|| Finding {
        severity: Severity::Medium,
        finding: format!("Without a password these pipes open: {}", open.join(", ")),
        why: "They name users, groups and policies to those who guess passwords.",
        remedy: "Take them out of the pipes for anonymous sessions (NullSessionPipes, RestrictAnonymous).",
    })
}

fn unsigned(report: &Report) -> Option<Finding> {
    let lax: Vec<&str> = served(report)
        .filter(|d| d.family > 1 && d.signing != Signing::Required)
        .map(|d| d.name.as_str())
        .collect();
    (!lax.is_empty()).then(|| Finding {
        severity: Severity::Medium,
        finding: format!("Signing is not required: {}", lax.join(", ")),
        why: "Who is in the path can change what is read and written, and use a logon for a session of their own.",
        remedy: "Require signing; clients of the last twenty years can.",
    })
}

fn old(report: &Report) -> Option<Finding> {
    let newest = served(report).next()?;
    (newest.name != "SMB 3.1.1").then(|| Finding {
        severity: Severity::Medium,
        finding: format!("The newest dialect is {}", newest.name),
        why: "Before SMB 3.1.1 nothing protects the negotiation, so that its protection can be negotiated away.",
        remedy: "Update the server, or put one before it that speaks SMB 3.1.1.",
    })
}

fn unencrypted(report: &Report) -> Option<Finding> {
    let newest = served(report).next()?;
    (newest.family == 3 && !newest.encryption).then(|| Finding {
        severity: Severity::Low,
        finding: "SMB 3 is served without encryption".to_owned(),
        why: "Whoever can listen reads what is transferred.",
        remedy: "Enable encryption; clients that want it then use it.",
    })
}

fn clock(report: &Report) -> Option<Finding> {
    let skew = report.clock_skew_seconds?;
    (skew.abs() > CLOCK).then(|| Finding {
        severity: Severity::Low,
        finding: format!("The clocks of server and this machine differ by {} s", skew.unsigned_abs()),
        why: "Times of files mislead, and logons that depend on the time fail.",
        remedy: "Have both take their time from the same servers.",
    })
}
