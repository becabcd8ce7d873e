/// A newtype over a wire integer whose well-known values have names. Every other value is kept as it is: what a
/// peer invents is a value, never a decode error.
#[macro_export]
macro_rules! wire_values {
    ($($(#[$doc:meta])* $name:ident($ty:ty) { $($(#[$vdoc:meta])* $value:ident = $number:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub $ty);

        impl $name {
            $($(#[$vdoc])* pub const $value: Self = Self($number);)*

            /// The name of a well-known value.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($value)),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($name), "({:#x})"), self.0),
                }
            }
        }
    )*};
}

/// A bit set that keeps unknown bits, as every flags field of the protocol must.
#[macro_export]
macro_rules! wire_flags {
    ($($(#[$($doc:tt)*])* $name:ident: $ty:ty { $($(#[$($fdoc:tt)*])* $flag:ident = $bits:literal;)* })*) => {
        $crate::bitflags::bitflags! {$(
            $(#[$($doc)*])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
            pub struct $name: $ty {
                $($(#[$($fdoc)*])* const $flag = $bits;)*
                const _ = !0;
            }
        )*}
    };
}
