//! What an account may do with a file, check by check, as the running server decides it.

use super::Control;
use crate::exit::Refused;
use anyhow::Result;
use lanward_fsa::{FileSystem, Origin, SecurityContext};
use lanward_nt::security::{AceBody, AceType, Privileges, Reason, Step};
use lanward_nt::{AccessMask, NtPath, NtString, Sid};
use lanward_server::{Share, ShareKind, User, UserKind};
use lanward_vfs::UnixUser;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) user: String,
    /// `SHARE/path`, `\\server\share\path`, or an absolute path of this machine.
    pub(crate) path: String,
}

/// Every check and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Explanation {
    pub(crate) user: String,
    pub(crate) sid: String,
    pub(crate) disabled: bool,
    pub(crate) groups: Vec<String>,
    pub(crate) privileges: Vec<String>,
    /// One for each share that leads to the file.
    pub(crate) places: Vec<Place>,
}

/// The file as one share shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Place {
    pub(crate) share: String,
    pub(crate) path: String,
    /// Zones from which the share can be seen, and those from which it cannot.
    pub(crate) zones: Vec<ZoneAnswer>,
    /// The most the share allows; empty when it lets the account not in.
    pub(crate) share_allows: Vec<String>,
    /// As which user of this machine the account opens files, where it does so.
    #[serde(default)]
    pub(crate) acts_as: Option<String>,
    /// What stands in the way of an answer about the file itself.
    pub(crate) refused: Option<String>,
    pub(crate) object: Option<Object>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ZoneAnswer {
    pub(crate) zone: String,
    pub(crate) shows: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Object {
    pub(crate) directory: bool,
    pub(crate) owner: Option<String>,
    /// `stored`, `inherited` or `none`.
    pub(crate) descriptor: String,
    pub(crate) checks: Vec<Check>,
    pub(crate) by_parent: Vec<String>,
    /// The most that the machine's own permissions allow, where they count.
    #[serde(default)]
    pub(crate) machine: Option<Vec<String>>,
    pub(crate) withheld: Vec<String>,
    pub(crate) granted: Vec<String>,
}

/// A privilege, an owner's right or an entry of the list, in the order they count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Check {
    pub(crate) what: String,
    pub(crate) applies: bool,
    /// What it decided that nothing before it had.
    pub(crate) allows: Vec<String>,
    pub(crate) denies: Vec<String>,
}

impl Control {
    /// # Errors
    /// There is no such account, or no share leads to the path.
    pub(super) async fn explain(&self, question: Question) -> Result<Explanation> {
        let control = self.clone();
        tokio::task::spawn_blocking(move || control.explain_now(&question)).await?
    }

    fn explain_now(&self, question: &Question) -> Result<Explanation> {
        let directory = self.server.accounts().directory();
        let Some(record) = directory.user_named(&question.user.as_str().into()) else {
            return Err(Refused::User(format!("there is no account {}", question.user)).into());
        };
        let identity = self.server.identity();
        let (groups, privileges) = self.server.accounts().standing(record.rid);
        let user = User {
            name: record.name.clone(),
            domain: identity.name.as_str().into(),
            sid: identity.sid.child(record.rid),
            is_admin: groups.contains(&Sid::administrators()),
            groups,
            kind: UserKind::Named,
            privileges,
        };
        let places: Vec<Place> =
            self.places(&question.path).iter().map(|(share, path)| self.place(&user, share, path)).collect();
        if places.is_empty() {
            return Err(Refused::User(format!("no share leads to {}", question.path)).into());
        }
        let token = user.token();
        Ok(Explanation {
            user: record.name.to_string_lossy(),
            sid: token.user.to_string(),
            disabled: record.is_disabled(),
            groups: token.groups.iter().map(ToString::to_string).collect(),
            privileges: token.privileges.iter_names().map(|(name, _)| dashed(name)).collect(),
            places,
        })
    }

