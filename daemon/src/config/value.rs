//! Values as people write them.

use lanward_nt::NtString;
use lanward_server::{Network, NullPipePreset, RestrictAnonymous};
use lanward_smb1::Dialect as Smb1;
use lanward_wire::CodePage;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A dialect by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Dialect {
    #[serde(rename = "PC NETWORK PROGRAM 1.0")]
    Core,
    #[serde(rename = "MICROSOFT NETWORKS 1.03")]
    CorePlus,
    #[serde(rename = "LANMAN1.0")]
    LanMan1,
    #[serde(rename = "LM1.2X002")]
    LanMan2,
    #[serde(rename = "LANMAN2.1")]
    LanMan21,
    #[serde(rename = "NT LM 0.12")]
    NtLm,
    #[serde(rename = "2.0.2")]
    V2_0_2,
    #[serde(rename = "2.1")]
    V2_1,
    #[serde(rename = "3.0")]
    V3_0,
    #[serde(rename = "3.0.2")]
    V3_0_2,
    #[serde(rename = "3.1.1")]
    V3_1_1,
}

impl Dialect {
    /// As [MS-SMB2] numbers it; those of SMB1 have lower numbers.
    pub(crate) const fn revision(self) -> u16 {
        match self {
            Self::Core => Smb1::Core.number(),
            Self::CorePlus => Smb1::CorePlus.number(),
            Self::LanMan1 => Smb1::LanMan1.number(),
            Self::LanMan2 => Smb1::LanMan2.number(),
            Self::LanMan21 => Smb1::LanMan21.number(),
            Self::NtLm => Smb1::NtLm.number(),
            Self::V2_0_2 => 0x0202,
            Self::V2_1 => 0x0210,
            Self::V3_0 => 0x0300,
            Self::V3_0_2 => 0x0302,
            Self::V3_1_1 => 0x0311,
        }
    }

    /// A revision as people write it; `None` before a dialect was negotiated.
    pub(crate) fn name(revision: u16) -> Option<&'static str> {
        match revision {
            0x0202 => Some("2.0.2"),
            0x0210 => Some("2.1"),
            0x0300 => Some("3.0"),
            0x0302 => Some("3.0.2"),
            0x0311 => Some("3.1.1"),
            _ => Smb1::of_number(revision).map(Smb1::name),
        }
    }
}

/// A code page by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "u16")]
pub(crate) struct CodePageNumber(pub(crate) CodePage);

impl TryFrom<u16> for CodePageNumber {
    type Error = String;

    fn try_from(number: u16) -> Result<Self, String> {
        let page = CodePage::from_number(number);
        page.map(Self).ok_or_else(|| "`code-page` is 437, 850, 852, 866, 932 or 1252".to_owned())
    }
}

/// Whether something is asked of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Demand {
    Required,
    Optional,
}

/// Permission bits as chmod takes them, such as "0640".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Permissions(pub(crate) u16);

impl TryFrom<String> for Permissions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let bits = u16::from_str_radix(&text, 8).ok().filter(|bits| digits && *bits <= 0o777);
        bits.map(Self).ok_or_else(|| format!("`{text}` are no permissions: write them as in \"0640\""))
    }
}

/// RestrictAnonymous by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "u8")]
pub(crate) struct Restriction(pub(crate) RestrictAnonymous);

impl TryFrom<u8> for Restriction {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        Ok(Self(match number {
            0 => RestrictAnonymous::Nothing,
            1 => RestrictAnonymous::Enumeration,
            2 => RestrictAnonymous::AllButGranted,
            _ => return Err("`restrict-anonymous` is 0, 1 or 2".to_owned()),
        }))
    }
}

/// A pipe by its name, or those that a version of Windows opens to NULL sessions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NullPipes(pub(crate) Vec<NtString>);

impl TryFrom<String> for NullPipes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Some(version) = text.strip_prefix('@') else {
            return Ok(Self(vec![text.as_str().into()]));
        };
        let preset = match version {
            "windows-nt4" => NullPipePreset::Nt4,
            "windows-2000" => NullPipePreset::Windows2000,
            "windows-xp" => NullPipePreset::Xp,
            "windows-2003" => NullPipePreset::Server2003,
            "windows-vista" => NullPipePreset::Vista,
            "windows-7" => NullPipePreset::Windows7,
            _ => {
                let known =
                    "@windows-nt4, @windows-2000, @windows-xp, @windows-2003, @windows-vista, @windows-7";
                return Err(format!("`{text}` is no version of Windows: known are {known}"));
            }
        };
        Ok(Self(preset.pipes().iter().map(|name| (*name).into()).collect()))
    }
}

