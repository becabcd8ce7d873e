use crate::message::messages;
use lanward_wire::{DecodeError, Reader};

messages! {
    /// [MS-CIFS] 2.2.4.35.1 SMB_COM_IOCTL Request
    IoctlRequest<'a> {
        /// FID
        fid: u16,
        /// What kind of device: 1 serial, 0x53 printer ...
        category: u16,
        /// What it is to do.
        function: u16,
        /// Bytes of all parameters.
        total_parameter_count: u16,
        /// Bytes of all data.
        total_data_count: u16,
        /// Most bytes of parameters in the answer.
        max_parameter_count: u16,
        /// Most bytes of data in the answer.
        max_data_count: u16,
        /// Milliseconds to wait.
        timeout: u32,
        /// Reserved
        reserved: u16,
        /// Bytes of parameters here.
        parameter_count: u16,
        /// Where they are, from the header.
        parameter_offset: u16,
        /// Bytes of data here.
        data_count: u16,
        /// Where it is, from the header.
        data_offset: u16,
        ;
        /// Both, padded.
        bytes: rest,
    }

    /// [MS-CIFS] 2.2.4.35.2 SMB_COM_IOCTL Response
    IoctlResponse<'a> {
        /// Bytes of all parameters.
        total_parameter_count: u16,
        /// Bytes of all data.
        total_data_count: u16,
        /// Bytes of parameters here.
        parameter_count: u16,
        /// Where they are, from the header.
        parameter_offset: u16,
        /// Where they belong.
        parameter_displacement: u16,
        /// Bytes of data here.
        data_count: u16,
        /// Where it is, from the header.
        data_offset: u16,
        /// Where it belongs.
        data_displacement: u16,
        ;
        /// Both, padded.
        bytes: rest,
    }
}

/// Bytes in front of those of a request, from the header on: one more than it takes to be even.
const BEFORE_REQUEST: u16 = 32 /* header */ + 1 /* WordCount */ + 28 /* Words */ + 2 /* ByteCount */;
/// The same of a response.
const BEFORE_RESPONSE: u16 = 32 /* header */ + 1 /* WordCount */ + 16 /* Words */ + 2 /* ByteCount */;

impl<'a> IoctlRequest<'a> {
    /// A request with these parameters and data; the counts of its fields are theirs. `bytes` is what they are written into.
    pub fn compose(self, parameters: &[u8], data: &[u8], bytes: &'a mut Vec<u8>) -> Self {
        let [parameter_offset, data_offset] = lay_out(BEFORE_REQUEST, parameters, data, bytes);
        let (parameter_count, data_count) = (short(parameters.len()), short(data.len()));
        Self {
            total_parameter_count: parameter_count,
            total_data_count: data_count,
            parameter_count,
            parameter_offset,
            data_count,
            data_offset,
            bytes,
            ..self
        }
    }

    /// The parameters. Where they are is not what the request says ("The server MUST ignore the value of this field"): behind one byte of padding,
    /// if there is any.
    #[must_use]
    pub fn parameters(&self) -> Option<&'a [u8]> {
        let wanted = usize::from(self.parameter_count);
        let padded = self.bytes.len() > wanted.saturating_add(self.data_count.into());
        self.bytes.get(usize::from(padded)..)?.get(..wanted)
    }

    /// The data: the last of the bytes.
    #[must_use]
    pub fn data(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.bytes.len().checked_sub(self.data_count.into())?..)
    }
}

impl<'a> IoctlResponse<'a> {
    /// A response of these parameters and data. `bytes` is what they are written into.
    pub fn compose(parameters: &[u8], data: &[u8], bytes: &'a mut Vec<u8>) -> Self {
        let [parameter_offset, data_offset] = lay_out(BEFORE_RESPONSE, parameters, data, bytes);
        let (parameter_count, data_count) = (short(parameters.len()), short(data.len()));
        Self {
            total_parameter_count: parameter_count,
            total_data_count: data_count,
            parameter_count,
            parameter_offset,
            data_count,
            data_offset,
            bytes,
            ..Self::default()
        }
    }
}

impl<'a> IoctlResponse<'a> {
    /// The parameters and the data, where the response says they are.
    ///
    /// # Errors
    /// They are not in it.
    pub fn parts(&self) -> Result<(&'a [u8], &'a [u8]), DecodeError> {
        let part = |offset: u16, count: u16| {
            if count == 0 {
                return Ok(&[][..]);
            }
            let at = offset.checked_sub(BEFORE_RESPONSE);
            let at = at.ok_or(DecodeError::invalid("ParameterOffset", "lies in front of the bytes"))?;
            Reader::new(self.bytes).slice_at(at.into(), count.into(), "Parameters")
        };
        Ok((part(self.parameter_offset, self.parameter_count)?, part(self.data_offset, self.data_count)?))
    }
}

/// Writes parameters and data behind so many bytes, each at an even place, and answers where.
fn lay_out(before: u16, parameters: &[u8], data: &[u8], bytes: &mut Vec<u8>) -> [u16; 2] {
    let mut place = |part: &[u8]| {
        if (usize::from(before).saturating_add(bytes.len())) % 2 != 0 {
            bytes.push(0);
        }
        let at = short(bytes.len()).saturating_add(before);
        bytes.extend_from_slice(part);
        at
    };
    [place(parameters), place(data)]
}

fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_data_are_found_whatever_the_offsets_say() {
        for (parameters, data) in [(&b""[..], &b"\x80\x25"[..]), (b"abc", b""), (b"abc", b"de"), (b"", b"")] {
            let mut bytes = Vec::new();
            let mut request =
                IoctlRequest { category: 1, ..Default::default() }.compose(parameters, data, &mut bytes);
            assert_eq!((request.data_offset % 2, request.parameter_offset), (0, 64));
            (request.parameter_offset, request.data_offset) = (0, 0);
            assert_eq!((request.parameters(), request.data()), (Some(parameters), Some(data)));
        }
    }

    #[test]
    fn bytes_without_padding_are_taken_too_and_missing_ones_are_missed() {
        let request =
            |bytes| IoctlRequest { parameter_count: 2, data_count: 1, bytes, ..IoctlRequest::default() };
        let parts = |bytes| (request(bytes).parameters(), request(bytes).data());
        assert_eq!(parts(b"abc"), (Some(&b"ab"[..]), Some(&b"c"[..])));
        assert_eq!(parts(b"\0abc"), (Some(&b"ab"[..]), Some(&b"c"[..])));
        assert_eq!(parts(b"\0ab\0c"), (Some(&b"ab"[..]), Some(&b"c"[..])));
        assert_eq!(request(b"a").parameters(), None);
        assert_eq!(request(b"").data(), None);
    }

    #[test]
    fn an_answer_says_where_its_parts_are() {
        let mut bytes = Vec::new();
        let response = IoctlResponse::compose(b"abc", b"de", &mut bytes);
        assert_eq!((response.parameter_offset, response.data_offset), (52, 56));
        assert_eq!((response.total_parameter_count, response.total_data_count), (3, 2));
        assert_eq!(response.bytes, b"\0abc\0de");
        assert_eq!(response.parts(), Ok((&b"abc"[..], &b"de"[..])));
        assert!(IoctlResponse { data_offset: 58, ..response }.parts().is_err());
    }
}
