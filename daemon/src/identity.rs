//! Who the server is: from the configuration, the host and what was kept from earlier runs.

use crate::config::Config;
use lanward_nt::{Guid, Sid};
use lanward_server::Identity;

/// What stays the same for as long as the state does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) guid: [u8; 16],
    /// What follows S-1-5-21 in the SID of the server's own accounts.
    pub(crate) domain: [u32; 3],
}

impl Machine {
    /// One that nobody else has.
    pub(crate) fn random() -> std::io::Result<Self> {
        let guid = random()?;
        let [a, b, c] = [random()?, random()?, random()?].map(u32::from_le_bytes);
        Ok(Self { guid, domain: [a, b, c] })
    }

    /// The SID of the server's own accounts.
    pub(crate) fn sid(self) -> Sid {
        let [a, b, c] = self.domain;
        Sid::new(5, &[21, a, b, c])
    }
}

/// Who the server says it is.
pub(crate) fn identity(config: &Config, machine: Machine) -> Identity {
    let section = &config.server;
    Identity {
        name: section.name.as_ref().map_or_else(host_name, |name| name.get_ref().to_uppercase()),
        workgroup: section
            .workgroup
            .as_ref()
            .map_or_else(|| "WORKGROUP".into(), |w| w.get_ref().to_uppercase()),
        comment: section.comment.clone(),
        guid: Guid(machine.guid),
        sid: machine.sid(),
    }
}

/// The host's name as NetBIOS takes it: its first label, 15 characters at most.
fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let label = name.split('.').next().unwrap_or_default();
    let good = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let name: String = label.chars().filter(good).take(15).collect();
    if name.is_empty() { "LANWARD".into() } else { name.to_uppercase() }
}

/// Bytes nobody can guess.
///
/// # Errors
/// The system gives none.
pub(crate) fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        filled += rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(bytes)
}
