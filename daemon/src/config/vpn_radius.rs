//! `[vpn.radius]`: RADIUS servers that say who may dial in, instead of the account store.

use super::value::Span;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;

/// `[vpn.radius]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RadiusSection {
    /// The servers, the one that is asked first in front.
    pub(crate) servers: Vec<RadiusServerSection>,
    /// What this server calls itself to them; its name when it is left out.
    pub(crate) identifier: Option<String>,
    /// How long one answer is waited for.
    pub(crate) timeout: Option<Span>,
    /// How often one server is asked.
    pub(crate) tries: Option<u8>,
    /// Where servers may ask to have somebody sent away; nowhere when it is left out.
    pub(crate) disconnect_port: Option<u16>,
}

/// One of `servers`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RadiusServerSection {
    pub(crate) address: IpAddr,
    /// A file with the secret in its first line.
    pub(crate) secret_file: PathBuf,
    #[serde(default = "access_port")]
    pub(crate) port: u16,
    /// 0 for none.
    #[serde(default = "accounting_port")]
    pub(crate) accounting_port: u16,
}

const fn access_port() -> u16 {
    1812
}

const fn accounting_port() -> u16 {
    1813
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::net::Ipv4Addr;
    use std::path::Path;

    #[test]
    fn servers_are_tables_with_a_file_for_the_secret() {
        let text = r#"
            [vpn]
            address = "10.99.0.1/24"
            [vpn.radius]
            servers = [
                { address = "192.168.7.2", secret-file = "/etc/lanward/radius" },
                { address = "fd00::2", secret-file = "s", port = 1645, accounting-port = 0 },
            ]
            identifier = "door"
            timeout = "2s"
            tries = 2
            disconnect-port = 3799
        "#;
        let radius = parse(Path::new("x"), text).unwrap().config.vpn.unwrap().radius.unwrap();
        let [first, second] = &radius.servers[..] else { panic!() };
        assert_eq!(
            (first.address, first.port, first.accounting_port),
            (Ipv4Addr::new(192, 168, 7, 2).into(), 1812, 1813)
        );
        assert_eq!((second.port, second.accounting_port), (1645, 0));
        assert_eq!((radius.tries, radius.disconnect_port), (Some(2), Some(3799)));
        let none = "[vpn]\naddress = \"10.99.0.1/24\"\n[vpn.radius]\nservers = []\n";
        let error = parse(Path::new("x"), none).unwrap_err().to_string();
        assert!(error.contains("servers"), "{error}");
    }
}
