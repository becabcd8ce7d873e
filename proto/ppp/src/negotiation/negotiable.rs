use crate::frame::Protocol;
use crate::link::CloseReason;
use crate::packet::{ConfigureOption, Options};

/// What one option of the peer's request deserves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is fine.
    Ack,
    /// Another value would do; a peer that never takes it hears that the option is not wanted at all.
    Nak(Vec<u8>),
    /// Only that value will do.
    Insist(Vec<u8>),
    /// The option is not known, or not wanted.
    Reject,
}

/// The options of one control protocol: what this end asks for, and what it grants.
pub(crate) trait Negotiable {
    /// Whose packets they are in.
    const PROTOCOL: Protocol;

    /// Appends what this end asks for now.
    fn request(&self, out: &mut Vec<u8>);

    /// What an option of the peer's request deserves. Nothing is agreed to by it.
    fn judge(&mut self, option: ConfigureOption<'_>, rng: &mut dyn FnMut(&mut [u8])) -> Answer;

    /// Appends what the peer's request lacks, as it will do; `naks` were sent before.
    fn missing(&self, _options: Options<'_>, _naks: u8, _out: &mut Vec<u8>) {}

    /// All of the peer's request is fine, and acknowledged.
    fn agree(&mut self, options: Options<'_>);

    /// The peer acknowledges what this end asked for last.
    ///
    /// # Errors
    /// That cannot be lived with.
    fn acknowledged(&mut self) -> Result<(), CloseReason> {
        Ok(())
    }

    /// The peer would rather have this value, of an option that was asked for or of another.
    ///
    /// # Errors
    /// There is nothing left to ask for.
    fn suggested(
        &mut self,
        option: ConfigureOption<'_>,
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CloseReason>;

    /// The peer does not want an option that was asked for.
    ///
    /// # Errors
    /// It cannot be done without.
    fn rejected(&mut self, option: ConfigureOption<'_>) -> Result<(), CloseReason>;
}
