use crate::{Command, Header, Text};
use lanward_wire::{DecodeError, Reader, Writer};

/// Bytes that the AndX words take in front of a command's own.
const ANDX: usize = 4;

/// The parameter and data block of one command ([MS-CIFS] 2.2.3.2, 2.2.3.3), to be read. Positions of `bytes` count from the header, which is
/// what offsets and the alignment of Unicode strings count from.
#[derive(Debug, Clone)]
pub struct Body<'a> {
    /// The words that are the command's own: behind those of an AndX.
    pub words: Reader<'a>,
    /// The data block.
    pub bytes: Reader<'a>,
    /// What strings are in.
    pub text: Text,
    message: &'a [u8],
    /// Where the words begin, those of AndX included.
    start: usize,
}

impl<'a> Body<'a> {
    /// The body that begins at `r`, which was made over the message from its header on; leaves it behind the body. `andx`: what its first words
    /// say of the next one, if it is a command that can be followed.
    ///
    /// A data block that is cut off ends where the message ends: ByteCount has 16 bits, and large writes have more bytes.
    fn decode(r: &mut Reader<'a>, text: Text, is_andx: bool) -> Result<(Self, Option<AndX>), DecodeError> {
        let message = r.whole();
        let count = usize::from(r.u8("WordCount")?).saturating_mul(2);
        let words_start = r.position();
        let mut words = Reader::new(r.bytes(count, "Words")?);
        // An error has no words at all, whatever the command.
        let andx = if is_andx && count > 0 { Some(AndX::decode(&mut words)?) } else { None };
        let length = usize::from(r.u16("ByteCount")?).min(r.remaining());
        let start = r.position();
        r.skip(length, "Bytes")?;
        let mut bytes = Reader::new(message.get(..r.position()).unwrap_or_default());
        bytes.skip(start, "Bytes")?;
        Ok((Self { words, bytes, text, message, start: words_start }, andx))
    }

    /// The words that are left, wherever WordCount ends: one answer has more than it counts.
    pub(crate) fn words_uncounted(&self) -> Reader<'a> {
        let at = self.start.saturating_add(self.words.position());
        Reader::new(self.message.get(at..).unwrap_or_default())
    }

    /// `len` bytes at `offset` from the header, wherever ByteCount ends.
    ///
    /// # Errors
    /// They do not lie behind the header and within the message.
    pub fn at(&self, offset: u32, len: u32, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (offset, len) = (index(offset), index(len));
        if len != 0 && offset < Header::LEN {
            return Err(DecodeError::invalid(field, "lies in the header"));
        }
        Reader::new(self.message).slice_at(offset, len, field)
    }
}

/// What the first words of an AndX command say of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AndX {
    command: Command,
    offset: u16,
}

impl AndX {
    fn decode(words: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let command = Command(words.u8("AndXCommand")?);
        words.skip(1, "AndXReserved")?;
        Ok(Self { command, offset: words.u16("AndXOffset")? })
    }
}

impl Command {
    /// Whether another command may follow it in one message ([MS-CIFS] 2.2.3.4).
    #[must_use]
    pub const fn is_andx(self) -> bool {
        matches!(
            self,
            Self::LOCKING_ANDX
                | Self::OPEN_ANDX
                | Self::READ_ANDX
                | Self::WRITE_ANDX
                | Self::SESSION_SETUP_ANDX
                | Self::LOGOFF_ANDX
                | Self::TREE_CONNECT_ANDX
                | Self::NT_CREATE_ANDX
        )
    }
}

/// The commands of one message, one behind the other ([MS-CIFS] 2.2.3.4). It ends for good at the first that cannot be read, and no command is
/// read from before the end of the one before it, so that every chain has an end.
#[derive(Debug, Clone)]
pub struct Chain<'a> {
    r: Reader<'a>,
    text: Text,
    next: Option<Command>,
}

