use bitflags::bitflags;
use lanward_nt::NtStatus;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Work on a line. Dropping it gives it up, and no byte is lost by that.
pub type LineWork<'a, T> = Pin<Box<dyn Future<Output = Result<T, NtStatus>> + Send + 'a>>;

/// Where a device's line is: a terminal of this machine, or a port of a terminal server.
pub trait CommPort: Send + Sync + fmt::Debug {
    /// Opens the line as it is configured. It has its own deadline.
    ///
    /// # Errors
    /// SHARING_VIOLATION: somebody else on this machine has it; NO_SUCH_DEVICE: it is not there; IO_TIMEOUT; what else keeps it from being
    /// opened.
    fn open(&self) -> LineWork<'_, Box<dyn Line>>;
}

/// A line that is open. When it is dropped the device is as it was before.
pub trait Line: Send + Sync {
    /// Appends at most `max` bytes to `out` and answers how many; waits for the first.
    ///
    /// # Errors
    /// FILE_CLOSED: it was hung up; what the device says.
    fn read<'a>(&'a self, max: usize, out: &'a mut Vec<u8>) -> LineWork<'a, usize>;

    /// Sends the first of these bytes, at least one, and answers how many; waits for room.
    ///
    /// # Errors
    /// As [`Line::read`].
    fn write<'a>(&'a self, data: &'a [u8]) -> LineWork<'a, usize>;

    /// How it is set.
    ///
    /// # Errors
    /// NOT_SUPPORTED: it has nothing to set.
    fn settings(&self) -> Result<LineSettings, NtStatus>;

    /// Sets it.
    ///
    /// # Errors
    /// INVALID_PARAMETER: not one it can be set to; NOT_SUPPORTED.
    fn set(&self, settings: &LineSettings) -> Result<(), NtStatus>;

    /// Has it do something.
    ///
    /// # Errors
    /// NOT_SUPPORTED: it cannot.
    fn command(&self, command: LineCommand) -> Result<(), NtStatus>;

    /// How it is at this moment.
    ///
    /// # Errors
    /// What the device says.
    fn status(&self) -> Result<LineStatus, NtStatus>;
}

/// How a serial line is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSettings {
    /// Bits a second, in both directions.
    pub baud: u32,
    /// 5 to 8
    pub data_bits: u8,
    /// What is sent with each character to find errors by.
    pub parity: Parity,
    /// How long the end of a character is.
    pub stop_bits: StopBits,
    /// What stops the other end when there is too much.
    pub flow: Flow,
}

/// A parity bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parity {
    /// There is none.
    #[default]
    None,
    /// It makes the number of ones odd.
    Odd,
    /// It makes the number of ones even.
    Even,
    /// It is one.
    Mark,
    /// It is zero.
    Space,
}

/// Stop bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopBits {
    /// 1
    #[default]
    One,
    /// 1.5, of characters of five bits
    OneAndHalf,
    /// 2
    Two,
}

bitflags! {
    /// Flow control.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct Flow: u8 {
        /// What is sent here stops at an XOFF from there.
        const XON_XOFF_OUT = 1;
        /// An XOFF is sent when there is no room here.
        const XON_XOFF_IN = 2;
        /// RTS and CTS.
        const RTS_CTS = 4;
    }

    /// The lines beside those that data goes over.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct ModemLines: u8 {
        /// Data terminal ready, an output
        const DTR = 0x01;
        /// Request to send, an output
        const RTS = 0x02;
        /// Clear to send
        const CTS = 0x10;
        /// Data set ready
        const DSR = 0x20;
        /// Ring indicator
        const RI = 0x40;
        /// Data carrier detect
        const DCD = 0x80;
    }
}

/// What a line can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineCommand {
    /// Begin to send a break, or end it.
    Break(bool),
    /// Stop sending, or go on.
    Transmit(bool),
    /// Forget what came and was not read.
    FlushInput,
    /// Forget what was written and not sent.
    FlushOutput,
    /// Switch outputs.
    Modem {
        /// Those to switch on.
        on: ModemLines,
        /// Those to switch off.
        off: ModemLines,
    },
}

/// How a line is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineStatus {
    /// Bytes that came and were not read.
    pub input: u32,
    /// Bytes that were written and not sent.
    pub output: u32,
    /// Lines that are on.
    pub modem: ModemLines,
    /// What happened since the machine started, as far as it counts that.
    pub counts: LineCounts,
}

/// How often something happened on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineCounts {
    /// CTS changed.
    pub cts: u32,
    /// DSR changed.
    pub dsr: u32,
    /// DCD changed.
    pub dcd: u32,
    /// It rang.
    pub ring: u32,
    /// Characters without an end.
    pub framing: u32,
    /// Characters with a wrong parity bit.
    pub parity: u32,
    /// Characters that came before the one in front was taken.
    pub overrun: u32,
    /// Characters that found no room.
    pub queue_overrun: u32,
    /// Breaks.
    pub breaks: u32,
}