    /// The shares that lead to a path, each with what is behind its name.
    fn places(&self, path: &str) -> Vec<(Arc<Share>, String)> {
        if path.starts_with('/') && !path.starts_with("//") {
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
            let beneath = |share: Arc<Share>| {
                let root = std::fs::canonicalize(share.path.to_string_lossy()).ok()?;
                let rest = real.strip_prefix(root).ok()?;
                Some((share, slashes(rest)))
            };
            return self.server.shares().into_iter().filter(|s| !s.is_ipc()).filter_map(beneath).collect();
        }
        let text = path.replace('\\', "/");
        let text = match text.strip_prefix("//") {
            Some(rest) => rest.split_once('/').map_or("", |(_, rest)| rest),
            None => &text,
        };
        let (share, rest) = text.split_once('/').unwrap_or((text, ""));
        let found = self.server.find_share(&share.into()).filter(|share| !share.is_ipc());
        found.map(|share| (share, rest.trim_matches('/').replace('/', "\\"))).into_iter().collect()
    }

    fn place(&self, user: &User, share: &Share, path: &str) -> Place {
        let settings = self.server.settings();
        let zones = settings.zones.iter().chain([&settings.default_zone]);
        let zones = zones.map(|z| ZoneAnswer { zone: z.name.clone(), shows: z.shows(&share.name) }).collect();
        let mut place = Place {
            share: share.name.to_string_lossy(),
            path: path.to_owned(),
            zones,
            share_allows: Vec::new(),
            acts_as: None,
            refused: None,
            object: None,
        };
        let (context, ShareKind::Disk(file_system)) = (share.security_context(user, false), &share.kind)
        else {
            return place;
        };
        match context {
            Ok(context) => {
                place.share_allows = rights(context.limit, false);
                place.acts_as = context.identity.as_ref().map(|identity| acts_as(&identity.user));
                match explain(file_system, path, &context) {
                    Ok(object) => place.object = Some(object),
                    Err(why) => place.refused = Some(why),
                }
            }
            Err(_) if share.unix.is_some() && share.access_of(user).is_ok() => {
                place.refused = Some("the account is no user of this machine".to_owned());
            }
            Err(_) => place.refused = Some("the share does not let the account in".to_owned()),
        }
        place
    }
}

fn explain(file_system: &Arc<FileSystem>, path: &str, by: &SecurityContext) -> Result<Object, String> {
    let path = NtPath::new(NtString::from(path)).ok_or("this is no path")?;
    let mut steps: Vec<(String, bool, AccessMask, AccessMask)> = Vec::new();
    let mut see = |step: Step<'_>| steps.push((what(&step), step.applies, step.allowed, step.denied));
    let found = file_system.explain(&path, by, &mut see).map_err(|status| status.to_string())?;
    let names = |mask| rights(mask, found.is_directory);
    let check = |(what, applies, allowed, denied)| Check {
        what,
        applies,
        allows: names(allowed),
        denies: names(denied),
    };
    Ok(Object {
        directory: found.is_directory,
        owner: found.owner.as_ref().map(ToString::to_string),
        descriptor: match found.origin {
            Origin::Stored => "stored",
            Origin::Inherited => "inherited",
            Origin::Default => "none",
        }
        .to_owned(),
        checks: steps.into_iter().map(check).collect(),
        by_parent: names(found.by_parent),
        machine: found.machine.map(names),
        withheld: names(found.withheld),
        granted: names(found.granted),
    })
}

fn what(step: &Step<'_>) -> String {
    match step.reason {
        Reason::Privilege(Privileges::SECURITY) => "privilege to audit".to_owned(),
        Reason::Privilege(_) => "privilege to take ownership".to_owned(),
        Reason::Owner => "owner".to_owned(),
        Reason::NoList => "no list: everybody".to_owned(),
        Reason::Entry(index, ace) => {
            let verb = match ace.kind {
                AceType::ACCESS_ALLOWED | AceType::ACCESS_ALLOWED_OBJECT => "allow",
                _ => "deny",
            };
            let who = match &ace.body {
                AceBody::Rights { sid, .. } => sid.to_string(),
                AceBody::Opaque(_) => "an object entry".to_owned(),
            };
            format!("entry {}: {verb} {who}", index + 1)
        }
    }
}

