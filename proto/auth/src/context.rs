use lanward_nt::NtString;

use crate::SessionKey;
use crate::ntlm::{MessageSecurity, NegotiateFlags, Side};

/// Who was authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Someone who knows the password of an account.
    User {
        /// The account's domain, as the account store has it (an initiator: as it was told).
        domain: NtString,
        /// The account's name, as the account store has it (an initiator: as it was told).
        user: NtString,
        /// The account's relative identifier (an initiator: 0).
        rid: u32,
        /// The client computer's name, as it claims.
        workstation: NtString,
    },
    /// A name the account store lets in without a password that is right.
    Guest {
        /// The domain as claimed.
        domain: NtString,
        /// The user's name as claimed.
        user: NtString,
        /// The client computer's name as claimed.
        workstation: NtString,
    },
    /// A client that asked to be nobody ([MS-NLMP] 3.2.5.1.2, a NULL session).
    Anonymous,
}

/// Which proof of the password the client gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseVersion {
    /// None: anonymous and guest.
    None,
    /// The password itself.
    Plaintext,
    /// LM.
    Lm,
    /// NTLMv1, with or without extended session security.
    NtlmV1,
    /// NTLMv2.
    NtlmV2,
}

/// What both ends hold once authentication is done.
#[derive(Debug, Clone)]
pub struct SecurityContext {
    /// Who the initiator is.
    pub identity: Identity,
    /// [MS-NLMP] 3.1.1.1 ExportedSessionKey, the key SMB derives its own from. All zeros for a guest.
    pub session_key: SessionKey,
    /// What was negotiated.
    pub flags: NegotiateFlags,
    /// Whether the three NTLM messages are known to be unaltered.
    pub mic_verified: bool,
    /// The proof that was given.
    pub response: ResponseVersion,
    /// The SPN the client meant to reach, if it said so and vouches for it (MsvAvTargetName).
    pub target_name: Option<NtString>,
    /// The sequence number of the first message an application protects, in either direction: 1 where a mechListMIC took the one before.
    pub first_sequence: u32,
}

impl SecurityContext {
    /// The per-message services of this context, at sequence number 0, for messages that `from` sends.
    #[must_use]
    pub fn message_security(&self, from: Side) -> MessageSecurity {
        MessageSecurity::new(self.flags, &self.session_key, from)
    }
}

/// What an acceptor or initiator wants next.
#[derive(Debug)]
pub enum Step {
    /// Send this and come back with the peer's answer.
    Continue(Vec<u8>),
    /// Authenticated.
    Done {
        /// What still has to be sent to the peer; may be empty.
        token: Vec<u8>,
        /// What was agreed.
        context: Box<SecurityContext>,
    },
}
