//! Where a configuration and what management changed do not say the same: management counts, and whoever reads the configuration should know.

use crate::config::{Config, Problem};
use crate::managed::{Managed, ManagedShare};
use lanward_nt::NtString;
use std::path::Path;
use toml::Spanned;

/// A warning for each thing of a configuration that is not in force.
pub(crate) fn disagreements(config: &Config, managed: &Managed, file: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut warn = |message: String, remedy: String| {
        problems.push(Problem { file: file.to_owned(), line: None, message, remedy: Some(remedy) });
    };
    for key in managed.server.keys() {
        warn(
            format!("management set `{key}`: what the configuration says of it is not in force"),
            format!("stop the server and take it out of {}", file.display()),
        );
    }
    for (key, share) in &managed.shares {
        let same = |name: &&String| NtString::from(name.as_str()).to_uppercase().to_string_lossy() == *key;
        let configured = config.share.keys().map(Spanned::get_ref).find(same);
        match (configured, share) {
            (Some(name), ManagedShare::Added { path, .. }) => warn(
                format!("management shares {} as `{name}`: [share.{name}] is not in force", path.display()),
                format!("remove the share with `lanward net share {name} --delete`, or take the section out"),
            ),
            (Some(name), ManagedShare::Removed) => warn(
                format!("management removed the share `{name}`: [share.{name}] is not in force"),
                "take the section out".to_owned(),
            ),
            (Some(name), ManagedShare::Changed(look)) => warn(
                format!("management changed the share `{name}`: {}", look.keys().join(", ")),
                format!("write it into [share.{name}]"),
            ),
            (None, ManagedShare::Added { .. } | ManagedShare::Changed(_) | ManagedShare::Removed) => {}
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn what_is_not_in_force_is_told() {
        let text = "[share.docs]\npath = \"/\"\n[share.old]\npath = \"/\"\n[share.pub]\npath = \"/\"\n";
        let config = parse(Path::new("x"), text).unwrap().config;
        let managed = r#"{
            "server": {"max-sessions": 5},
            "shares": {
                "DOCS": {"added": {"name": "Docs", "path": "/srv"}},
                "OLD": "removed",
                "PUB": {"changed": {"comment": "c", "max-uses": 3}},
                "MINE": {"added": {"name": "mine", "path": "/srv"}}
            }
        }"#;
        let managed: Managed = serde_json::from_str(managed).unwrap();
        let told = disagreements(&config, &managed, Path::new("managed.json"));
        let told: Vec<&str> = told.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(told.len(), 4);
        assert!(told[0].contains("limits.max-sessions") && told[1].contains("shares /srv as `docs`"));
        assert!(told[2].contains("removed the share `old`") && told[3].contains("`pub`: comment, max-uses"));
        assert_eq!(disagreements(&config, &Managed::default(), Path::new("x")), []);
    }
}
