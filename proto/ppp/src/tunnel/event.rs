use super::CloseReason;
use crate::call::CallKey;
use crate::control::{FixedText, OutgoingCallRequest};
use crate::link::LinkEvent;

/// What a tunnel wants done, or tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TunnelEvent {
    /// There is a control connection, with a peer that calls itself this.
    Established {
        /// The peer's name: octets from the net, shown as print.
        host: FixedText<64>,
        /// Whose product it is.
        vendor: FixedText<64>,
    },
    /// A client wants a call: [`Tunnel::accept_call`](super::Tunnel::accept_call) or
    /// [`Tunnel::refuse_call`](super::Tunnel::refuse_call), soon.
    CallRequested {
        /// Which.
        call: CallKey,
        /// What it said.
        request: Box<OutgoingCallRequest>,
    },
    /// The server has granted the call, and its link begins.
    CallConnected {
        /// Which.
        call: CallKey,
    },
    /// A GRE packet for the peer.
    Gre(Vec<u8>),
    /// A packet of IP that was held back for those before it.
    Ip {
        /// The call it came through.
        call: CallKey,
        /// The packet.
        packet: Vec<u8>,
    },
    /// What a call's link says, frames and its end excepted.
    Link {
        /// Whose.
        call: CallKey,
        /// What.
        event: LinkEvent,
    },
    /// The control connection works and nothing comes by GRE: most likely something on the way does not let IP protocol 47 pass. Said once.
    GreBlocked {
        /// Whose packets do not come.
        call: CallKey,
    },
    /// A call is gone: its id is free, its address, too. Every call that was requested or asked for ends with one.
    CallDown {
        /// Which.
        call: CallKey,
        /// What this end called it; 0 if nothing yet.
        call_id: u16,
        /// Why.
        reason: CloseReason,
    },
    /// All is over: what is left in [`Tunnel::tcp_output`](super::Tunnel::tcp_output) may be sent, then the connection is to be closed.
    Closed(CloseReason),
}
