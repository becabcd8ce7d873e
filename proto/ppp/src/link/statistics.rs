/// What has passed over a link, and what was thrown away and why. Counts only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkStatistics {
    /// Packets of IP from the peer.
    pub received: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// Packets of IP to the peer.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// What was no frame, or no packet of its protocol.
    pub malformed: u64,
    /// Frames longer than any may be.
    pub too_long: u64,
    /// What came in a phase in which nobody listens to it.
    pub out_of_phase: u64,
    /// Protocols nobody knows here.
    pub unknown_protocol: u64,
    /// Packets in the clear where they must be encrypted.
    pub clear: u64,
    /// Encrypted packets that came twice, late, or without what came before them.
    pub out_of_order: u64,
    /// Encrypted packets that made no sense.
    pub undecryptable: u64,
}
