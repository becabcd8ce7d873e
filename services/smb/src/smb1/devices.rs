//! Devices as SMB1 reads and writes them.

use super::context::Context;
use lanward_nt::NtStatus;
use lanward_server::DeviceOpen;
use std::time::Duration;

/// A Timeout of a request, in milliseconds; `None`: the client leaves it to what the device is set to. All ones are as long as anybody may wait.
pub(crate) fn wait(timeout: u32) -> Option<Duration> {
    match timeout {
        0 | 0xffff_fffe => None,
        milliseconds => Some(Duration::from_millis(milliseconds.into())),
    }
}

/// Appends what comes over a line, until there is enough or it has taken too long.
///
/// # Errors
/// As [`DeviceOpen::read`]; CANCELLED.
pub(crate) async fn read(
    context: &Context<'_>,
    device: &DeviceOpen,
    max: usize,
    wanted: Option<(usize, Duration)>,
    data: &mut Vec<u8>,
) -> Result<NtStatus, NtStatus> {
    let before = data.len();
    tokio::select! {
        biased;
        read = device.read(max, wanted, data) => return read.map(|_| NtStatus::SUCCESS),
        () = context.unit.cancelled() => {}
    }
    // What was taken of the line is in nobody's hands but these.
    if data.len() > before { Ok(NtStatus::SUCCESS) } else { Err(NtStatus::CANCELLED) }
}

/// Sends bytes, and answers how many.
///
/// # Errors
/// As [`DeviceOpen::write`]; CANCELLED.
pub(crate) async fn write(
    context: &Context<'_>,
    device: &DeviceOpen,
    data: &[u8],
    wait: Option<Duration>,
) -> Result<u32, NtStatus> {
    let sent = tokio::select! {
        biased;
        sent = device.write(data, wait) => sent?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED),
    };
    Ok(u32::try_from(sent).unwrap_or(u32::MAX))
}

/// Bytes that can be read now, as far as 16 bits count.
pub(crate) fn available(device: &DeviceOpen) -> u16 {
    u16::try_from(device.status().map_or(0, |status| status.input)).unwrap_or(u16::MAX)
}
