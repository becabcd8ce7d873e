use crate::message::messages;

messages! {
    /// [MS-CIFS] 2.2.4.35.1 SMB_COM_IOCTL Request
    IoctlRequest {
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
