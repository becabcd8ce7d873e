use serde::Serialize;
use std::fmt;

/// All that was found out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Report {
    pub(crate) server: String,
    pub(crate) address: String,
    pub(crate) names: Names,
    /// How far the server's clock is before ours; `None` where it does not tell the time.
    pub(crate) clock_skew_seconds: Option<i64>,
    /// Every dialect, the newest first.
    pub(crate) dialects: Vec<Dialect>,
    /// What SMB 3.1.1 encrypts with.
    pub(crate) ciphers: Vec<String>,
    /// What SMB 3.1.1 signs with.
    pub(crate) signing_algorithms: Vec<String>,
    /// How SMB 1 is spoken, where it is.
    pub(crate) smb1: Option<Smb1>,
    pub(crate) anonymous: Visitor,
    pub(crate) guest: Outcome,
    pub(crate) shares: Shares,
    /// The gravest first.
    pub(crate) findings: Vec<Finding>,
}

/// What the server is called.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Names {
    pub(crate) computer: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) dns_computer: Option<String>,
    pub(crate) dns_domain: Option<String>,
    /// Its NetBIOS names with their suffixes, as the name service has them.
    pub(crate) netbios: Vec<String>,
}

/// Whether a dialect is spoken.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Dialect {
    pub(crate) name: String,
    /// Of SMB 1, 2 or 3.
    pub(crate) family: u8,
    pub(crate) served: bool,
    pub(crate) signing: Signing,
    pub(crate) encryption: bool,
}

/// Whether messages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Signing {
    Impossible,
    Possible,
    Required,
}

/// How SMB 1 is spoken.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Smb1 {
    /// Users log on; else shares have passwords.
    pub(crate) user_level: bool,
    /// Passwords go over the wire as they are.
    pub(crate) plaintext_passwords: bool,
    /// SPNEGO is spoken.
    pub(crate) extended_security: bool,
}

/// What came of something that was tried.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "why")]
pub(crate) enum Outcome {
    Allowed,
    Refused(String),
    /// There was no way to try.
    Untried(String),
}

impl Outcome {
    pub(crate) const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }
}

/// What somebody without a name may do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Visitor {
    pub(crate) session: Outcome,
    /// The tree connect to IPC$.
    pub(crate) ipc: Outcome,
    /// The pipes that could be opened.
    pub(crate) pipes: Vec<String>,
    /// The list of shares.
    pub(crate) shares: Outcome,
}

/// What is shared.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Shares {
    /// Who asked: a user's name, or nobody.
    pub(crate) asked_by: Option<String>,
    /// Why there is no list.
    pub(crate) refused: Option<String>,
    pub(crate) list: Vec<Share>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Share {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) remark: String,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    High,
    Medium,
    Low,
}

/// Something that could be better.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) finding: String,
    pub(crate) why: &'static str,
    pub(crate) remedy: &'static str,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:11}{} ({})", "server", self.server, self.address)?;
        self.names.write(f)?;
        match self.clock_skew_seconds {
            Some(-2..=2) => writeln!(f, "{:11}agrees with this machine's", "clock")?,
            Some(skew) if skew > 0 => writeln!(f, "{:11}{skew} s fast", "clock")?,
            Some(skew) => writeln!(f, "{:11}{} s slow", "clock", skew.unsigned_abs())?,
            None => {}
        }
        writeln!(f, "\ndialects")?;
        for dialect in &self.dialects {
            writeln!(f, "  {:24}{}", dialect.name, dialect.state())?;
        }
        if !self.ciphers.is_empty() {
            writeln!(f, "  {:24}{}", "3.1.1 encrypts with", self.ciphers.join(", "))?;
        }
        if !self.signing_algorithms.is_empty() {
            writeln!(f, "  {:24}{}", "3.1.1 signs with", self.signing_algorithms.join(", "))?;
        }
        if let Some(smb1) = &self.smb1 {
            writeln!(f, "  {:24}{}", "SMB 1 logs on", smb1.logon())?;
        }
        writeln!(f, "\nwithout a password")?;
        writeln!(f, "  {:24}{}", "anonymous session", self.anonymous.session)?;
        writeln!(f, "  {:24}{}", "IPC$", self.anonymous.ipc)?;
        if !self.anonymous.pipes.is_empty() {
            writeln!(f, "  {:24}{}", "pipes", self.anonymous.pipes.join(", "))?;
        }
        writeln!(f, "  {:24}{}", "list of shares", self.anonymous.shares)?;
        writeln!(f, "  {:24}{}", "guest", self.guest)?;
        self.shares.write(f)?;
        if self.findings.is_empty() {
            return writeln!(f, "\nNothing to complain about.");
        }
        writeln!(f, "\nwhat to do")?;
        for (n, finding) in self.findings.iter().enumerate() {
            writeln!(f, "  {}. [{}] {}", n + 1, finding.severity, finding.finding)?;
            writeln!(f, "     {}", finding.why)?;
            writeln!(f, "     {}", finding.remedy)?;
        }
        Ok(())
    }
}

impl Names {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            ("computer", &self.computer),
            ("domain", &self.domain),
            ("DNS name", &self.dns_computer),
            ("DNS domain", &self.dns_domain),
        ];
        for (what, name) in named {
            if let Some(name) = name.as_ref().filter(|name| !name.is_empty()) {
                writeln!(f, "{what:11}{name}")?;
            }
        }
        if !self.netbios.is_empty() {
            writeln!(f, "{:11}{}", "NetBIOS", self.netbios.join(", "))?;
        }
        Ok(())
    }
}

impl Dialect {
    fn state(&self) -> String {
        if !self.served {
            return "not served".to_owned();
        }
        let signing = match self.signing {
            Signing::Impossible => "no signing",
            Signing::Possible => "signing possible",
            Signing::Required => "signing required",
        };
        let encryption = if self.encryption { ", encryption possible" } else { "" };
        format!("served, {signing}{encryption}")
    }
}

impl Smb1 {
    fn logon(&self) -> String {
        let level = if self.user_level { "as users" } else { "to shares by a password" };
        let passwords = if self.plaintext_passwords { ", passwords in plain text" } else { "" };
        let spnego = if self.extended_security { ", SPNEGO" } else { "" };
        format!("{level}{passwords}{spnego}")
    }
}

impl Shares {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.asked_by.as_deref().unwrap_or("nobody");
        writeln!(f, "\nshares, as told to {by}")?;
        if let Some(refused) = &self.refused {
            return writeln!(f, "  {refused}");
        }
        for share in &self.list {
            writeln!(f, "  {:24}{:9}{}", share.name, share.kind, share.remark)?;
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed => f.write_str("allowed"),
            Self::Refused(why) => write!(f, "refused ({why})"),
            Self::Untried(why) => write!(f, "not tried: {why}"),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        })
    }
}
