//! The shares of the configuration, live.

use crate::config::{Config, DfsSection, ShareSection};
use crate::devices::Devices;
use crate::file_systems::FileSystems;
use crate::local_services::LocalServices;
use crate::managed::{Look, Managed, ManagedShare, Written};
use crate::snapshots::ShareSnapshots;
use crate::unix::{ShareUsers, UnixAccounts};
use anyhow::{Context as _, Result};
use lanward_localfs::Snapshots;
use lanward_nt::{NtString, Sid};
use lanward_server::{DfsLink, DfsNamespace, Server, ShareDefinition, ShareOrigin};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;

/// A share as it was entered into the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entered {
    name: String,
    section: ShareSection,
    allowed: Option<Vec<Sid>>,
    look: Look,
    origin: ShareOrigin,
}

#[derive(Debug)]
pub(crate) struct Shares {
    server: Arc<Server>,
    file_systems: FileSystems,
    /// Whom accounts are on this machine, if files are opened as its users.
    unix: Option<Arc<UnixAccounts>>,
    /// Where what management changed is written down; `None` for nowhere.
    pub(crate) file: Option<PathBuf>,
    pub(crate) state: Mutex<State>,
}

/// The shares there are, and where each comes from.
#[derive(Debug, Default)]
pub(crate) struct State {
    entered: BTreeMap<NtString, Entered>,
    /// Those of the configuration.
    pub(crate) configured: BTreeMap<NtString, (String, ShareSection)>,
    devices: Devices,
    services: LocalServices,
    /// What is written of the server's limits, which management does not lift.
    pub(crate) written: Written,
    /// What management changed and is kept.
    pub(crate) managed: Managed,
    /// What management made for as long as the server runs.
    pub(crate) temporary: BTreeMap<NtString, ManagedShare>,
}

