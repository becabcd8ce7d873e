//! Which crate may depend on which.

use super::Finding;
use super::members::{Dependency, Member, tier_of};

/// Crates that bring clocks, sockets, files, threads or random numbers: proto takes those as arguments.
const IMPURE: [&str; 10] =
    ["tokio", "tokio-util", "mio", "socket2", "rustix", "libc", "nix", "rand", "getrandom", "tempfile"];

/// The parts of tokio that core may use; `rt` is for `spawn_blocking`, in one place (ARCHITECTURE.md).
const CORE_TOKIO: [&str; 3] = ["rt", "sync", "time"];

/// Crates of the command line; a library reports typed errors and reads no arguments.
const COMMAND_ONLY: [&str; 2] = ["anyhow", "clap"];
const COMMANDS: [&str; 4] = ["daemon", "bench", "xtask", "testsuite"];

pub(super) fn check(members: &[Member]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in members {
        for dependency in member.dependencies.iter().filter(|dependency| !dependency.for_tests) {
            let inside = members.iter().find(|other| other.name == dependency.name);
            let refused = match inside {
                Some(other) => !allowed(&member.directory, &other.directory),
                None => foreign_refused(member.tier(), dependency),
            };
            if refused {
                findings.push(format!("{} may not use {}", member.directory, described(dependency, inside)));
            }
        }
    }
    findings
}

fn described(dependency: &Dependency, inside: Option<&Member>) -> String {
    match inside {
        Some(other) => other.directory.clone(),
        None if dependency.features.is_empty() => dependency.name.clone(),
        None => format!("{} with {}", dependency.name, dependency.features.join(", ")),
    }
}

fn foreign_refused(tier: &str, dependency: &Dependency) -> bool {
    let name = dependency.name.as_str();
    if COMMAND_ONLY.contains(&name) && !COMMANDS.contains(&tier) {
        return true;
    }
    match tier {
        "proto" => IMPURE.contains(&name),
        "core" if name == "tokio" => {
            dependency.features.iter().any(|feature| !CORE_TOKIO.contains(&feature.as_str()))
        }
        "core" => IMPURE.contains(&name) && name != "tokio-util",
        _ => false,
    }
}

/// Whether the crate in directory `from` may use the one in `to`.
fn allowed(from: &str, to: &str) -> bool {
    let to_tier = tier_of(to);
    match from {
        "proto/wire" => false,
        "proto/nt" => to == "proto/wire",
        "core/vfs" => matches!(to, "proto/nt" | "proto/wire"),
        "core/fsa" => matches!(to, "proto/nt" | "proto/wire" | "core/vfs"),
        "platform/sys" => to == "proto/nt",
        _ => match tier_of(from) {
            "proto" => to_tier == "proto",
            "core" => to_tier == "core" || matches!(to, "proto/nt" | "proto/auth" | "proto/wire"),
            "platform" => matches!(to, "core/vfs" | "proto/nt" | "platform/sys"),
            "services" => matches!(to_tier, "core" | "proto" | "platform"),
            "client" => to_tier == "proto",
            "daemon" => matches!(to_tier, "services" | "core" | "platform" | "proto" | "client"),
            "testsuite" | "bench" => to_tier != "xtask",
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrows_point_down_and_never_sideways() {
        for (from, to) in [
            ("proto/smb2", "proto/nt"),
            ("core/server", "core/fsa"),
            ("core/server", "proto/auth"),
            ("platform/localfs", "core/vfs"),
            ("services/smb", "core/server"),
            ("client", "proto/smb2"),
            ("daemon", "services/smb"),
        ] {
            assert!(allowed(from, to), "{from} -> {to}");
        }
        for (from, to) in [
            ("proto/wire", "proto/nt"),
            ("proto/nt", "proto/smb2"),
            ("proto/smb2", "core/vfs"),
            ("core/vfs", "core/server"),
            ("core/server", "proto/smb2"),
            ("platform/localfs", "core/fsa"),
            ("services/smb", "services/management"),
            ("client", "core/server"),
            ("daemon", "bench"),
            ("xtask", "proto/nt"),
        ] {
            assert!(!allowed(from, to), "{from} -> {to}");
        }
    }

    #[test]
    fn core_waits_and_locks_with_tokio_but_does_no_input_or_output() {
        let tokio = |features: &[&str]| Dependency {
            name: "tokio".to_owned(),
            for_tests: false,
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
        };
        assert!(!foreign_refused("core", &tokio(&["sync", "time"])));
        assert!(foreign_refused("core", &tokio(&["sync", "net"])));
        assert!(foreign_refused("proto", &tokio(&[])));
        assert!(!foreign_refused("services", &tokio(&["net"])));
    }
}
