use crate::{Body, Command, MessageWriter, Text};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer};

/// What the parameter and data block of one command hold.
pub trait Message<'a>: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// [`DecodeError`] names the field at which the bytes stop making sense.
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError>;

    /// Appends it as a body of `command`.
    fn encode(&self, command: Command, w: &mut MessageWriter<'_>);
}

/// A value among the words.
pub(crate) trait Word: Sized {
    fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError>;
    fn write(self, w: &mut Writer<'_>);
}

macro_rules! integer_words {
    ($($ty:ident)*) => {$(
        impl Word for $ty {
            fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
                r.$ty(field)
            }

            fn write(self, w: &mut Writer<'_>) {
                w.$ty(self);
            }
        }
    )*};
}

integer_words! { u8 u16 u32 u64 }

impl<const N: usize> Word for [u8; N] {
    fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        r.array(field)
    }

    fn write(self, w: &mut Writer<'_>) {
        w.bytes(&self);
    }
}

/// Says how flags and values are written among the words: as the integer they are.
macro_rules! wire_words {
    (flags: $($flags:ident)*; values: $($value:ident)*) => {
        $(impl $crate::message::Word for $flags {
            fn read(r: &mut lanward_wire::Reader<'_>, field: &'static str) -> Result<Self, lanward_wire::DecodeError> {
                $crate::message::Word::read(r, field).map(Self::from_bits_retain)
            }

            fn write(self, w: &mut lanward_wire::Writer<'_>) {
                $crate::message::Word::write(self.bits(), w);
            }
        })*
        $(impl $crate::message::Word for $value {
            fn read(r: &mut lanward_wire::Reader<'_>, field: &'static str) -> Result<Self, lanward_wire::DecodeError> {
                $crate::message::Word::read(r, field).map(Self)
            }

            fn write(self, w: &mut lanward_wire::Writer<'_>) {
                $crate::message::Word::write(self.0, w);
            }
        })*
    };
}

/// [MS-CIFS] 2.2.2.5 Data buffer format codes
pub(crate) mod format {
    pub(crate) const DATA: u8 = 0x01;
    pub(crate) const STRING: u8 = 0x04;
    pub(crate) const VARIABLE: u8 = 0x05;
}

fn expect_format(r: &mut Reader<'_>, format: u8, field: &'static str) -> Result<(), DecodeError> {
    if r.u8(field)? == format { Ok(()) } else { Err(DecodeError::invalid(field, "buffer format")) }
}

/// A string behind its format code. Redirectors leave the code out of a string that is empty.
pub(crate) fn read_string(
    r: &mut Reader<'_>,
    text: Text,
    field: &'static str,
) -> Result<NtString, DecodeError> {
    expect_format(r, format::STRING, field)?;
    text.read(r, field)
}

pub(crate) fn write_string(w: &mut Writer<'_>, text: Text, string: &NtString) {
    w.u8(format::STRING);
    text.write(string, w);
}

/// Counted bytes behind their format code.
pub(crate) fn read_buffer<'a>(
    r: &mut Reader<'a>,
    format: u8,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    expect_format(r, format, field)?;
    let length = r.u16(field)?;
    r.bytes(length.into(), field)
}

pub(crate) fn write_buffer(w: &mut Writer<'_>, format: u8, bytes: &[u8]) {
    let bytes = bytes.get(..usize::from(u16::MAX)).unwrap_or(bytes);
    w.u8(format);
    w.u16(crate::body::short(bytes.len()));
    w.bytes(bytes);
}