/// An address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ListenAddress {
    pub(crate) ip: IpAddr,
    /// The usual one when it is left out.
    pub(crate) port: Option<u16>,
}

impl std::str::FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { ip: address.ip(), port: Some(address.port()) });
        }
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
        let wanted = "write it as 192.168.1.2, 192.168.1.2:4445, fd00::2 or [fd00::2]:4445";
        let ip = bare.parse().map_err(|_| format!("`{text}` is not an address: {wanted}"))?;
        Ok(Self { ip, port: None })
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A range of addresses, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Range(pub(crate) Network);

impl TryFrom<String> for Range {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a range of addresses: write it as 192.168.1.0/24 or fd00::/8");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| wrong())?)),
            None => (text.as_str(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if prefix > longest {
            return Err(wrong());
        }
        Ok(Self(Network { address, prefix }))
    }
}

/// A number of bytes such as `"512K"`, `"100M"` or `"2G"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Size(pub(crate) u64);

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a size: write it as \"512K\", \"100M\", \"2G\" or \"1T\"");
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let scale: u64 = match unit {
            "" => 1,
            "K" => 1 << 10,
            "M" => 1 << 20,
            "G" => 1 << 30,
            "T" => 1 << 40,
            _ => return Err(wrong()),
        };
        let number = number.parse::<u64>().map_err(|_| wrong())?;
        number.checked_mul(scale).map(Self).ok_or_else(wrong)
    }
}

/// A time span such as `"30s"`, `"15m"`, `"2h"` or `"7d"`; `None` for `"never"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Span(pub(crate) Option<Duration>);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self(None));
        }
        let wrong = || {
            format!("`{text}` is not a time span: write it as \"30s\", \"15m\", \"2h\", \"7d\" or \"never\"")
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let scale = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(wrong()),
        };
        let seconds = number.parse::<u32>().map_err(|_| wrong())?;
        Ok(Self(Some(Duration::from_secs(u64::from(seconds) * scale))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_addresses() {
        let cases = [
            ("192.168.1.2", "192.168.1.2", None),
            ("192.168.1.2:4445", "192.168.1.2", Some(4445)),
            ("fd00::2", "fd00::2", None),
            ("[fd00::2]", "fd00::2", None),
            ("[fd00::2]:445", "fd00::2", Some(445)),
        ];
        for (text, ip, port) in cases {
            let expected = ListenAddress { ip: ip.parse().unwrap(), port };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for wrong in ["", "eth0", "192.168.1.2:port", "192.168.1", "[fd00::2", "1.2.3.4:99999"] {
            assert!(wrong.parse::<ListenAddress>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn pipes_of_nobody() {
        let pipes = |text: &str| NullPipes::try_from(text.to_owned()).map(|p| p.0.len());
        assert_eq!((pipes("srvsvc"), pipes("@windows-2000"), pipes("@windows-7")), (Ok(1), Ok(14), Ok(0)));
        assert!(pipes("@windows-11").is_err());
        assert!(Restriction::try_from(3).is_err());
    }

    #[test]
    fn ranges() {
        let range = |text: &str| Range::try_from(text.to_owned());
        assert_eq!(range("10.0.0.0/8").unwrap().0.prefix, 8);
        assert_eq!(range("10.1.2.3").unwrap().0.prefix, 32);
        assert_eq!(range("fd00::1").unwrap().0.prefix, 128);
        for wrong in ["10.0.0.0/33", "fd00::/129", "10.0.0.0/", "ten/8", "/8"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        let size = |text: &str| Size::try_from(text.to_owned());
        assert_eq!(size("12").unwrap().0, 12);
        assert_eq!(size("100M").unwrap().0, 100 << 20);
        assert_eq!(size("2T").unwrap().0, 2 << 40);
        for wrong in ["", "M", "1.5G", "10MB", "-1K", "99999999999T"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn permissions() {
        let bits = |text: &str| Permissions::try_from(text.to_owned());
        assert_eq!(bits("022").unwrap().0, 0o022);
        assert_eq!(bits("0077").unwrap().0, 0o077);
        for wrong in ["", "22", "+22", "088", "1000", "00022", "u=rw"] {
            assert!(bits(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans() {
        let span = |text: &str| Span::try_from(text.to_owned());
        assert_eq!(span("30s").unwrap().0, Some(Duration::from_secs(30)));
        assert_eq!(span("15m").unwrap().0, Some(Duration::from_secs(900)));
        assert_eq!(span("2h").unwrap().0, Some(Duration::from_secs(7_200)));
        assert_eq!(span("7d").unwrap().0, Some(Duration::from_secs(604_800)));
        assert_eq!(span("never").unwrap().0, None);
        for wrong in ["", "30", "s", "-1s", "1w", "99999999999s"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
