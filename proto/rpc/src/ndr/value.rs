//! Values as NDR has them inside structures: a fixed part, and what its pointers point at, which comes when the outermost structure is over.
//!
//! A structure, a union or the arguments of an operation is a row of such values, and [`structure!`], [`union!`] and [`operation!`] read and write it
//! in one order that is said once.

use super::{Alignment, ContextHandle, NdrReader, NdrWriter, UnicodeStringHeader};
use lanward_nt::{Guid, NtStatus, NtString, Sid};
use lanward_wire::DecodeError;

/// A value that can be an argument, a member or an element.
pub trait Value: Sized {
    /// What the fixed part says of what comes later.
    type Head;
    /// Its alignment.
    const ALIGNMENT: Alignment;
    /// Fewest bytes of its fixed part.
    const LEAST: usize;

    /// Reads the fixed part.
    ///
    /// # Errors
    /// Not enough bytes; bytes that make no sense.
    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self::Head, DecodeError>;

    /// Reads what comes later.
    ///
    /// # Errors
    /// As [`Value::read_head`].
    fn read_body(head: Self::Head, r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError>;

    /// Writes the fixed part.
    fn write_head(&self, w: &mut NdrWriter<'_>);

    /// Writes what comes later.
    fn write_body(&self, w: &mut NdrWriter<'_>);

    /// Reads a value that is an argument of its own.
    ///
    /// # Errors
    /// As its parts.
    fn read(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let head = Self::read_head(r, field)?;
        Self::read_body(head, r, field)
    }

    /// Writes a value that is an argument of its own.
    fn write(&self, w: &mut NdrWriter<'_>) {
        self.write_head(w);
        self.write_body(w);
    }
}

/// A value without pointers.
macro_rules! plain {
    ($name:ty, $alignment:ident, $least:literal, $read:expr, $write:expr) => {
        impl Value for $name {
            type Head = Self;
            const ALIGNMENT: Alignment = Alignment::$alignment;
            const LEAST: usize = $least;

            fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError> {
                $read(r, field)
            }

            fn read_body(
                head: Self,
                _r: &mut NdrReader<'_>,
                _field: &'static str,
            ) -> Result<Self, DecodeError> {
                Ok(head)
            }

            fn write_head(&self, w: &mut NdrWriter<'_>) {
                $write(w, self)
            }

            fn write_body(&self, _w: &mut NdrWriter<'_>) {}
        }
    };
}

/// An enumeration: 16 bits, and 32 in NDR64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enumeration(pub u16);

/// A 64-bit time or span that is two 32-bit halves (OLD_LARGE_INTEGER).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Halves(pub u64);

plain!(u8, One, 1, |r: &mut NdrReader<'_>, f| r.u8(f), |w: &mut NdrWriter<'_>, v: &u8| w.u8(*v));
plain!(u16, Two, 2, |r: &mut NdrReader<'_>, f| r.u16(f), |w: &mut NdrWriter<'_>, v: &u16| w.u16(*v));
plain!(u32, Four, 4, |r: &mut NdrReader<'_>, f| r.u32(f), |w: &mut NdrWriter<'_>, v: &u32| w.u32(*v));
plain!(u64, Eight, 8, |r: &mut NdrReader<'_>, f| r.u64(f), |w: &mut NdrWriter<'_>, v: &u64| w.u64(*v));
plain!(
    Enumeration,
    Enum,
    2,
    |r: &mut NdrReader<'_>, f| r.enum16(f).map(Enumeration),
    |w: &mut NdrWriter<'_>, v: &Enumeration| w.enum16(v.0)
);
plain!(
    Halves,
    Four,
    8,
    |r: &mut NdrReader<'_>, f| r.u64_in_halves(f).map(Halves),
    |w: &mut NdrWriter<'_>, v: &Halves| w.u64_in_halves(v.0)
);
plain!(
    NtStatus,
    Four,
    4,
    |r: &mut NdrReader<'_>, f| r.u32(f).map(NtStatus),
    |w: &mut NdrWriter<'_>, v: &NtStatus| w.u32(v.0)
);
plain!(
    ContextHandle,
    Four,
    20,
    |r: &mut NdrReader<'_>, f| r.context_handle(f),
    |w: &mut NdrWriter<'_>, v: &ContextHandle| w.context_handle(v)
);
plain!(Guid, Four, 16, |r: &mut NdrReader<'_>, f| r.guid(f), |w: &mut NdrWriter<'_>, v: &Guid| w.guid(v));
// RPC_SID, a conformant structure: always an argument, or what a pointer points at.
plain!(Sid, Pointer, 12, |r: &mut NdrReader<'_>, f| r.sid(f), |w: &mut NdrWriter<'_>, v: &Sid| w.sid(v));

/// ULONG_PTR and its like: 32 bits, and 64 in NDR64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UlongPtr(pub u64);

plain!(
    UlongPtr,
    Pointer,
    4,
    |r: &mut NdrReader<'_>, f| r.u3264(f).map(UlongPtr),
    |w: &mut NdrWriter<'_>, v: &UlongPtr| w.u3264(v.0)
);

impl<const N: usize> Value for [u8; N] {
    type Head = Self;
    const ALIGNMENT: Alignment = Alignment::One;
    const LEAST: usize = N;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let bytes = r.bytes(N, field)?;
        bytes.try_into().map_err(|_| DecodeError::invalid(field, "array"))
    }

    fn read_body(head: Self, _r: &mut NdrReader<'_>, _field: &'static str) -> Result<Self, DecodeError> {
        Ok(head)
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        w.bytes(self);
    }

    fn write_body(&self, _w: &mut NdrWriter<'_>) {}
}

/// A unique pointer.
impl<T: Value> Value for Option<T> {
    type Head = bool;
    const ALIGNMENT: Alignment = Alignment::Pointer;
    const LEAST: usize = 4;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<bool, DecodeError> {
        r.pointer(field)
    }

    fn read_body(head: bool, r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        head.then(|| T::read(r, field)).transpose()
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        w.pointer(self.is_some());
    }

    fn write_body(&self, w: &mut NdrWriter<'_>) {
        if let Some(value) = self {
            value.write(w);
        }
    }
}

/// RPC_UNICODE_STRING ([MS-DTYP] 2.3.10); `None` has a null pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(pub Option<NtString>);

impl Text {
    /// The string; an empty one where there is none.
    #[must_use]
    pub fn string(&self) -> NtString {
        self.0.clone().unwrap_or_default()
    }
}

impl From<NtString> for Text {
    fn from(string: NtString) -> Self {
        Self(Some(string))
    }
}

impl From<&str> for Text {
    fn from(string: &str) -> Self {
        Self(Some(string.into()))
    }
}

impl Value for Text {
    type Head = UnicodeStringHeader;
    const ALIGNMENT: Alignment = Alignment::Pointer;
    const LEAST: usize = 8;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<UnicodeStringHeader, DecodeError> {
        r.unicode_string(field)
    }

    fn read_body(
        head: UnicodeStringHeader,
        r: &mut NdrReader<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        r.unicode_string_buffer(head, field).map(Self)
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        w.unicode_string(self.0.as_ref());
    }

    fn write_body(&self, w: &mut NdrWriter<'_>) {
        w.unicode_string_buffer(self.0.as_ref());
    }
}

/// A string that ends with a NUL, as an argument or behind a pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WideString(pub NtString);

plain!(
    WideString,
    Pointer,
    12,
    |r: &mut NdrReader<'_>, f| r.string(f).map(WideString),
    |w: &mut NdrWriter<'_>, v: &WideString| w.string(&v.0)
);

/// A string of 8-bit characters, as an argument or behind a pointer: its bytes, with the NUL they end with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NarrowString(pub Vec<u8>);

plain!(
    NarrowString,
    Pointer,
    12,
    |r: &mut NdrReader<'_>, f| r.varying_byte_array(f).map(|bytes| NarrowString(bytes.to_vec())),
    |w: &mut NdrWriter<'_>, v: &NarrowString| w.varying_byte_array(&v.0)
);

/// A conformant array, as an argument or behind a pointer; what is counted beside it is the structure's affair.
impl<T: Value> Value for Vec<T> {
    type Head = Vec<T::Head>;
    const ALIGNMENT: Alignment = Alignment::Pointer;
    const LEAST: usize = 4;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self::Head, DecodeError> {
        let count = r.count(T::LEAST, field)?;
        (0..count).map(|_| T::read_head(r, field)).collect()
    }

    fn read_body(head: Self::Head, r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        head.into_iter().map(|head| T::read_body(head, r, field)).collect()
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        w.count(self.len());
        self.iter().for_each(|value| value.write_head(w));
    }

    fn write_body(&self, w: &mut NdrWriter<'_>) {
        self.iter().for_each(|value| value.write_body(w));
    }
}

/// A conformant varying array. `ROOM` is how many elements its declaration has room for; 0 where that goes with the elements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Varying<T, const ROOM: usize = 0>(pub Vec<T>);

impl<T: Value, const ROOM: usize> Value for Varying<T, ROOM> {
    type Head = Vec<T::Head>;
    const ALIGNMENT: Alignment = Alignment::Pointer;
    const LEAST: usize = 12;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self::Head, DecodeError> {
        let (_, count) = r.conformant_varying(T::LEAST, field)?;
        (0..count).map(|_| T::read_head(r, field)).collect()
    }

    fn read_body(head: Self::Head, r: &mut NdrReader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        Vec::read_body(head, r, field).map(Self)
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        w.count(ROOM.max(self.0.len()));
        w.count(0);
        w.count(self.0.len());
        self.0.iter().for_each(|value| value.write_head(w));
    }

    fn write_body(&self, w: &mut NdrWriter<'_>) {
        self.0.iter().for_each(|value| value.write_body(w));
    }
}

/// A 32-bit count and a pointer to that many elements; a null pointer for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<T>(pub Vec<T>);

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Value> Value for Counted<T> {
    type Head = (u32, bool);
    const ALIGNMENT: Alignment = Alignment::Pointer;
    const LEAST: usize = 8;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<(u32, bool), DecodeError> {
        r.structure(Alignment::Pointer, field, |r| Ok((r.u32(field)?, r.pointer(field)?)))
    }

    fn read_body(
        (count, present): (u32, bool),
        r: &mut NdrReader<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let elements = if present { Vec::read(r, field)? } else { Vec::new() };
        // Whoever asks to be given elements counts none, or all there would be, and sends none.
        if present && u32::try_from(elements.len()) != Ok(count) {
            return Err(DecodeError::invalid(field, "array counts"));
        }
        Ok(Self(elements))
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        w.structure(Alignment::Pointer, |w| {
            w.u32(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
            w.pointer(!self.0.is_empty());
        });
    }

    fn write_body(&self, w: &mut NdrWriter<'_>) {
        if !self.0.is_empty() {
            self.0.write(w);
        }
    }
}

/// Characters of 8 or 16 bits with their length, size and a pointer: STRING ([MS-SAMR] 2.2.2.1), as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByteString(pub Vec<u8>);

impl Value for ByteString {
    type Head = (u16, u16, bool);
    const ALIGNMENT: Alignment = Alignment::Pointer;
    const LEAST: usize = 8;

    fn read_head(r: &mut NdrReader<'_>, field: &'static str) -> Result<Self::Head, DecodeError> {
        r.structure(Alignment::Pointer, field, |r| Ok((r.u16(field)?, r.u16(field)?, r.pointer(field)?)))
    }

    fn read_body(
        (length, _, present): Self::Head,
        r: &mut NdrReader<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let bytes = if present { r.varying_byte_array(field)? } else { &[] };
        if present && bytes.len() != usize::from(length) {
            return Err(DecodeError::invalid(field, "string counts"));
        }
        Ok(Self(bytes.to_vec()))
    }

    fn write_head(&self, w: &mut NdrWriter<'_>) {
        let length = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        w.structure(Alignment::Pointer, |w| {
            w.u16(length);
            w.u16(length);
            w.pointer(!self.0.is_empty());
        });
    }

    fn write_body(&self, w: &mut NdrWriter<'_>) {
        if !self.0.is_empty() {
            w.varying_byte_array(&self.0);
        }
    }
}

/// The larger of two alignments.
#[must_use]
pub(crate) const fn most_aligned(a: Alignment, b: Alignment) -> Alignment {
    if rank(a) >= rank(b) { a } else { b }
}

const fn rank(alignment: Alignment) -> u8 {
    match alignment {
        Alignment::One => 0,
        Alignment::Two => 1,
        Alignment::Enum => 2,
        Alignment::Four => 3,
        Alignment::Pointer => 4,
        Alignment::Eight => 5,
    }
}

/// A structure: its members in the order in which they are written.
macro_rules! structure {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[expect(missing_docs, reason = "the fields are the specification's members, by its names")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $(pub $field: $type,)+ }

        impl $crate::ndr::Value for $name {
            type Head = ($(<$type as $crate::ndr::Value>::Head,)+);
            const ALIGNMENT: $crate::Alignment = {
                let alignment = $crate::Alignment::One;
                $(let alignment =
                    $crate::ndr::most_aligned(alignment, <$type as $crate::ndr::Value>::ALIGNMENT);)+
                alignment
            };
            const LEAST: usize = 0_usize$(.saturating_add(<$type as $crate::ndr::Value>::LEAST))+;

            fn read_head(
                r: &mut $crate::NdrReader<'_>,
                field: &'static str,
            ) -> Result<Self::Head, lanward_wire::DecodeError> {
                r.structure(Self::ALIGNMENT, field, |r| {
                    Ok(($(<$type as $crate::ndr::Value>::read_head(r, stringify!($field))?,)+))
                })
            }

            fn read_body(
                head: Self::Head,
                r: &mut $crate::NdrReader<'_>,
                _field: &'static str,
            ) -> Result<Self, lanward_wire::DecodeError> {
                let ($($field,)+) = head;
                $(let $field =
                    <$type as $crate::ndr::Value>::read_body($field, r, stringify!($field))?;)+
                Ok(Self { $($field,)+ })
            }

            fn write_head(&self, w: &mut $crate::NdrWriter<'_>) {
                w.structure(Self::ALIGNMENT, |w| {
                    $($crate::ndr::Value::write_head(&self.$field, w);)+
                });
            }

            fn write_body(&self, w: &mut $crate::NdrWriter<'_>) {
                $($crate::ndr::Value::write_body(&self.$field, w);)+
            }
        }
    };
}

/// A union with an enumeration as its discriminant, or a 32-bit integer where `u32` says so; one that has no arm here is refused.
macro_rules! union {
    ($(#[$doc:meta])* $name:ident { $($level:literal => $arm:ident($type:ty),)+ }) => {
        $crate::ndr::union! {
            $(#[$doc])*
            $name: u16 union_switch_enum { $($level => $arm($type),)+ }
        }
    };
    ($(#[$doc:meta])* $name:ident: u32 { $($level:literal => $arm:ident($type:ty),)+ }) => {
        $crate::ndr::union! {
            $(#[$doc])*
            $name: u32 union_switch { $($level => $arm($type),)+ }
        }
    };
    ($(#[$doc:meta])* $name:ident: $switch:ident $switching:ident { $($level:literal => $arm:ident($type:ty),)+ }) => {
        $(#[$doc])*
        #[expect(missing_docs, reason = "the arms are the specification's, by its names")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name { $($arm(Box<$type>),)+ }

        impl $name {
            /// The discriminant.
            #[must_use]
            pub const fn level(&self) -> $switch {
                match self { $(Self::$arm(_) => $level,)+ }
            }

            const ARMS: $crate::Alignment = {
                let alignment = $crate::Alignment::Enum;
                $(let alignment =
                    $crate::ndr::most_aligned(alignment, <$type as $crate::ndr::Value>::ALIGNMENT);)+
                alignment
            };
        }

        const _: () = {
            pub enum Head { $($arm(Box<<$type as $crate::ndr::Value>::Head>),)+ }

            impl $crate::ndr::Value for $name {
                type Head = Head;
                const ALIGNMENT: $crate::Alignment = Self::ARMS;
                const LEAST: usize = 2;

                fn read_head(
                    r: &mut $crate::NdrReader<'_>,
                    field: &'static str,
                ) -> Result<Head, lanward_wire::DecodeError> {
                    match r.$switching(Self::ARMS, field)? {
                        $($level => {
                            let head = <$type as $crate::ndr::Value>::read_head(r, field)?;
                            Ok(Head::$arm(Box::new(head)))
                        })+
                        _ => Err(lanward_wire::DecodeError::invalid(field, "level")),
                    }
                }

                fn read_body(
                    head: Head,
                    r: &mut $crate::NdrReader<'_>,
                    field: &'static str,
                ) -> Result<Self, lanward_wire::DecodeError> {
                    match head {
                        $(Head::$arm(head) => {
                            let value = <$type as $crate::ndr::Value>::read_body(*head, r, field)?;
                            Ok(Self::$arm(Box::new(value)))
                        })+
                    }
                }

                fn write_head(&self, w: &mut $crate::NdrWriter<'_>) {
                    w.$switching(Self::ARMS, self.level());
                    match self { $(Self::$arm(value) => $crate::ndr::Value::write_head(&**value, w),)+ }
                }

                fn write_body(&self, w: &mut $crate::NdrWriter<'_>) {
                    match self { $(Self::$arm(value) => $crate::ndr::Value::write_body(&**value, w),)+ }
                }
            }
        };
    };
}

/// An operation: its number, what the client gives, and what the server returns before its status, which is an NTSTATUS, or a Win32 error
/// where `u32` says so.
macro_rules! operation {
    (
        $(#[$doc:meta])*
        $number:literal $request:ident { $($in:ident: $in_type:ty,)* }
        => $response:ident { $($out:ident: $out_type:ty,)* }
    ) => {
        $crate::ndr::operation! {
            $(#[$doc])*
            $number $request { $($in: $in_type,)* } => $response { $($out: $out_type,)* } lanward_nt::NtStatus
        }
    };
    (
        $(#[$doc:meta])*
        $number:literal $request:ident { $($in:ident: $in_type:ty,)* }
        => $response:ident { $($out:ident: $out_type:ty,)* } $status:ty
    ) => {
        $(#[$doc])*
        #[expect(missing_docs, reason = "the fields are the specification's arguments, by its names")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $request { $(pub $in: $in_type,)* }

        $(#[$doc])*
        #[expect(missing_docs, reason = "the fields are the specification's results, by its names")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $response { $(pub $out: $out_type,)* pub status: $status }

        impl $crate::ndr::Operation for $request {
            const NUMBER: u16 = $number;
            type Response = $response;

            fn decode(r: &mut $crate::NdrReader<'_>) -> Result<Self, lanward_wire::DecodeError> {
                $(let $in = <$in_type as $crate::ndr::Value>::read(r, stringify!($in))?;)*
                Ok(Self { $($in,)* })
            }

            fn encode(&self, w: &mut $crate::NdrWriter<'_>) {
                $($crate::ndr::Value::write(&self.$in, w);)*
            }
        }

        impl $crate::ndr::Results for $response {
            type Status = $status;

            fn refused(status: $status) -> Self {
                Self { $($out: Default::default(),)* status }
            }

            fn status(&self) -> $status {
                self.status
            }

            fn decode(r: &mut $crate::NdrReader<'_>) -> Result<Self, lanward_wire::DecodeError> {
                $(let $out = <$out_type as $crate::ndr::Value>::read(r, stringify!($out))?;)*
                Ok(Self { $($out,)* status: $crate::ndr::Value::read(r, "status")? })
            }

            fn encode(&self, w: &mut $crate::NdrWriter<'_>) {
                $($crate::ndr::Value::write(&self.$out, w);)*
                $crate::ndr::Value::write(&self.status, w);
            }
        }
    };
}

pub(crate) use {operation, structure, union};

/// The arguments of an operation.
pub trait Operation: Sized {
    /// Its number.
    const NUMBER: u16;
    /// What it returns.
    type Response: Results;

    /// # Errors
    /// The bytes are not this operation's arguments.
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError>;

    /// Appends the arguments.
    fn encode(&self, w: &mut NdrWriter<'_>);
}

/// The results of an operation.
pub trait Results: Sized {
    /// NTSTATUS, or a Win32 error.
    type Status;

    /// Nothing but a status.
    fn refused(status: Self::Status) -> Self;

    /// How it went.
    fn status(&self) -> Self::Status;

    /// # Errors
    /// The bytes are not this operation's results.
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError>;

    /// Appends the results.
    fn encode(&self, w: &mut NdrWriter<'_>);
}
