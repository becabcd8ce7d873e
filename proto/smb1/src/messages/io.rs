use crate::UTime;
use crate::message::messages;

messages! {
    /// [MS-CIFS] 2.2.4.11.1 SMB_COM_READ Request, 2.2.4.20.1 SMB_COM_LOCK_AND_READ Request
    ReadRequest {
        /// FID
        fid: u16,
        /// Bytes.
        count: u16,
        /// From where.
        offset: u32,
        /// An estimate of what will be read after it.
        remaining: u16,
    }

    /// [MS-CIFS] 2.2.4.11.2 SMB_COM_READ Response, 2.2.4.20.2 SMB_COM_LOCK_AND_READ Response
    ReadResponse<'a> {
        /// Bytes that were read.
        count: u16,
        /// Reserved
        reserved: [u8; 8],
        ;
        /// They.
        data: data,
    }

    /// [MS-CIFS] 2.2.4.12.1 SMB_COM_WRITE Request, 2.2.4.21.1 SMB_COM_WRITE_AND_UNLOCK Request
    WriteRequest<'a> {
        /// FID
        fid: u16,
        /// Bytes. None ends the file at the offset.
        count: u16,
        /// To where.
        offset: u32,
        /// An estimate of what will be written after it.
        remaining: u16,
        ;
        /// They.
        data: data,
    }

    /// Bytes that were taken: [MS-CIFS] 2.2.4.12.2 SMB_COM_WRITE, 2.2.4.21.2 SMB_COM_WRITE_AND_UNLOCK, 2.2.4.40.2 SMB_COM_WRITE_AND_CLOSE and
    /// 2.2.4.28 SMB_COM_WRITE_COMPLETE Responses
    CountResponse {
        /// Bytes.
        count: u16,
    }

    /// [MS-CIFS] 2.2.4.13.1 SMB_COM_LOCK_BYTE_RANGE Request, 2.2.4.14.1 SMB_COM_UNLOCK_BYTE_RANGE Request
    LockByteRangeRequest {
        /// FID
        fid: u16,
        /// Bytes.
        count: u32,
        /// From where.
        offset: u32,
    }

    /// [MS-CIFS] 2.2.4.40.1 SMB_COM_WRITE_AND_CLOSE Request. A form of 12 words has reserved ones behind these.
    WriteAndCloseRequest<'a> {
        /// FID
        fid: u16,
        /// Bytes.
        count: u16,
        /// To where.
        offset: u32,
        /// When it was written last; 0 to leave that to the server.
        last_modified: UTime,
        ;
        /// A byte of padding, and they.
        data: rest,
    }

    /// [MS-CIFS] 2.2.4.23.1 SMB_COM_READ_MPX Request
    ReadMpxRequest {
        /// FID
        fid: u16,
        /// From where.
        offset: u32,
        /// Most bytes.
        max_count: u16,
        /// Least bytes.
        min_count: u16,
        /// Milliseconds to wait for them.
        timeout: u32,
        /// Reserved
        reserved: u16,
    }

    /// [MS-CIFS] 2.2.4.26.1 SMB_COM_WRITE_MPX Request
    WriteMpxRequest {
        /// FID
        fid: u16,
        /// Bytes in all.
        total_count: u16,
        /// Reserved
        reserved: u16,
        /// To where.
        offset: u32,
        /// Milliseconds to wait.
        timeout: u32,
        /// Bit 0: write through. Bit 7: connectionless.
        write_mode: u16,
        /// Which of the requests this is.
        request_mask: u32,
        /// Bytes here.
        data_length: u16,
        /// Where they are, from the header.
        data_offset: u16,
    }

    /// [MS-CIFS] 2.2.4.26.2 SMB_COM_WRITE_MPX Response
    WriteMpxResponse {
        /// All the requests that came.
        response_mask: u32,
    }

    /// [MS-CIFS] 2.2.4.39.1 SMB_COM_ECHO Request
    EchoRequest<'a> {
        /// Answers that are wanted.
        echo_count: u16,
        ;
        /// What comes back.
        data: rest,
    }

    /// [MS-CIFS] 2.2.4.39.2 SMB_COM_ECHO Response
    EchoResponse<'a> {
        /// Which answer it is, from 1 on.
        sequence_number: u16,
        ;
        /// What came.
        data: rest,
    }
}

impl<'a> WriteAndCloseRequest<'a> {
    /// The bytes to write, as many as there are of `count`.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        let data = self.data.get(1..).unwrap_or_default();
        data.get(..usize::from(self.count)).unwrap_or(data)
    }
}
