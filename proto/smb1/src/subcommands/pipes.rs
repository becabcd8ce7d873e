use super::parameters::parameters;
use crate::PipeStatus;

parameters! {
    /// The setup of every subcommand on a pipe but TRANS_WAIT_NMPIPE and TRANS_CALL_NMPIPE ([MS-CIFS] 2.2.5): the code, and
    PipeSetup {
        /// the pipe's FID.
        fid: u16,
    }

    /// [MS-CIFS] 2.2.5.1.1 TRANS_SET_NMPIPE_STATE Request, 2.2.5.3.2 TRANS_QUERY_NMPIPE_STATE Response
    PipeState {
        /// How it is read and whether that waits.
        state: PipeStatus,
    }

    /// [MS-CIFS] 2.2.5.4.1 TRANS_QUERY_NMPIPE_INFO Request
    PipeInfoRequest {
        /// 1: the only one there is.
        level: u16,
    }

    /// [MS-CIFS] 2.2.5.4.2 TRANS_QUERY_NMPIPE_INFO Response
    PipeInfo {
        /// Bytes of the buffer of what goes out.
        output_buffer_size: u16,
        /// Bytes of the buffer of what comes in.
        input_buffer_size: u16,
        /// Most instances; 255 for any number.
        maximum_instances: u8,
        /// Instances there are.
        current_instances: u8,
        /// Bytes of the name, with its terminator.
        pipe_name_length: u8,
        /// The name.
        pipe_name: string,
    }

    /// [MS-CIFS] 2.2.5.5.2 TRANS_PEEK_NMPIPE Response. Its data is what can be read.
    PipePeek {
        /// Bytes that can be read.
        read_data_available: u16,
        /// Bytes left of the message.
        message_bytes_length: u16,
        /// 1 disconnected, 2 listening, 3 connected, 4 closing.
        named_pipe_state: u16,
    }

    /// Bytes that were taken: [MS-CIFS] 2.2.5.7.2 TRANS_RAW_WRITE_NMPIPE and 2.2.5.9.2 TRANS_WRITE_NMPIPE Responses
    BytesWritten {
        /// Bytes.
        bytes_written: u16,
    }
}
