use crate::Text;
use lanward_wire::{DecodeError, Reader, Writer};

/// The parameters of a subcommand: what stands in the parameter bytes of a transaction, or in its data.
pub trait Parameters<'a>: Sized {
    /// Reads them.
    ///
    /// # Errors
    /// [`DecodeError`] names the field at which the bytes stop making sense.
    fn decode(bytes: &'a [u8], text: Text) -> Result<Self, DecodeError>;

    /// Appends them.
    fn encode(&self, w: &mut Writer<'_>, text: Text);
}

/// Parameters in a row: integers and flags by their type, `string` (up to its terminator) and `rest` (all bytes there are).
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident $(<$lt:lifetime>)? { $($fields:tt)* })*) => {
        $(parameters! { @type [$($lt)?] $(#[$doc])* $name $($fields)* })*
    };

    (@type [] $(#[$doc:meta])* $name:ident $($(#[$fdoc:meta])* $field:ident: $kind:ident,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: parameters!(@is $kind),)*
        }

        impl<'a> $crate::subcommands::Parameters<'a> for $name {
            parameters! { @body 'a $($field $kind)* }
        }
    };
    (@type [$lt:lifetime] $(#[$doc:meta])* $name:ident $($(#[$fdoc:meta])* $field:ident: $kind:ident,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name<$lt> {
            $($(#[$fdoc])* pub $field: parameters!(@is $kind $lt),)*
        }

        impl<$lt> $crate::subcommands::Parameters<$lt> for $name<$lt> {
            parameters! { @body $lt $($field $kind)* }
        }
    };

    (@body $lt:lifetime $($field:ident $kind:ident)*) => {
        fn decode(bytes: &$lt [u8], _text: $crate::Text) -> Result<Self, lanward_wire::DecodeError> {
            let mut _r = lanward_wire::Reader::new(bytes);
            Ok(Self { $($field: parameters!(@read $kind _r _text $field),)* })
        }

        fn encode(&self, _w: &mut lanward_wire::Writer<'_>, _text: $crate::Text) {
            $(parameters!(@write $kind _w _text self.$field);)*
        }
    };

    (@is string $($lt:lifetime)?) => { lanward_nt::NtString };
    (@is rest $lt:lifetime) => { &$lt [u8] };
    (@is $ty:ident $($lt:lifetime)?) => { $ty };

    (@read string $r:ident $text:ident $field:ident) => { $text.read(&mut $r, stringify!($field))? };
    (@read rest $r:ident $text:ident $field:ident) => { $r.rest() };
    (@read $ty:ident $r:ident $text:ident $field:ident) => { $crate::message::Word::read(&mut $r, stringify!($field))? };

    (@write string $w:ident $text:ident $value:expr) => { $text.write(&$value, $w) };
    (@write rest $w:ident $text:ident $value:expr) => { $w.bytes($value) };
    (@write $ty:ident $w:ident $text:ident $value:expr) => { $crate::message::Word::write($value, $w) };
}

pub(crate) use parameters;

/// Reads a counted list of whole values until the bytes end.
pub(crate) fn list<T>(
    bytes: &[u8],
    read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let (mut r, mut items) = (Reader::new(bytes), Vec::new());
    while !r.is_empty() {
        items.push(read(&mut r)?);
    }
    Ok(items)
}
