//! The corpus of attacks, which comes with the program, against a running server.

use anyhow::{Context as _, Result};
use lanward_client::corpus::{Account, Case, Replayed, Stage, replay};
use lanward_client::{Connection, Options};
use lanward_smb2::{Dialect, SessionId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use zeroize::Zeroizing;

/// Name, `expect.toml` and `pdus.hex` of each case.
const CORPUS: &[(&str, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/corpus.rs"));

/// Whom to attack, and how.
pub(crate) struct Target {
    pub(crate) server: SocketAddr,
    /// User, password and share.
    pub(crate) account: Option<(String, Zeroizing<String>, String)>,
    pub(crate) patience: Duration,
    /// Only cases whose names contain this.
    pub(crate) only: Option<String>,
}

/// What came of all.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    cases: Vec<Outcome>,
}

/// What came of one case.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    name: String,
    verdict: Verdict,
    /// What was answered, where that is not what was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<Vec<String>>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// Sends every case and tells of each. It ends with the first after which nobody is served any more.
///
/// # Errors
/// The server is not served before anything was sent; what `told` says.
pub(crate) fn run(target: &Target, mut told: impl FnMut(&Outcome) -> Result<()>) -> Result<Report> {
    let mut neighbour =
        Neighbour::new(target).context("nothing was sent yet, and the server does not serve")?;
    let mut report = Report::default();
    let mut dialects = BTreeMap::new();
    for (name, expected, sent) in CORPUS {
        if target.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let expectation = toml::from_str(expected).with_context(|| format!("{name}: expect.toml"))?;
        let case = Case::new((*name).to_owned(), expectation, sent);
        let case = case.with_context(|| format!("{name}: pdus.hex"))?;
        let dialect = case.expectation.dialect;
        let spoken = *dialects.entry(dialect).or_insert_with(|| speaks(target, dialect));
        let mut outcome = attack(target, &case, spoken);
        let served = neighbour.is_served(target);
        if let Err(error) = &served {
            outcome.verdict = Verdict::Failed;
            outcome.why = Some(format!("a healthy client beside it is not served: {error}"));
        }
        told(&outcome)?;
        match outcome.verdict {
            Verdict::Passed => report.passed += 1,
            Verdict::Failed => report.failed += 1,
            Verdict::Skipped => report.skipped += 1,
        }
        report.cases.push(outcome);
        if served.is_err() && Neighbour::new(target).is_err() {
            break;
        }
    }
    Ok(report)
}

fn attack(target: &Target, case: &Case, spoken: bool) -> Outcome {
    let name = case.name.clone();
    let skipped = |why: &str| {
        let (name, why) = (case.name.clone(), Some(why.to_owned()));
        Outcome { name, verdict: Verdict::Skipped, differs: None, why }
    };
    if !spoken {
        return skipped("its dialect is not spoken there");
    }
    let nobody = matches!(case.expectation.stage, Stage::Connected | Stage::Negotiated);
    let account = match &target.account {
        Some((user, password, share)) => Account { user, password, share },
        None if nobody => Account { user: "", password: "", share: "" },
        None => return skipped("it begins behind a logon"),
    };
    match replay(target.server, account, case, target.patience) {
        Err(error) => Outcome { name, verdict: Verdict::Failed, differs: None, why: Some(error.to_string()) },
        Ok(Replayed { answers, echo }) => {
            // A status, the end or the silence that is due: all else is what kept an answer from coming.
            let known = |answer: &&String| {
                answer.starts_with("0x") || *answer == "disconnect" || *answer == "silence"
            };
            let missing = answers.iter().chain(&echo).find(|answer| !known(answer)).cloned();
            let verdict = if missing.is_some() { Verdict::Failed } else { Verdict::Passed };
            let differs = (answers != case.expectation.answers).then_some(answers);
            Outcome { name, verdict, differs, why: missing }
        }
    }
}

/// Whether a client that offers this dialect alone is served.
fn speaks(target: &Target, dialect: u16) -> bool {
    let only = Dialect::from_revision(dialect).map(Options::only);
    only.is_some_and(|options| Connection::connect(target.server, options.timeout(target.patience)).is_ok())
}

/// A client that means well: it stays, if it can log on, and else comes anew each time.
struct Neighbour(Connection, Option<SessionId>);

impl Neighbour {
    fn new(target: &Target) -> lanward_client::Result<Self> {
        let options = Options::default().timeout(target.patience);
        let mut connection = Connection::connect(target.server, options)?;
        let session = match &target.account {
            Some((user, password, _)) => Some(connection.login(user, password)?),
            None => None,
        };
        Ok(Self(connection, session))
    }

    fn is_served(&mut self, target: &Target) -> lanward_client::Result<()> {
        if target.account.is_none() {
            *self = Self::new(target)?;
        }
        self.0.echo(self.1)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Passed => "pass",
            Verdict::Failed => "FAIL",
            Verdict::Skipped => "skip",
        };
        write!(f, "{verdict} {}", self.name)?;
        if let Some(why) = &self.why {
            write!(f, ": {why}")?;
        }
        if let Some(differs) = &self.differs {
            write!(f, " (answered {})", differs.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differ = self.cases.iter().filter(|case| case.differs.is_some()).count();
        let Self { passed, failed, skipped, .. } = self;
        write!(
            f,
            "{passed} passed, {failed} failed, {skipped} skipped; {differ} answered otherwise than recorded"
        )
    }
}
