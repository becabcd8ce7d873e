//! Deleted files are kept as long as their share says, and not longer.

use crate::run::now;
use lanward_nt::FileTime;
use lanward_server::{Server, ShareKind};
use std::sync::Arc;
use std::time::Duration;

/// How often bins are looked through.
const INTERVAL: Duration = Duration::from_secs(3_600);

/// Empties the bins of what is too old, now and then, for good.
pub(crate) async fn expire(server: Arc<Server>) {
    loop {
        for share in server.shares() {
            let bin = share.rules.recycle.as_ref();
            let (ShareKind::Disk(file_system), Some(age)) = (&share.kind, bin.and_then(|bin| bin.max_age))
            else {
                continue;
            };
            let (file_system, oldest) = (Arc::clone(file_system), before(now(), age));
            let outcome = tokio::task::spawn_blocking(move || file_system.expire_recycled(oldest)).await;
            let name = &share.name;
            match outcome {
                Ok(Ok(0)) => {}
                Ok(Ok(count)) => {
                    tracing::info!(share = %name, count, "Deleted what was in the recycle bin for long");
                }
                Ok(Err(status)) => tracing::warn!(share = %name, %status, "The recycle bin cannot be read"),
                Err(_) => tracing::warn!(share = %name, "The recycle bin was not looked through"),
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

fn before(now: FileTime, age: Duration) -> FileTime {
    let ticks = u64::try_from(age.as_nanos() / 100).unwrap_or(u64::MAX);
    FileTime(now.0.saturating_sub(ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_before() {
        let day = Duration::from_secs(86_400);
        assert_eq!(before(FileTime(864_000_000_007), day), FileTime(7));
        assert_eq!(before(FileTime(5), day), FileTime(0));
    }
}