impl<'a> Chain<'a> {
    /// The chain of a message, which begins with its header.
    #[must_use]
    pub fn new(message: &'a [u8], header: &Header, text: Text) -> Self {
        let mut r = Reader::new(message);
        let next = r.skip(Header::LEN, "Header").is_ok().then_some(header.command);
        Self { r, text, next }
    }
}

impl<'a> Iterator for Chain<'a> {
    type Item = Result<(Command, Body<'a>), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let command = self.next.take()?;
        Some(Body::decode(&mut self.r, self.text, command.is_andx()).map(|(body, andx)| {
            // A chain whose offset leads nowhere ends, as it does for the servers these clients were made for.
            if let Some(AndX { command, offset }) = andx.filter(|a| a.command != Command::NO_ANDX_COMMAND) {
                let gap = usize::from(offset).checked_sub(self.r.position());
                self.next = gap.and_then(|gap| self.r.skip(gap, "AndXOffset").ok()).map(|()| command);
            }
            (command, body)
        }))
    }
}

/// Writes messages: a header, and bodies one behind the other. Position 0 of its writer is the header.
#[derive(Debug)]
pub struct MessageWriter<'b> {
    w: Writer<'b>,
    text: Text,
    /// Where the AndX words of the last body are.
    andx: Option<usize>,
}

impl<'b> MessageWriter<'b> {
    /// Begins a message behind what `buf` holds.
    pub fn new(buf: &'b mut Vec<u8>, header: &Header) -> Self {
        let mut w = Writer::new(buf);
        lanward_wire::Encode::encode(header, &mut w);
        Self { w, text: Text::default(), andx: None }
    }

    /// Goes on with a message that begins at `start` of `buf`, whose last body has its AndX words at `andx`, counted from there.
    pub fn resume(buf: &'b mut Vec<u8>, start: usize, andx: Option<usize>) -> Self {
        Self { w: Writer::resume(buf, start), text: Text::default(), andx }
    }

    /// Where the AndX words of the last body are, counted from the header, if it has any: what [`MessageWriter::resume`] takes.
    #[must_use]
    pub const fn andx(&self) -> Option<usize> {
        self.andx
    }

    /// What strings are written in from now on.
    #[must_use]
    pub const fn with_text(mut self, text: Text) -> Self {
        self.text = text;
        self
    }

