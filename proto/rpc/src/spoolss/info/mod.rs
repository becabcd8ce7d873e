//! INFO structures as they lie in a client's buffer ([MS-RPRN] 2.2.2): fixed portions from its front, and what their offsets lead to from its end.

mod fill;
mod form;
mod job;
mod name;
mod printer;
mod read;
mod values;

pub use fill::Packed;
pub use form::FormInfo;
pub use job::JobInfo;
pub use name::{MonitorInfo, NameInfo, PortInfo};
pub use printer::{PrinterInfo, Stress};
pub use read::unpack;
pub use values::EnumValue;

use super::{Devmode, SystemTime};
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_wire::DecodeError;

/// What the structures of all levels of one thing have, in one type. What a level does not have is neither written nor read.
pub trait Info: Default {
    /// Whether there is a structure of this level.
    fn has_level(level: u32) -> bool;

    /// Visits the members of a level's structure in their order.
    ///
    /// # Errors
    /// The bytes are not of this layout.
    fn members(&mut self, level: u32, m: &mut impl Block) -> Result<(), DecodeError>;
}

/// A fixed portion that is written or read. What has an offset is `None` where that is 0.
pub trait Block {
    /// A 16-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    fn u16(&mut self, field: &'static str, v: &mut u16) -> Result<(), DecodeError>;

    /// A 32-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    fn u32(&mut self, field: &'static str, v: &mut u32) -> Result<(), DecodeError>;

    /// The offset of a string.
    ///
    /// # Errors
    /// Nothing is there, or no string.
    fn string(&mut self, field: &'static str, v: &mut Option<NtString>) -> Result<(), DecodeError>;

    /// The offset of a string of 8-bit characters, which are kept without the NUL behind them.
    ///
    /// # Errors
    /// Nothing is there, or no string.
    fn narrow(&mut self, field: &'static str, v: &mut Option<Vec<u8>>) -> Result<(), DecodeError>;

    /// The offset of a DEVMODE.
    ///
    /// # Errors
    /// Nothing is there, or no DEVMODE.
    fn devmode(&mut self, field: &'static str, v: &mut Option<Devmode>) -> Result<(), DecodeError>;

    /// The offset of a security descriptor.
    ///
    /// # Errors
    /// Nothing is there, or no descriptor.
    fn descriptor(
        &mut self,
        field: &'static str,
        v: &mut Option<SecurityDescriptor>,
    ) -> Result<(), DecodeError>;

    /// The offset of bytes, and then how many there are.
    ///
    /// # Errors
    /// They are not there.
    fn counted(&mut self, field: &'static str, v: &mut Vec<u8>) -> Result<(), DecodeError>;

    /// The eight parts of a time.
    ///
    /// # Errors
    /// Not enough bytes.
    fn time(&mut self, v: &mut SystemTime) -> Result<(), DecodeError> {
        self.u16("wYear", &mut v.year)?;
        self.u16("wMonth", &mut v.month)?;
        self.u16("wDayOfWeek", &mut v.day_of_week)?;
        self.u16("wDay", &mut v.day)?;
        self.u16("wHour", &mut v.hour)?;
        self.u16("wMinute", &mut v.minute)?;
        self.u16("wSecond", &mut v.second)?;
        self.u16("wMilliseconds", &mut v.milliseconds)
    }
}