impl Shares {
    /// No shares yet; what management changed in earlier runs is read from `file`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn new(
        server: Arc<Server>,
        unix: Option<Arc<UnixAccounts>>,
        file: Option<PathBuf>,
    ) -> Result<Self> {
        let managed = file.as_deref().map(Managed::read).transpose()?.unwrap_or_default();
        let state = Mutex::new(State { managed, ..State::default() });
        let file_systems = FileSystems::new(unix.is_some());
        Ok(Self { server, file_systems, unix, file, state })
    }

    /// Makes the server's shares those of the configuration, and of management over it. What did not change is left alone, and so is whoever
    /// uses it; a share that is gone takes its users' connections to it along.
    ///
    /// # Errors
    /// A folder cannot be served; then nothing was changed.
    pub(crate) async fn apply(&self, config: &Config) -> Result<()> {
        if let Some(unix) = &self.unix {
            unix.set(&config.unix_users);
        }
        let mut state = self.state.lock().await;
        let sections = config.share.iter().map(|(name, section)| {
            let name = name.get_ref().clone();
            (NtString::from(name.as_str()).to_uppercase(), (name, section.clone()))
        });
        let before = std::mem::replace(&mut state.configured, sections.collect());
        let replaced = self.replace(&mut state).await;
        if replaced.is_err() {
            state.configured = before;
            return replaced;
        }
        state.devices.configure(config);
        state.devices.replace(&self.server).await;
        Ok(())
    }

    /// Makes the server's pipes those of the configuration, beside its own, which are there already.
    pub(crate) async fn apply_services(&self, config: &Config) {
        let mut state = self.state.lock().await;
        state.services.configure(config);
        state.services.replace(&self.server);
    }

    /// Looks up again who may use the shares: accounts have changed.
    ///
    /// # Errors
    /// A folder cannot be served; then nothing was changed.
    pub(crate) async fn refresh(&self) -> Result<()> {
        let mut state = self.state.lock().await;
        state.devices.replace(&self.server).await;
        state.services.replace(&self.server);
        self.replace(&mut state).await
    }

    /// Makes the server's settings those of the configuration, with what management changed of them.
    pub(crate) async fn apply_settings(&self, config: &Config) {
        let mut settings = config.settings();
        let mut state = self.state.lock().await;
        state.written = Written::of(config);
        state.written.within(state.managed.server.change()).apply(&mut settings);
        self.server.replace_settings(settings);
    }

    /// Makes the server's shares those of `state`.
    pub(crate) async fn replace(&self, state: &mut State) -> Result<()> {
        if let Some(unix) = self.unix.clone() {
            let server = Arc::clone(&self.server);
            tokio::task::spawn_blocking(move || unix.refresh(server.accounts())).await?;
        }
        let wanted = self.wanted(state);
        let mut changed = Vec::new();
        let mut absent = Vec::new();
        for (key, share) in &wanted {
            if state.entered.get(key) == Some(share) {
                continue;
            }
            match self.definition(share) {
                Ok(definition) => changed.push(definition),
                // A folder that went since management shared it keeps no server from starting.
                Err(error) if matches!(share.origin, ShareOrigin::Management | ShareOrigin::Temporary) => {
                    tracing::warn!("not shared: {error:#}");
                    absent.push(key.clone());
                }
                Err(error) => return Err(error),
            }
        }
        for definition in changed {
            let name = definition.name.to_string_lossy();
            self.server
                .replace_share(definition)
                .map_err(|status| anyhow::anyhow!("share {name}: {status:?}"))?;
        }
        let wanted: BTreeMap<_, _> = wanted.into_iter().filter(|(key, _)| !absent.contains(key)).collect();
        let entered = std::mem::replace(&mut state.entered, wanted);
        for name in entered.keys().filter(|key| !state.entered.contains_key(*key)) {
            if let Some(share) = self.server.remove_share(name) {
                self.server.disconnect_share(&share).await;
            }
        }
        Ok(())
    }

    /// The shares there should be.
    fn wanted(&self, state: &State) -> BTreeMap<NtString, Entered> {
        let mut wanted: BTreeMap<_, _> = state
            .configured
            .iter()
            .map(|(key, (name, section))| {
                (key.clone(), (name.clone(), section.clone(), Look::default(), ShareOrigin::Configuration))
            })
            .collect();
        let kept =
            state.managed.shares.iter().map(|(key, share)| (NtString::from(key.as_str()), share, false));
        let temporary = state.temporary.iter().map(|(key, share)| (key.clone(), share, true));
        for (key, share, is_temporary) in kept.chain(temporary) {
            match share {
                ManagedShare::Added { name, path, look } => {
                    let origin = if is_temporary { ShareOrigin::Temporary } else { ShareOrigin::Management };
                    wanted.insert(
                        key,
                        (name.clone(), ShareSection::folder(path.clone()), look.clone(), origin),
                    );
                }
                ManagedShare::Changed(look) => {
                    // One that the configuration has no more is not there.
                    let Some((name, section)) = state.configured.get(&key) else { continue };
                    let origin = if is_temporary { ShareOrigin::Temporary } else { ShareOrigin::Changed };
                    wanted.insert(key, (name.clone(), section.clone(), look.clone(), origin));
                }
                ManagedShare::Removed => drop(wanted.remove(&key)),
            }
        }
        let entered = wanted.into_iter().map(|(key, (name, section, look, origin))| {
            let allowed = self.allowed(&name, &section);
            (key, Entered { name, section, allowed, look, origin })
        });
        entered.collect()
    }

    fn definition(&self, share: &Entered) -> Result<ShareDefinition> {
        let Entered { name, section, allowed, look, origin } = share;
        let path = section.path.get_ref();
        let file_system = self.file_systems.of(path, name).with_context(|| format!("share {name}"))?;
        let definition = ShareDefinition {
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
            origin: *origin,
            posix: section.posix_extensions.then(|| section.withheld_permissions()),
            ..ShareDefinition::disk(name, file_system, &path.display().to_string())
        };
        let changed = definition.changed(&look.change());
        // Management raises what the configuration demands, and never lowers it.
        Ok(ShareDefinition {
            encrypt: changed.encrypt || section.encrypt,
            hide_unreadable: changed.hide_unreadable || section.hide_unreadable,
            ..changed
        })
    }

    fn allowed(&self, share: &str, section: &ShareSection) -> Option<Vec<Sid>> {
        Some(sids(&self.server, share, section.users.as_ref()?))
    }
}

/// Accounts, and groups with `@` in front of them, as far as there are any of these names.
pub(crate) fn sids(server: &Server, share: &str, users: &[String]) -> Vec<Sid> {
    let directory = server.accounts().directory();
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
    users.iter().filter_map(sid).collect()
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