    /// Appends a body, behind an AndX that was there: `words` writes the command's own words, `bytes` the data block.
    pub fn body(
        &mut self,
        command: Command,
        words: impl FnOnce(&mut Writer<'_>),
        bytes: impl FnOnce(&mut Writer<'_>, Text),
    ) {
        self.follow(command);
        let count = self.w.position();
        self.w.u8(0);
        if command.is_andx() {
            self.andx = Some(self.w.position());
            self.w.bytes(&[Command::NO_ANDX_COMMAND.0, 0, 0, 0]);
        }
        words(&mut self.w);
        let words = self.w.position().saturating_sub(count).saturating_sub(1) / 2;
        self.w.patch(count, &[u8::try_from(words).unwrap_or(u8::MAX)]);
        let count = self.w.position();
        self.w.u16(0);
        bytes(&mut self.w, self.text);
        let length = self.w.position().saturating_sub(count).saturating_sub(2);
        self.w.patch(count, &short(length).to_le_bytes());
    }

    /// Appends a body with nothing in it: an error, or an answer without words.
    pub fn empty(&mut self, command: Command) {
        self.follow(command);
        self.w.bytes(&[0, 0, 0]);
    }

    /// Has the AndX that was there lead here.
    fn follow(&mut self, command: Command) {
        if let Some(andx) = self.andx.take() {
            let [low, high] = short(self.w.position()).to_le_bytes();
            self.w.patch(andx, &[command.0, 0, low, high]);
        }
    }

    /// Where the own words of the next body of `command` will be, counted from the header.
    #[must_use]
    pub fn words_at(&self, command: Command) -> usize {
        let andx = if command.is_andx() { ANDX } else { 0 };
        self.w.position().saturating_add(1).saturating_add(andx)
    }

    /// Bytes written.
    #[must_use]
    pub fn position(&self) -> usize {
        self.w.position()
    }

    /// Writes another WordCount for the body whose own words are at `words_at`.
    pub(crate) fn count_words(&mut self, words_at: usize, count: u8) {
        self.w.patch(words_at.saturating_sub(ANDX).saturating_sub(1), &[count]);
    }
}

/// A 32-bit length or offset as an index.
pub(crate) fn index(v: u32) -> usize {
    usize::try_from(v).unwrap_or(usize::MAX)
}

/// A length that fits 16 bits by construction; the low half of those that may not.
pub(crate) fn short(v: usize) -> u16 {
    u16::try_from(v & 0xffff).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = Result<(Command, Vec<u8>, Vec<u8>), DecodeError>;

    fn chain(message: &[u8], command: Command) -> Vec<Seen> {
        let header = Header { command, ..Header::default() };
        let each = |item: Result<(Command, Body<'_>), _>| {
            item.map(|(command, mut body)| (command, body.words.rest().to_vec(), body.bytes.rest().to_vec()))
        };
        Chain::new(message, &header, Text::default()).map(each).collect()
    }

    #[test]
    fn commands_follow_each_other() {
        let mut bytes = Vec::new();
        let header = Header { command: Command::SESSION_SETUP_ANDX, ..Header::default() };
        let mut w = MessageWriter::new(&mut bytes, &header);
        w.body(Command::SESSION_SETUP_ANDX, |w| w.u16(7), |w, _| w.bytes(b"abc"));
        w.body(Command::TREE_CONNECT_ANDX, |w| w.u32(9), |_, _| ());
        w.body(Command::OPEN, |_| (), |w, _| w.u8(1));
        assert_eq!(bytes[32..39], [3, 0x75, 0, 44, 0, 7, 0]);
        let expected = [
            (Command::SESSION_SETUP_ANDX, vec![7, 0], b"abc".to_vec()),
            (Command::TREE_CONNECT_ANDX, vec![9, 0, 0, 0], vec![]),
            (Command::OPEN, vec![], vec![1]),
        ];
        assert_eq!(chain(&bytes, header.command), expected.map(Ok));
    }

    #[test]
    fn a_chain_that_fails_ends_with_an_empty_body() {
        let header = Header { command: Command::OPEN_ANDX, ..Header::default() };
        let mut bytes = vec![7; 5];
        let mut w = MessageWriter::new(&mut bytes, &header);
        w.body(header.command, |w| w.u16(7), |_, _| ());
        let andx = w.andx();
        MessageWriter::resume(&mut bytes, 5, andx).empty(Command::READ_ANDX);
        let expected = [(Command::OPEN_ANDX, vec![7, 0], vec![]), (Command::READ_ANDX, vec![], vec![])];
        assert_eq!(chain(&bytes[5..], header.command), expected.map(Ok));
    }

    #[test]
    fn a_chain_goes_forwards_or_ends() {
        for offset in [0u8, 31, 32, 40, 255] {
            let mut bytes = vec![0; 32];
            bytes.extend([2, Command::LOGOFF_ANDX.0, 0, offset, 0, 0, 0]);
            assert_eq!(chain(&bytes, Command::LOGOFF_ANDX).len(), 1, "{offset}");
        }
    }

    #[test]
    fn bytes_end_where_the_message_ends() {
        let mut bytes = vec![0; 32];
        bytes.extend([0, 9, 0, 1, 2]);
        assert_eq!(chain(&bytes, Command::ECHO), [Ok((Command::ECHO, vec![], vec![1, 2]))]);
        bytes.truncate(34);
        assert!(chain(&bytes, Command::ECHO)[0].is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(tail: Vec<u8>, command: u8) {
            let message = [vec![0; 32], tail].concat();
            prop_assert!(chain(&message, Command(command)).len() <= message.len());
        }
    }
}