/// A message whose words are fixed and whose data block is a row of fields:
/// `path` (a string behind its format code), `string` (without it), `oem` (the same, never in Unicode), `data` and `variable` (counted
/// bytes behind their format code), `rest` (all bytes there are).
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident $(<$lt:lifetime>)? { $($fields:tt)* })*) => {
        $(messages! { @message [$($lt)?] $(#[$doc])* $name $($fields)* })*
    };

    (@message [] $(#[$doc:meta])* $name:ident
        $($(#[$wdoc:meta])* $word:ident: $wty:ty,)*
        $(; $($(#[$bdoc:meta])* $byte:ident: $kind:ident,)*)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name {
            $($(#[$wdoc])* pub $word: $wty,)*
            $($($(#[$bdoc])* pub $byte: messages!(@type $kind),)*)?
        }

        impl<'a> $crate::Message<'a> for $name {
            messages! { @body 'a [$($word)*] [$($($byte $kind)*)?] }
        }
    };
    (@message [$lt:lifetime] $(#[$doc:meta])* $name:ident
        $($(#[$wdoc:meta])* $word:ident: $wty:ty,)*
        $(; $($(#[$bdoc:meta])* $byte:ident: $kind:ident,)*)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name<$lt> {
            $($(#[$wdoc])* pub $word: $wty,)*
            $($($(#[$bdoc])* pub $byte: messages!(@type $kind $lt),)*)?
        }

        impl<$lt> $crate::Message<$lt> for $name<$lt> {
            messages! { @body $lt [$($word)*] [$($($byte $kind)*)?] }
        }
    };

    (@body $lt:lifetime [$($word:ident)*] [$($byte:ident $kind:ident)*]) => {
        fn decode(body: &mut $crate::Body<$lt>) -> Result<Self, lanward_wire::DecodeError> {
            let $crate::Body { words: _words, bytes: _bytes, text: _text, .. } = body;
            Ok(Self {
                $($word: $crate::message::Word::read(_words, stringify!($word))?,)*
                $($byte: messages!(@read $kind _bytes _text $byte),)*
            })
        }

        fn encode(&self, command: $crate::Command, w: &mut $crate::MessageWriter<'_>) {
            w.body(
                command,
                |_w| { $($crate::message::Word::write(self.$word, _w);)* },
                |_w, _text| { $(messages!(@write $kind _w _text self.$byte);)* },
            );
        }
    };

    (@type path $($lt:lifetime)?) => { lanward_nt::NtString };
    (@type string $($lt:lifetime)?) => { lanward_nt::NtString };
    (@type oem $($lt:lifetime)?) => { lanward_nt::NtString };
    (@type data $lt:lifetime) => { &$lt [u8] };
    (@type variable $lt:lifetime) => { &$lt [u8] };
    (@type rest $lt:lifetime) => { &$lt [u8] };

    (@read path $r:ident $text:ident $field:ident) => { $crate::message::read_string($r, *$text, stringify!($field))? };
    (@read string $r:ident $text:ident $field:ident) => { $text.read($r, stringify!($field))? };
    (@read oem $r:ident $text:ident $field:ident) => { $text.oem().read($r, stringify!($field))? };
    (@read data $r:ident $text:ident $field:ident) => {
        $crate::message::read_buffer($r, $crate::message::format::DATA, stringify!($field))?
    };
    (@read variable $r:ident $text:ident $field:ident) => {
        $crate::message::read_buffer($r, $crate::message::format::VARIABLE, stringify!($field))?
    };
    (@read rest $r:ident $text:ident $field:ident) => { $r.rest() };

    (@write path $w:ident $text:ident $value:expr) => { $crate::message::write_string($w, $text, &$value) };
    (@write string $w:ident $text:ident $value:expr) => { $text.write(&$value, $w) };
    (@write oem $w:ident $text:ident $value:expr) => { $text.oem().write(&$value, $w) };
    (@write data $w:ident $text:ident $value:expr) => {
        $crate::message::write_buffer($w, $crate::message::format::DATA, $value)
    };
    (@write variable $w:ident $text:ident $value:expr) => {
        $crate::message::write_buffer($w, $crate::message::format::VARIABLE, $value)
    };
    (@write rest $w:ident $text:ident $value:expr) => { $w.bytes($value) };
}

pub(crate) use {messages, wire_words};
