//! A capture from the server's side.

use super::pcapng::Section;
use super::{Record, Summary, Wish};
use crate::run::now;
use anyhow::{Context as _, Result};
use lanward_server::{CaptureTaker, Captured};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

/// Bytes that may wait to be sent.
pub(crate) const ROOM: usize = 32 << 20;

/// Sends what is captured until it has been long or much enough, or whoever wanted it is gone.
///
/// # Errors
/// It cannot be sent, or not within `deadline`.
pub(crate) async fn send(
    mut taker: CaptureTaker,
    wish: Wish,
    deadline: Duration,
    (mut reading, mut writing): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
) -> Result<Summary> {
    let mut put = async |record: Record| -> Result<u64> {
        let bytes = record.to_bytes()?;
        timeout(deadline, writing.write_all(&bytes)).await.context("nobody takes what is captured")??;
        Ok(bytes.len() as u64)
    };
    let mut section = Section::default();
    let (mut summary, mut sent) = (Summary::default(), 0);
    sent += put(Record::Blocks(section.begin())).await?;
    let mut over = std::pin::pin!(sleep(wish.duration()));
    let mut said = [0; 1];
    let mut gone = std::pin::pin!(reading.read(&mut said));
    loop {
        let captured = tokio::select! {
            captured = taker.next() => captured,
            () = &mut over => break,
            _ = &mut gone => return Ok(summary),
        };
        match captured {
            Captured::Keys(keys) => {
                summary.sessions += 1;
                put(Record::keys(&keys)).await?;
            }
            Captured::Lost(lost) => summary.lost += lost,
            Captured::Frame(frame) => {
                let blocks = section.frame(&frame);
                if sent + blocks.len() as u64 > wish.limit() {
                    summary.full = true;
                    break;
                }
                sent += put(Record::Blocks(blocks)).await?;
                summary.frames += 1;
            }
        }
    }
    put(Record::Blocks(Section::end(summary.lost, now()))).await?;
    put(Record::End(summary)).await?;
    Ok(summary)
}
