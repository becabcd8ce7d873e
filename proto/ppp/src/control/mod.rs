//! The control messages of PPTP (RFC 2637 2) and their framing on the stream.
