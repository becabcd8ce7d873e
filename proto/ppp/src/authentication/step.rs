use super::{AuthenticationRequest, Grant, MsChapError};
use lanward_auth::mschap::MppeKeys;

/// What one side of an authentication wants done. Steps are to be done in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this as the information of a frame of [`super::Method::protocol`].
    Send(Vec<u8>),
    /// Ask who knows the accounts, and answer with [`super::Authenticator::verdict`].
    Ask {
        /// Goes with the answer.
        token: u32,
        /// What is to be judged.
        request: Box<AuthenticationRequest>,
    },
    /// It is done, for the first time: the link may go on. Whatever comes later (a duplicate, a challenge in between) does not key MPPE again.
    Succeeded(Box<Success>),
    /// The peer was refused, and may try again or choose a new password: a user may have to think.
    Refused(MsChapError),
    /// It is over: the link must end.
    Failed(AuthenticationFailure),
}

/// What an authentication has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// The name that was proved, as it was sent.
    pub name: Vec<u8>,
    /// What MPPE starts with.
    pub keys: Option<MppeKeys>,
    /// What the peer gets, to the server; nothing to the client.
    pub grant: Grant,
}

/// Why an authentication ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthenticationFailure {
    /// The server refused, for this reason.
    Refused(MsChapError),
    /// The server could not prove that it knows the password.
    Impostor,
    /// The peer's own challenge came back to it.
    Reflected,
    /// The peer wants another method within EAP, or asks for one.
    NoCommonMethod,
    /// The peer did not answer, or nobody judged what it said, for too long.
    TimedOut,
}
