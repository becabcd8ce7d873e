use super::table::Place;
use crate::node::FileNode;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// A wait for others to give up what they cache. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct BreakWait {
    node: Arc<FileNode>,
    stream: u32,
    place: Place,
}

impl BreakWait {
    pub(super) fn new(node: &Arc<FileNode>, stream: u32, place: Place) -> Self {
        Self { node: Arc::clone(node), stream, place }
    }

    /// Completes when they have, or when their time is over.
    pub(crate) async fn done(mut self) {
        let deadline = self.place.deadline;
        if timeout_at(deadline, &mut self.place.done).await.is_err() {
            let mut state = self.node.state();
            if let Some(stream) = state.stream_mut(self.stream) {
                stream.cache.expire(Instant::now().max(deadline));
            }
        }
    }
}

impl Drop for BreakWait {
    fn drop(&mut self) {
        if let Some(stream) = self.node.state().stream_mut(self.stream) {
            stream.cache.give_up(self.place.ticket);
        }
    }
}
