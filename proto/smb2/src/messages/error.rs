use crate::Utf16;
use crate::field::{counted16, counted32, index, long, short, structure_size};
use lanward_wire::wire_values;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_values! {
    /// The ErrorId of an error context.
    ErrorId(u32) {
        /// SMB2_ERROR_ID_DEFAULT
        DEFAULT = 0x0000_0000;
        /// SMB2_ERROR_ID_SHARE_REDIRECT
        SHARE_REDIRECT = 0x7264_5253;
    }
}

/// [MS-SMB2] 2.2.2 SMB2 ERROR Response. What `data` means follows from the header's status (2.2.2.2): a
/// [`SymbolicLinkError`] with STOPPED_ON_SYMLINK, a 32-bit length with BUFFER_TOO_SMALL, mostly nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorResponse<'a> {
    /// Other than 0 only in SMB 3.1.1: `data` is this many error contexts.
    pub context_count: u8,
    /// ErrorData
    pub data: &'a [u8],
}

impl<'a> ErrorResponse<'a> {
    /// The error contexts of SMB 3.1.1, each at a multiple of 8; nothing where there are none.
    pub fn contexts(&self) -> impl Iterator<Item = Result<ErrorContext<'a>, DecodeError>> + use<'a> {
        let mut r = Reader::new(self.data);
        let mut left = self.context_count;
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let context = ErrorContext::decode(&mut r).and_then(|c| align_unless_empty(&mut r).map(|()| c));
            if context.is_err() {
                left = 0;
            }
            Some(context)
        })
    }
}

fn align_unless_empty(r: &mut Reader<'_>) -> Result<(), DecodeError> {
    if r.is_empty() { Ok(()) } else { r.align(8, "Padding") }
}

impl<'a> Decode<'a> for ErrorResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 9)?;
        let context_count = r.u8("ErrorContextCount")?;
        r.skip(1, "Reserved")?;
        let len = r.u32("ByteCount")?;
        Ok(Self { context_count, data: r.bytes(index(len), "ErrorData")? })
    }
}

impl Encode for ErrorResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (data, len) = counted32(self.data);
        w.u16(9);
        w.u8(self.context_count);
        w.u8(0);
        w.u32(len);
        // Without data the server MUST supply one byte of it, which ByteCount does not count.
        crate::field::at_least_one_byte(w, data);
    }
}

/// [MS-SMB2] 2.2.2.1 SMB2 ERROR Context Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorContext<'a> {
    /// What the data is.
    pub error_id: ErrorId,
    /// Formatted as 2.2.2.2 says.
    pub data: &'a [u8],
}

impl<'a> Decode<'a> for ErrorContext<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let len = r.u32("ErrorDataLength")?;
        Ok(Self { error_id: ErrorId(r.u32("ErrorId")?), data: r.bytes(index(len), "ErrorContextData")? })
    }
}

impl Encode for ErrorContext<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (data, len) = counted32(self.data);
        w.u32(len);
        w.u32(self.error_id.0);
        w.bytes(data);
    }
}

/// SYMLINK_FLAG_RELATIVE: the substitute name is relative to the directory of the link
pub const SYMLINK_FLAG_RELATIVE: u32 = 1;

const SYMLINK_ERROR_TAG: u32 = 0x4c4d_5953;
const IO_REPARSE_TAG_SYMLINK: u32 = 0xa000_000c;

/// [MS-SMB2] 2.2.2.2.1 Symbolic Link Error Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SymbolicLinkError<'a> {
    /// Bytes at the end of the requested name that were not looked at.
    pub unparsed_path_length: u16,
    /// [`SYMLINK_FLAG_RELATIVE`] or 0 for an absolute target.
    pub flags: u32,
    /// The target.
    pub substitute_name: Utf16<'a>,
    /// The target as people read it.
    pub print_name: Utf16<'a>,
}

impl<'a> Decode<'a> for SymbolicLinkError<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let len = r.u32("SymLinkLength")?;
        let r = &mut Reader::new(r.bytes(index(len), "SymLinkLength")?);
        let tag = r.u32("SymLinkErrorTag")?;
        if tag != SYMLINK_ERROR_TAG {
            return Err(DecodeError::unexpected("SymLinkErrorTag", tag));
        }
        let tag = r.u32("ReparseTag")?;
        if tag != IO_REPARSE_TAG_SYMLINK {
            return Err(DecodeError::unexpected("ReparseTag", tag));
        }
        let _reparse_data_length = r.u16("ReparseDataLength")?;
        let unparsed_path_length = r.u16("UnparsedPathLength")?;
        let (substitute_at, substitute_len) =
            (r.u16("SubstituteNameOffset")?, r.u16("SubstituteNameLength")?);
        let (print_at, print_len) = (r.u16("PrintNameOffset")?, r.u16("PrintNameLength")?);
        let flags = r.u32("Flags")?;
        let path = Reader::new(r.rest());
        let name = |at: u16, len: u16, field| path.slice_at(at.into(), len.into(), field).map(Utf16);
        Ok(Self {
            unparsed_path_length,
            flags,
            substitute_name: name(substitute_at, substitute_len, "SubstituteName")?,
            print_name: name(print_at, print_len, "PrintName")?,
        })
    }
}

impl Encode for SymbolicLinkError<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (substitute, substitute_len) = counted16(self.substitute_name.0);
        let (print, print_len) = counted16(self.print_name.0);
        let path_len = substitute.len().saturating_add(print.len());
        w.u32(long(path_len.saturating_add(24)));
        w.u32(SYMLINK_ERROR_TAG);
        w.u32(IO_REPARSE_TAG_SYMLINK);
        w.u16(short(path_len.saturating_add(12)));
        w.u16(self.unparsed_path_length);
        w.u16(0);
        w.u16(substitute_len);
        w.u16(substitute_len);
        w.u16(print_len);
        w.u32(self.flags);
        w.bytes(substitute);
        w.bytes(print);
    }
}
