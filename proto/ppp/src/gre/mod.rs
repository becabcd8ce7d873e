//! Enhanced GRE (RFC 2637 4): packets, sequence numbers and acknowledgements.
