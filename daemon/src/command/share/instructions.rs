//! How to get at a folder from each operating system.

use crate::listen::{ORDINARY_PORT, USUAL_PORT};
use crate::run::Ready;
use serde::Serialize;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

pub(super) struct Instructions<'a> {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) user: Option<String>,
    /// A password that was made up; one that was given is not shown.
    pub(super) password: Option<String>,
    pub(super) guests: bool,
    pub(super) read_only: bool,
    pub(super) ready: &'a Ready,
}

/// What to type where.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Addresses {
    windows: String,
    macos: String,
    linux: String,
    mount: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Announcement<'a> {
    share: &'a str,
    folder: &'a std::path::Path,
    read_only: bool,
    guests: bool,
    user: Option<&'a str>,
    password: Option<&'a str>,
    listening_on: Vec<SocketAddr>,
    addresses: Option<Addresses>,
}

impl Instructions<'_> {
    /// Prints them, whole, before anybody can wait for a line of them in vain.
    pub(super) fn print(&self, json: bool) {
        let text = if json { self.json() } else { self.text() };
        let mut out = std::io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            tracing::warn!(%error, "nobody reads the instructions");
        }
    }

    /// The address other machines most likely reach.
    fn best(&self) -> Option<SocketAddr> {
        let rank = |a: &&SocketAddr| (a.ip().is_loopback(), is_link_local(a.ip()), a.is_ipv6());
        self.ready.addresses.iter().min_by_key(rank).copied()
    }

    fn addresses(&self) -> Option<Addresses> {
        let user = if self.guests { None } else { self.user.as_deref() };
        self.best().map(|address| addresses(address, &self.name, user))
    }

    fn json(&self) -> String {
        let announcement = Announcement {
            share: &self.name,
            folder: &self.folder,
            read_only: self.read_only,
            guests: self.guests,
            user: self.user.as_deref(),
            password: self.password.as_deref(),
            listening_on: self.ready.addresses.iter().copied().collect(),
            addresses: self.addresses(),
        };
        serde_json::to_string(&announcement).unwrap_or_default() + "\n"
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.ready.fell_back {
            lines.push(format!("This user may not listen on port {USUAL_PORT}: taking {ORDINARY_PORT}."));
        }
        let access = if self.read_only { ", to be read only" } else { "" };
        lines.push(format!("Sharing {} as {}{access}.", self.folder.display(), self.name));
        if let Some(Addresses { windows, macos, linux, mount }) = self.addresses() {
            lines.push(String::new());
            lines.push(format!("  Windows   {windows}"));
            lines.push(format!("  macOS     {macos}"));
            lines.push(format!("  Linux     {linux}"));
            lines.push(format!("            {mount}"));
        }
        lines.push(String::new());
        if let Some(user) = &self.user {
            lines.push(format!("  User      {user}"));
            let password = self.password.as_deref().unwrap_or("the one you gave");
            lines.push(format!("  Password  {password}"));
        }
        if self.guests {
            lines.push("  Anybody may come in as a guest, without encryption or signatures.".to_owned());
        }
        lines.push(String::new());
        lines.extend(self.ready.addresses.iter().map(|address| format!("listening on {address}")));
        lines.push("Ctrl-C ends it.".to_owned());
        lines.join("\n") + "\n"
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn addresses(address: SocketAddr, name: &str, user: Option<&str>) -> Addresses {
    let (ip, port) = (address.ip(), address.port());
    let usual = port == USUAL_PORT;
    // Colons mean something else in a UNC path, so Windows has a domain for literal IPv6 addresses.
    let unc_host = match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{}.ipv6-literal.net", v6.to_string().replace(':', "-")),
    };
    let url_host = match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    let unc = format!(r"\\{unc_host}\{name}");
    let url_port = if usual { String::new() } else { format!(":{port}") };
    let url_name = escaped(name);
    let identity = user.map_or_else(|| "guest".to_owned(), |user| format!("username={user}"));
    let mount_port = if usual { String::new() } else { format!(",port={port}") };
    let user_at = user.map(|user| format!("{}@", escaped(user))).unwrap_or_default();
    Addresses {
        windows: match usual {
            true => unc,
            false => format!(
                "net use * \"{unc}\" /tcpport:{port}   (Windows 11 24H2 or later; earlier ones know port 445 only)"
            ),
        },
        macos: format!("smb://{user_at}{url_host}{url_port}/{url_name}"),
        linux: format!("smb://{url_host}{url_port}/{url_name}"),
        mount: format!("sudo mount -t cifs '//{ip}/{name}' /mnt -o {identity}{mount_port}"),
    }
}

/// A name as part of a URL.
fn escaped(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_port_is_not_named() {
        let usual = addresses("192.168.1.2:445".parse().unwrap(), "My files", Some("share"));
        assert_eq!(usual.windows, r"\\192.168.1.2\My files");
        assert_eq!(usual.macos, "smb://share@192.168.1.2/My%20files");
        assert_eq!(usual.linux, "smb://192.168.1.2/My%20files");
        assert_eq!(usual.mount, "sudo mount -t cifs '//192.168.1.2/My files' /mnt -o username=share");
    }

    #[test]
    fn another_port_is_named_everywhere() {
        let other = addresses("[fd00::2]:4445".parse().unwrap(), "docs", None);
        assert!(other.windows.starts_with(r#"net use * "\\fd00--2.ipv6-literal.net\docs" /tcpport:4445 "#));
        assert_eq!(other.macos, "smb://[fd00::2]:4445/docs");
        assert_eq!(other.mount, "sudo mount -t cifs '//fd00::2/docs' /mnt -o guest,port=4445");
    }

    #[test]
    fn other_machines_come_first() {
        let all = ["127.0.0.1:445", "169.254.0.1:445", "[fd00::1]:445", "10.0.0.1:445"];
        let ready = Ready { addresses: all.iter().map(|a| a.parse().unwrap()).collect(), fell_back: false };
        let instructions = Instructions {
            name: "x".into(),
            folder: "/x".into(),
            user: None,
            password: None,
            guests: true,
            read_only: false,
            ready: &ready,
        };
        assert_eq!(instructions.best(), Some("10.0.0.1:445".parse().unwrap()));
        assert!(instructions.text().contains("\nlistening on 10.0.0.1:445\n"));
    }
}
