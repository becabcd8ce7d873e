//! The keys of sealed sessions, for whoever captures.

use super::Connection;
use lanward_server::Capture;

/// Adds the keys of a connection's sessions, if its frames are captured.
pub(super) fn add_keys(capture: &Capture, connection: &Connection) {
    if !capture.wants(&connection.entry) {
        return;
    }
    for session in connection.sessions() {
        capture.add_keys(session.id.0, || session.captured_keys());
    }
}
