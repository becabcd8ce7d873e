//! Suite lists: one suite a line, `NAME [@SHARE] [+serial] [+slow] [+cuts] [+signed] [+plain] [+usual] [+limit=SECONDS] [smbtorture options]`,
//! `#` starts a comment.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Address, isolate};

/// Has smbtorture block packets, which it may in a network of its own only; elsewhere the cases that need it do not pass.
const FILTERED: &str = "--option=torture:use_iptables=yes";

/// A suite to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) name: String,
    /// The family of shares it needs instead of the usual one.
    pub(super) share: Option<String>,
    /// It changes server-wide state and runs with no other beside it in the serial queue.
    pub(super) serial: bool,
    /// It spends its time waiting, too much of it for every run.
    pub(super) slow: bool,
    /// It cuts connections off, for which it needs the firewall of a machine where we are root.
    pub(super) cuts: bool,
    /// It is about a server that requires signing.
    pub(super) signed: bool,
    /// It wants a server without the UNIX extensions, as clients that are not of UNIX have it.
    pub(super) plain: bool,
    /// It goes to port 445 whatever port it is given, and runs only in a network of its own, where the server listens there.
    pub(super) usual_port: bool,
    /// What one process of it may take, where that is more than usual.
    pub(super) limit: Option<Duration>,
    pub(super) options: Vec<String>,
}

impl Suite {
    /// It speaks SMB 1.
    pub(super) fn is_smb1(&self) -> bool {
        ["base.", "rap.", "raw.", "unix."].iter().any(|family| self.name.starts_with(family))
    }

    /// It calls interfaces, over pipes, as an administrator.
    pub(super) fn is_rpc(&self) -> bool {
        self.name.starts_with("rpc.")
    }
}

/// Reads a list; `{user2}`, `{password}` and `{dir}` in options stand for the server's second account, the
/// password of all accounts, and the directory behind the share.
pub(super) fn parse(text: &str, address: &Address) -> Result<Vec<Suite>> {
    text.lines().filter_map(|line| suite(line, address).transpose()).collect()
}

fn suite(line: &str, address: &Address) -> Result<Option<Suite>> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let Some(name) = words.next() else { return Ok(None) };
    let mut suite = Suite {
        name: name.to_owned(),
        share: None,
        serial: false,
        slow: false,
        cuts: false,
        signed: false,
        plain: false,
        usual_port: false,
        limit: None,
        options: Vec::new(),
    };
    for word in words {
        match (word.strip_prefix('+'), word.strip_prefix('@')) {
            (Some("serial"), _) => suite.serial = true,
            (Some("slow"), _) => suite.slow = true,
            (Some("cuts"), _) => suite.cuts = true,
            (Some("signed"), _) => suite.signed = true,
            (Some("plain"), _) => suite.plain = true,
            (Some("usual"), _) => suite.usual_port = true,
            (Some(mark), _) => suite.limit = Some(limit(mark).with_context(|| line.to_owned())?),
            (_, Some(share)) => suite.share = Some(share.to_owned()),
            _ if word == FILTERED && !isolate::is_isolated() => {}
            _ => suite.options.push(filled(word, address)),
        }
    }
    Ok(Some(suite))
}

fn limit(mark: &str) -> Result<Duration> {
    let Some(seconds) = mark.strip_prefix("limit=") else { bail!("no mark +{mark}") };
    Ok(Duration::from_secs(seconds.parse()?))
}

fn filled(option: &str, address: &Address) -> String {
    option
        .replace("{user2}", &address.second_user)
        .replace("{password}", &address.password)
        .replace("{dir}", &address.directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_options_and_comments_are_told_apart() {
        let address = Address {
            host: String::new(),
            port: String::new(),
            user: String::new(),
            password: "pw".to_owned(),
            share: String::new(),
            directory: "/d".to_owned(),
            second_user: "u".to_owned(),
        };
        let text = "# all\nsmb2.lock +slow @durable +limit=9\n\nsmb2.x +serial +signed +plain +usual --option=a:b={dir} --option=c={user2}%{password} # why\n";
        let suites = parse(text, &address).unwrap();
        assert_eq!(suites.len(), 2);
        let lock = Suite {
            name: "smb2.lock".to_owned(),
            share: Some("durable".to_owned()),
            serial: false,
            slow: true,
            cuts: false,
            signed: false,
            plain: false,
            usual_port: false,
            limit: Some(Duration::from_secs(9)),
            options: vec![],
        };
        assert_eq!(suites[0], lock);
        assert!(suites[1].serial && suites[1].signed && suites[1].plain && suites[1].usual_port);
        assert_eq!(suites[1].options, ["--option=a:b=/d", "--option=c=u%pw"]);
        assert!(parse("smb2.x +often", &address).is_err());
    }
}
