use lanward_ppp::mppe::FlushRule;
use serde::{Deserialize, Serialize};

/// What is sent after a loss where keys stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatefulFlush {
    /// What all receivers read.
    #[default]
    Auto,
    /// As RFC 3078 has it, which Linux cannot read.
    Rfc3078,
    /// As Linux does it, which others cannot read.
    Linux,
}

impl StatefulFlush {
    pub(crate) const fn rule(self) -> FlushRule {
        match self {
            Self::Auto => FlushRule::AtChange,
            Self::Rfc3078 => FlushRule::SameKey,
            Self::Linux => FlushRule::NextKey,
        }
    }
}

impl std::str::FromStr for StatefulFlush {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "rfc3078" => Ok(Self::Rfc3078),
            "linux" => Ok(Self::Linux),
            _ => Err("it is auto, rfc3078 or linux".to_owned()),
        }
    }
}
