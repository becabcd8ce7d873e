use crate::Server;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What can be asked of the server as a service: to take nobody new, and to end.
#[derive(Debug, Default)]
pub(crate) struct ServiceState {
    paused: AtomicBool,
    stopping: AtomicBool,
    stop: Notify,
}

impl Server {
    /// Lets nobody but administrators connect to shares from now on ([MS-CIFS] 3.3.4.20 Server.Paused). Who is connected stays.
    pub fn pause(&self) {
        self.service.paused.store(true, Ordering::Release);
    }

    /// Lets everybody in again.
    pub fn resume(&self) {
        self.service.paused.store(false, Ordering::Release);
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.service.paused.load(Ordering::Acquire)
    }

    /// Asks whoever runs the server to end it.
    pub fn ask_to_stop(&self) {
        self.service.stopping.store(true, Ordering::Release);
        self.service.stop.notify_waiters();
    }

    /// Waits until somebody asked to end the server.
    pub async fn asked_to_stop(&self) {
        let mut asked = std::pin::pin!(self.service.stop.notified());
        asked.as_mut().enable();
        if !self.service.stopping.load(Ordering::Acquire) {
            asked.await;
        }
    }

    /// Whether somebody asked to end the server, or it is ending.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.service.stopping.load(Ordering::Acquire) || self.is_draining()
    }
}
