//! A capture over the control socket: it goes on for as long as it was asked for.

use super::{Control, DEADLINE, Response};
use crate::capture::{ROOM, Wish, send};
use anyhow::Result;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

impl Control {
    /// # Errors
    /// Whoever asked is gone.
    pub(super) async fn capture(&self, mut stream: UnixStream, wish: Wish) -> Result<()> {
        let taker = self.server.begin_capture(wish.filter(), ROOM);
        let response = match &taker {
            Some(_) => Response::Capturing,
            None => Response::Refused("somebody captures already".to_owned()),
        };
        let mut line = serde_json::to_vec(&response)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        let Some(taker) = taker else { return Ok(()) };
        tracing::info!(%wish, seconds = wish.seconds, "A capture begins");
        self.tell_changed("capture begun", wish.to_string());
        let sent = send(taker, wish, DEADLINE, stream.into_split()).await;
        self.tell_changed("capture ended", wish.to_string());
        let summary = sent?;
        tracing::info!(%wish, frames = summary.frames, lost = summary.lost, "A capture ended");
        Ok(())
    }
}
