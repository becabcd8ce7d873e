use crate::{FileAttributes, FileTime, Guid};
use lanward_wire::{DecodeError, Reader, Writer};

/// A field of a fixed length.
pub(super) trait Field: Sized {
    const LENGTH: usize;
    fn take(r: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError>;
    fn put(&self, w: &mut Writer<'_>);
}

macro_rules! integer {
    ($($type:ident $length:literal;)*) => {$(
        impl Field for $type {
            const LENGTH: usize = $length;

            fn take(r: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
                r.$type(name)
            }

            fn put(&self, w: &mut Writer<'_>) {
                w.$type(*self);
            }
        }
    )*};
}

integer! { u8 1; u16 2; u32 4; u64 8; u128 16; }

impl Field for bool {
    const LENGTH: usize = 1;

    fn take(r: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        Ok(r.u8(name)? != 0)
    }

    fn put(&self, w: &mut Writer<'_>) {
        w.u8(u8::from(*self));
    }
}

impl Field for FileTime {
    const LENGTH: usize = 8;

    fn take(r: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        r.u64(name).map(Self)
    }

    fn put(&self, w: &mut Writer<'_>) {
        w.u64(self.0);
    }
}

impl Field for FileAttributes {
    const LENGTH: usize = 4;

    fn take(r: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        r.u32(name).map(Self::from_bits_retain)
    }

    fn put(&self, w: &mut Writer<'_>) {
        w.u32(self.bits());
    }
}

impl Field for Guid {
    const LENGTH: usize = 16;

    fn take(r: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        r.array(name).map(Self)
    }

    fn put(&self, w: &mut Writer<'_>) {
        w.bytes(&self.0);
    }
}

/// A structure of fixed fields, with bytes at its end that mean nothing.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* } padding $pad:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $name {
            /// Bytes it has on the wire.
            pub const LENGTH: usize = 0usize $(.saturating_add(<$type as Field>::LENGTH))* .saturating_add($pad);
        }

        impl lanward_wire::Decode<'_> for $name {
            fn decode(r: &mut lanward_wire::Reader<'_>) -> Result<Self, lanward_wire::DecodeError> {
                let record = Self { $($field: <$type as Field>::take(r, stringify!($field))?,)* };
                r.skip($pad, "Reserved")?;
                Ok(record)
            }
        }

        impl lanward_wire::Encode for $name {
            fn encode(&self, w: &mut lanward_wire::Writer<'_>) {
                $(Field::put(&self.$field, w);)*
                w.zeros($pad);
            }
        }
    };
}

pub(super) use record;
