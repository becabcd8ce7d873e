//! `[floor.NAME]`: what is demanded of some users, wherever they come from.

use super::Config;
use super::check::Findings;
use super::value::{Demand, Dialect};
use lanward_server::Floor;
use serde::Deserialize;
use toml::Spanned;

/// `[floor.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct FloorSection {
    /// Accounts, and groups with `@` in front of them.
    pub(crate) users: Spanned<Vec<String>>,
    pub(crate) min_dialect: Option<Dialect>,
    #[serde(default = "optional")]
    pub(crate) signing: Demand,
    #[serde(default = "optional")]
    pub(crate) encryption: Demand,
}

const fn optional() -> Demand {
    Demand::Optional
}

impl Config {
    /// What the server demands of some users.
    pub(super) fn floors(&self) -> Vec<Floor> {
        self.floor.iter().map(|(name, section)| floor(name.get_ref(), section)).collect()
    }
}

fn floor(name: &str, section: &FloorSection) -> Floor {
    let all = section.users.get_ref();
    Floor {
        name: name.to_owned(),
        users: all.iter().filter(|name| !name.starts_with('@')).map(|name| name.as_str().into()).collect(),
        groups: all.iter().filter_map(|name| name.strip_prefix('@')).map(Into::into).collect(),
        demand: lanward_server::Demand {
            min_dialect: section.min_dialect.map_or(0, Dialect::revision),
            signing: section.signing == Demand::Required,
            encryption: section.encryption == Demand::Required,
        },
    }
}

pub(super) fn check(findings: &mut Findings<'_>, config: &Config) {
    for (name, section) in &config.floor {
        let at = name.span();
        if section.users.get_ref().is_empty() {
            findings.error(
                section.users.span(),
                format!("the floor `{name}` is for nobody"),
                "name users, or groups with `@` in front of them",
            );
        }
        if floor(name.get_ref(), section).demand == lanward_server::Demand::default() {
            findings.error(
                at,
                format!("the floor `{name}` demands nothing"),
                "add `min-dialect`, `signing = \"required\"` or `encryption = \"required\"`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use lanward_server::Demand;
    use std::path::Path;

    #[test]
    fn a_floor_is_read_and_one_that_is_none_is_refused() {
        let text = r#"
            [floor.managers]
            users = ["alice", "@staff"]
            min-dialect = "3.1.1"
            encryption = "required"
        "#;
        let settings = parse(Path::new("x"), text).unwrap().config.settings();
        let floor = &settings.floors[0];
        assert_eq!((floor.users.len(), floor.groups.len()), (1, 1));
        assert_eq!(floor.groups[0], "staff".into());
        assert_eq!(floor.demand, Demand { min_dialect: 0x0311, signing: false, encryption: true });
        for wrong in ["users = []\nsigning = \"required\"", "users = [\"alice\"]", "signing = \"required\""] {
            assert!(parse(Path::new("x"), &format!("[floor.x]\n{wrong}\n")).is_err(), "{wrong}");
        }
    }
}
