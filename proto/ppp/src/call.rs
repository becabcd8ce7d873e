//! Calls (RFC 2637 3.2), as access concentrator and as network server.
