use super::{CommPort, DeviceOpen, LineTiming};
use crate::Zone;
use lanward_nt::{AccessMask, NtStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Who may have a device, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommPolicy {
    /// The names of the zones it is in; elsewhere it does not exist.
    pub zones: Vec<String>,
    /// One open at a time.
    pub exclusive: bool,
    /// An open that nobody reads or writes through for so long is closed; `None` for never.
    pub idle: Option<Duration>,
    /// How long reads and writes wait where the client does not say.
    pub timing: LineTiming,
}

/// A serial line that is shared.
#[derive(Debug)]
pub struct CommDevice {
    port: Arc<dyn CommPort>,
    policy: CommPolicy,
    opens: Arc<AtomicU32>,
}

impl CommDevice {
    /// A line as it is shared.
    #[must_use]
    pub fn new(port: Arc<dyn CommPort>, policy: CommPolicy) -> Self {
        Self { port, policy, opens: Arc::default() }
    }

    /// Who may have it.
    #[must_use]
    pub const fn policy(&self) -> &CommPolicy {
        &self.policy
    }

    /// Whether it is in a zone.
    #[must_use]
    pub fn is_in(&self, zone: &Zone) -> bool {
        self.policy.zones.contains(&zone.name)
    }

    /// How many have it open.
    #[must_use]
    pub fn open_count(&self) -> u32 {
        self.opens.load(Ordering::Relaxed)
    }

    /// Opens the line.
    ///
    /// # Errors
    /// SHARING_VIOLATION: somebody has it; what [`CommPort::open`] says.
    pub(crate) async fn open(&self, granted: AccessMask) -> Result<DeviceOpen, NtStatus> {
        let claim = Claim::take(&self.opens, self.policy.exclusive)?;
        let line = self.port.open().await?;
        Ok(DeviceOpen::new(line, claim, granted, &self.policy))
    }
}

/// One counted open of a device.
#[derive(Debug)]
pub(crate) struct Claim(Arc<AtomicU32>);

impl Claim {
    fn take(opens: &Arc<AtomicU32>, exclusive: bool) -> Result<Self, NtStatus> {
        let most = if exclusive { 1 } else { u32::MAX };
        let taken = opens.try_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < most).then(|| n + 1));
        taken.map_err(|_| NtStatus::SHARING_VIOLATION)?;
        Ok(Self(Arc::clone(opens)))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
