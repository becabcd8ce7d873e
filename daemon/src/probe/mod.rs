//! `lanward probe`: what a server tells and allows whoever asks, and what is wrong with that.

mod dialects;
mod findings;
mod names;
mod report;
mod shares;
mod visitors;

use crate::exit::Refused;
use anyhow::Result;
use lanward_auth::{Credentials, NtHash};
use lanward_client::{Connection, Login, Options, smb1};
use report::Report;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) use report::Report as ProbeReport;

/// Whom to ask, and how.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// As it was written.
    pub(crate) server: String,
    pub(crate) address: SocketAddr,
    /// Longest wait for each answer.
    pub(crate) timeout: Duration,
    /// `[DOMAIN\]USER` and the hash of the password, to be told what users are.
    pub(crate) user: Option<(String, NtHash)>,
}

impl Target {
    fn options(&self) -> Options {
        Options::default().timeout(self.timeout)
    }

    fn smb1_options(&self) -> smb1::Options {
        smb1::Options::default().timeout(self.timeout)
    }

    fn login(&self) -> Option<Login> {
        let (user, hash) = self.user.as_ref()?;
        let (domain, user) = user.split_once('\\').unwrap_or(("", user));
        let nt_hash = hash.clone();
        Some(Login::with(Credentials::User { domain: domain.into(), user: user.into(), nt_hash }))
    }
}

/// Asks everything there is to ask.
///
/// # Errors
/// Nobody answers there.
pub(crate) fn probe(target: &Target) -> Result<ProbeReport> {
    if let Err(error) = Connection::open(target.address, target.options()) {
        let (server, address) = (&target.server, target.address);
        return Err(Refused::Unavailable(format!("{server} ({address}) does not answer: {error}")).into());
    }
    let dialects = dialects::ask(target);
    let names = names::ask(target, &dialects);
    let visitors = visitors::ask(target, &dialects);
    let shares = shares::ask(target, &dialects);
    let mut report = Report {
        server: target.server.clone(),
        address: target.address.to_string(),
        names,
        clock_skew_seconds: dialects.clock_skew_seconds,
        dialects: dialects.all,
        ciphers: dialects.ciphers,
        signing_algorithms: dialects.signing_algorithms,
        smb1: dialects.smb1,
        anonymous: visitors.anonymous,
        guest: visitors.guest,
        shares,
        findings: Vec::new(),
    };
    report.findings = findings::of(&report);
    Ok(report)
}