fn acts_as(user: &UnixUser) -> String {
    let groups: Vec<String> = user.groups.iter().map(ToString::to_string).collect();
    format!("user {}, group {}, also in: {}", user.user, user.group, listed(&groups))
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('/', "\\")
}

fn dashed(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// The names of rights as [MS-SMB2] 2.2.13.1 has them, shortened.
fn rights(mask: AccessMask, directory: bool) -> Vec<String> {
    let names = [
        (AccessMask::READ_DATA, "read-data", "list-directory"),
        (AccessMask::WRITE_DATA, "write-data", "add-file"),
        (AccessMask::APPEND_DATA, "append-data", "add-subdirectory"),
        (AccessMask::READ_EA, "read-ea", "read-ea"),
        (AccessMask::WRITE_EA, "write-ea", "write-ea"),
        (AccessMask::EXECUTE, "execute", "traverse"),
        (AccessMask::DELETE_CHILD, "delete-child", "delete-child"),
        (AccessMask::READ_ATTRIBUTES, "read-attributes", "read-attributes"),
        (AccessMask::WRITE_ATTRIBUTES, "write-attributes", "write-attributes"),
        (AccessMask::DELETE, "delete", "delete"),
        (AccessMask::READ_CONTROL, "read-control", "read-control"),
        (AccessMask::WRITE_DAC, "write-dac", "write-dac"),
        (AccessMask::WRITE_OWNER, "write-owner", "write-owner"),
        (AccessMask::SYNCHRONIZE, "synchronize", "synchronize"),
        (AccessMask::ACCESS_SYSTEM_SECURITY, "access-system-security", "access-system-security"),
    ];
    let held = names.into_iter().filter(|(right, ..)| mask.contains(*right));
    held.map(|(_, file, folder)| if directory { folder } else { file }.to_owned()).collect()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let disabled = if self.disabled { ", disabled: it cannot sign in" } else { "" };
        writeln!(f, "{} ({}){disabled}", self.user, self.sid)?;
        writeln!(f, "  groups: {}", listed(&self.groups))?;
        writeln!(f, "  privileges: {}", listed(&self.privileges))?;
        self.places.iter().try_for_each(|place| write!(f, "\n{place}"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\\{}", self.share, self.path)?;
        for zone in &self.zones {
            writeln!(
                f,
                "  zone {}: {}",
                zone.zone,
                if zone.shows { "shows the share" } else { "hides the share" }
            )?;
        }
        writeln!(f, "  share allows: {}", listed(&self.share_allows))?;
        if let Some(acts_as) = &self.acts_as {
            writeln!(f, "  acts as: {acts_as}")?;
        }
        if let Some(why) = &self.refused {
            writeln!(f, "  refused: {why}")?;
        }
        let Some(object) = &self.object else { return Ok(()) };
        let kind = if object.directory { "folder" } else { "file" };
        let owner = object.owner.as_deref().unwrap_or("nobody");
        writeln!(f, "  {kind} of {owner}, descriptor: {}", object.descriptor)?;
        for check in &object.checks {
            let answer = match (check.applies, check.allows.is_empty(), check.denies.is_empty()) {
                (false, ..) => "does not concern the account".to_owned(),
                (true, true, true) => "decides nothing that was not decided".to_owned(),
                (true, false, _) => format!("gives {}", check.allows.join(" ")),
                (true, true, false) => format!("takes {}", check.denies.join(" ")),
            };
            writeln!(f, "  {}: {answer}", check.what)?;
        }
        writeln!(f, "  the folder it is in gives: {}", listed(&object.by_parent))?;
        if let Some(machine) = &object.machine {
            writeln!(f, "  this machine permits at most: {}", listed(machine))?;
        }
        writeln!(f, "  read-only attribute or volume takes: {}", listed(&object.withheld))?;
        writeln!(f, "  granted: {}", listed(&object.granted))
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(" ") }
}
