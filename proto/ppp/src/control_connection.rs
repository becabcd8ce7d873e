//! The control connection (RFC 2637 3.1), as originator and as receiver.
