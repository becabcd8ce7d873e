//! The shares of the configuration, live.

use crate::config::{Config, DfsSection, ShareSection};
use crate::file_systems::FileSystems;
use crate::snapshots::ShareSnapshots;
use crate::unix::{ShareUsers, UnixAccounts};
use anyhow::{Context as _, Result};
use lanward_localfs::Snapshots;
use lanward_nt::{NtString, Sid};
use lanward_server::{DfsLink, DfsNamespace, Server, ShareDefinition};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A share as it was entered into the server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entered {
    name: String,
    section: ShareSection,
    allowed: Option<Vec<Sid>>,
}

#[derive(Debug)]
pub(crate) struct Shares {
    server: Arc<Server>,
    file_systems: FileSystems,
    /// Whom accounts are on this machine, if files are opened as its users.
    unix: Option<Arc<UnixAccounts>>,
    entered: Mutex<BTreeMap<NtString, Entered>>,
}

impl Shares {
    pub(crate) fn new(server: Arc<Server>, unix: Option<Arc<UnixAccounts>>) -> Self {
        let file_systems = FileSystems::new(unix.is_some());
        Self { server, file_systems, unix, entered: Mutex::default() }
    }

    /// Makes the server's shares those of the configuration. What did not change is left alone, and so is whoever uses it; a share that
    /// is gone takes its users' connections to it along.
    ///
    /// # Errors
    /// A folder cannot be served; then nothing was changed.
    pub(crate) async fn apply(&self, config: &Config) -> Result<()> {
        if let Some(unix) = &self.unix {
            unix.set(&config.unix_users);
        }
        let mut entered = self.entered.lock().await;
        let sections = config.share.iter().map(|(name, section)| (name.get_ref().clone(), section.clone()));
        self.replace(&mut entered, sections.collect()).await
    }

    /// Looks up again who may use the shares: accounts have changed.
    ///
    /// # Errors
    /// A folder cannot be served; then nothing was changed.
    pub(crate) async fn refresh(&self) -> Result<()> {
        let mut entered = self.entered.lock().await;
        let sections = entered.values().map(|share| (share.name.clone(), share.section.clone())).collect();
        self.replace(&mut entered, sections).await
    }

    async fn replace(
        &self,
        entered: &mut BTreeMap<NtString, Entered>,
        sections: Vec<(String, ShareSection)>,
    ) -> Result<()> {
        if let Some(unix) = self.unix.clone() {
            let server = Arc::clone(&self.server);
            tokio::task::spawn_blocking(move || unix.refresh(server.accounts())).await?;
        }
        let mut wanted = BTreeMap::new();
        let mut changed = Vec::new();
        for (name, section) in sections {
            let key = NtString::from(name.as_str()).to_uppercase();
            let allowed = self.allowed(&name, &section);
            let share = Entered { name, section, allowed };
            if entered.get(&key) != Some(&share) {
                changed.push(self.definition(&share)?);
            }
            wanted.insert(key, share);
        }
        for definition in changed {
            let name = definition.name.to_string_lossy();
            self.server
                .replace_share(definition)
                .map_err(|status| anyhow::anyhow!("share {name}: {status:?}"))?;
        }
        let gone: Vec<NtString> = entered.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for name in gone {
            if let Some(share) = self.server.remove_share(&name) {
                self.server.disconnect_share(&share).await;
            }
        }
        *entered = wanted;
        Ok(())
    }

    fn definition(&self, share: &Entered) -> Result<ShareDefinition> {
        let Entered { name, section, allowed } = share;
        let path = section.path.get_ref();
        let file_system = self.file_systems.of(path, name).with_context(|| format!("share {name}"))?;
        Ok(ShareDefinition {
            comment: section.comment.as_str().into(),
            read_only: section.is_read_only(),
            guest_ok: section.guests,
            allowed: allowed.clone(),
            encrypt: section.encrypt,
            compress: section.compress,
            dfs: section.dfs.as_deref().map(|parts| Arc::new(namespace(parts))),
            snapshots: snapshots(name, section, self.unix.is_some()),
            unix: self.unix.as_ref().map(|accounts| {
                let (file_mask, directory_mask) = section.masks();
                Arc::new(ShareUsers { accounts: Arc::clone(accounts), file_mask, directory_mask }) as _
            }),
            hide_unreadable: section.hide_unreadable,
            max_uses: section.max_uses,
            audit: section.audit(),
            rules: Arc::new(section.rules()),
            continuous: section.continuous,
            ..ShareDefinition::disk(name, file_system, &path.display().to_string())
        })
    }

    fn allowed(&self, share: &str, section: &ShareSection) -> Option<Vec<Sid>> {
        let directory = self.server.accounts().directory();
        let sid = |user: &String| {
            let found = match user.strip_prefix('@') {
                Some(group) => directory.group_named(&group.into()),
                None => {
                    directory.user_named(&user.as_str().into()).map(|user| directory.domain().child(user.rid))
                }
            };
            if found.is_none() {
                tracing::warn!(share, user, "there is no such account or group");
            }
            found
        };
        Some(section.users.as_ref()?.iter().filter_map(sid).collect())
    }
}

/// The snapshots of a share that names some.
fn snapshots(name: &str, section: &ShareSection, unix: bool) -> Option<Arc<dyn lanward_server::Snapshots>> {
    let pattern = section.snapshots.as_ref()?;
    // A pattern that is none was found when the configuration was checked.
    let snapshots = Snapshots::new(section.path.get_ref(), pattern.get_ref()).ok()?.real_modes(unix);
    Some(Arc::new(ShareSnapshots::new(snapshots, name)))
}

/// A namespace from its parts. Targets may have one backslash in front or two.
fn namespace(parts: &[DfsSection]) -> DfsNamespace {
    let mut namespace = DfsNamespace::default();
    for part in parts {
        let target = |t: &String| NtString::from(format!("\\{}", t.trim_start_matches('\\')).as_str());
        let targets = part.targets.iter().map(target).collect();
        let path = part.path.replace('/', "\\");
        match path.trim_matches('\\') {
            "" => namespace.root_targets = targets,
            path => namespace.links.push(DfsLink { path: path.into(), targets }),
        }
    }
    namespace
}
