use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a printer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Each job becomes a file in a folder.
    Directory(PathBuf),
    /// A printer that prints whatever comes in by a connection: AppSocket, port 9100.
    Socket(Address),
    /// A printer that speaks IPP.
    Ipp(Printer),
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A name or an address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// A printer that speaks IPP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    /// Where it is called.
    pub(crate) address: Address,
    /// As it calls itself: `ipp://...`.
    pub(crate) uri: String,
    /// What is posted to.
    pub(crate) path: String,
}

const APP_SOCKET: u16 = 9100;
const IPP: u16 = 631;
const HTTP: u16 = 80;

impl FromStr for Destination {
    type Err = String;

    /// `/folder`, `socket://host[:port]`, `ipp://host[:port]/path` or `http://host[:port]/path`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Directory(text.into()));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong(text))?;
        let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        if path.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
            return Err(wrong(text));
        }
        match scheme {
            "socket" if path.is_empty() || path == "/" => Ok(Self::Socket(address(authority, APP_SOCKET)?)),
            "ipp" | "http" => {
                let address = address(authority, if scheme == "ipp" { IPP } else { HTTP })?;
                let path = if path.is_empty() { "/" } else { path };
                let uri = format!("ipp://{address}{path}");
                Ok(Self::Ipp(Printer { address, uri, path: path.to_owned() }))
            }
            "ipps" | "https" => {
                Err(format!("`{text}` needs TLS, which is not there: use ipp:// in a network you trust"))
            }
            _ => Err(wrong(text)),
        }
    }
}

fn wrong(text: &str) -> String {
    format!(
        "`{text}` is no place to print to: name a folder from `/` on, socket://HOST:9100, ipp://HOST/PATH or http://HOST/PATH"
    )
}

fn address(text: &str, usual: u16) -> Result<Address, String> {
    let bad = || format!("`{text}` is no host and port");
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']').ok_or_else(bad)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
            (host, behind.strip_prefix(':').or_else(|| behind.is_empty().then_some("")).ok_or_else(bad)?)
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let good = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if host.is_empty() || !host.chars().all(good) {
        return Err(bad());
    }
    let port = if port.is_empty() { usual } else { port.parse().map_err(|_| bad())? };
    Ok(Address { host: host.to_owned(), port })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Socket(address) => write!(f, "socket://{address}"),
            Self::Ipp(printer) => f.write_str(&printer.uri),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_to_print_to() {
        let shown = |text: &str| text.parse::<Destination>().map(|to| to.to_string());
        for (text, seen) in [
            ("/var/prints", "/var/prints"),
            ("socket://10.0.0.7", "socket://10.0.0.7:9100"),
            ("socket://[fd00::7]:9101", "socket://[fd00::7]:9101"),
            ("ipp://laser.lan/ipp/print", "ipp://laser.lan:631/ipp/print"),
            ("http://laser:8631", "ipp://laser:8631/"),
        ] {
            assert_eq!(shown(text), Ok(seen.to_owned()));
        }
        for text in [
            "prints",
            "socket://",
            "socket://a/b",
            "ipps://a/b",
            "lpd://a/b",
            "socket://a:x",
            "socket://[::1",
            "ipp://a b/",
            "ipp://a/b\r\nX: y",
            "| cat",
        ] {
            assert!(shown(text).is_err(), "{text}");
        }
    }
}
