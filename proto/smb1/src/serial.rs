//! What SMB_COM_IOCTL asks of a serial line, and in what packets ([MS-CIFS] 2.2.4.35 and its note: category SERIAL_DEVICE).

use lanward_wire::{DecodeError, Reader, Writer, wire_flags};

/// Category SERIAL_DEVICE
pub const SERIAL_DEVICE: u16 = 0x0001;
/// Category GENERAL_DEVICE
pub const GENERAL_DEVICE: u16 = 0x000b;

/// Functions of [`SERIAL_DEVICE`]: bit 5 says that something is asked for and not set.
pub mod function {
    /// SET_BAUD_RATE
    pub const SET_BAUD_RATE: u16 = 0x41;
    /// SET_LINE_CONTROL
    pub const SET_LINE_CONTROL: u16 = 0x42;
    /// Sets rates of more than 16 bits, in later systems.
    pub const SET_LONG_BAUD_RATE: u16 = 0x43;
    /// SET_TRANSMIT_TIMEOUT
    pub const SET_TRANSMIT_TIMEOUT: u16 = 0x44;
    /// SET_BREAK_OFF
    pub const SET_BREAK_OFF: u16 = 0x45;
    /// SET_MODEM_CONTROL
    pub const SET_MODEM_CONTROL: u16 = 0x46;
    /// STOP_TRANSMIT
    pub const STOP_TRANSMIT: u16 = 0x47;
    /// START_TRANSMIT
    pub const START_TRANSMIT: u16 = 0x48;
    /// SET_BREAK_ON
    pub const SET_BREAK_ON: u16 = 0x4b;
    /// SET_DCB_INFORMATION
    pub const SET_DCB_INFORMATION: u16 = 0x53;
    /// GET_BAUD_RATE
    pub const GET_BAUD_RATE: u16 = 0x61;
    /// GET_LINE_CONTROL
    pub const GET_LINE_CONTROL: u16 = 0x62;
    /// Asks for a rate of more than 16 bits, in later systems.
    pub const GET_LONG_BAUD_RATE: u16 = 0x63;
    /// GET_COMM_STATUS
    pub const GET_COMM_STATUS: u16 = 0x64;
    /// GET_LINE_STATUS
    pub const GET_LINE_STATUS: u16 = 0x65;
    /// GET_MODEM_OUTPUT
    pub const GET_MODEM_OUTPUT: u16 = 0x66;
    /// GET_MODEM_INPUT
    pub const GET_MODEM_INPUT: u16 = 0x67;
    /// GET_INQUEUE_COUNT
    pub const GET_INQUEUE_COUNT: u16 = 0x68;
    /// GET_OUTQUEUE_COUNT
    pub const GET_OUTQUEUE_COUNT: u16 = 0x69;
    /// GET_COMM_ERROR
    pub const GET_COMM_ERROR: u16 = 0x6d;
    /// GET_COMM_EVENT
    pub const GET_COMM_EVENT: u16 = 0x72;
    /// GET_DCB_INFORMATION
    pub const GET_DCB_INFORMATION: u16 = 0x73;
    /// Of [`super::GENERAL_DEVICE`]: forgets what came.
    pub const FLUSH_INPUT: u16 = 0x01;
    /// Of [`super::GENERAL_DEVICE`]: forgets what was not sent.
    pub const FLUSH_OUTPUT: u16 = 0x02;
}

wire_flags! {
    /// ControlHandShake of a [`DeviceControlBlock`].
    ControlHandShake: u8 {
        /// DTR is on.
        DTR_ENABLE = 0x01;
        /// Sending waits for CTS.
        CTS_OUTPUT = 0x08;
    }

    /// FlowReplace of a [`DeviceControlBlock`]. The two highest bits say what RTS is for.
    FlowReplace: u8 {
        /// Sending stops at an XOFF.
        AUTOMATIC_TRANSMIT = 0x01;
        /// An XOFF is sent where there is no room.
        AUTOMATIC_RECEIVE = 0x02;
        /// RTS is on.
        RTS_ENABLE = 0x40;
        /// RTS says that there is room.
        RTS_HANDSHAKE = 0x80;
    }

    /// Timeout of a [`DeviceControlBlock`]: what reads and writes wait for.
    TimeoutMode: u8 {
        /// Writes wait for as long as it takes.
        WRITE_INFINITE = 0x01;
        /// Reads wait for all that is asked for.
        READ_NORMAL = 0x02;
        /// Reads wait for the first byte. With [`TimeoutMode::READ_NORMAL`] they do not wait.
        READ_SOMETHING = 0x04;
    }

    /// What GET_COMM_ERROR tells.
    CommError: u16 {
        /// Bytes found no room.
        QUEUE_OVERRUN = 0x0001;
        /// A byte came before the one in front was taken.
        OVERRUN = 0x0002;
        /// A wrong parity bit
        PARITY = 0x0004;
        /// A character without an end
        FRAMING = 0x0008;
    }

    /// What GET_COMM_EVENT tells.
    CommEvent: u16 {
        /// There is something to be read.
        RECEIVED = 0x0001;
        /// All is sent.
        SENT = 0x0004;
        /// CTS changed.
        CTS = 0x0008;
        /// DSR changed.
        DSR = 0x0010;
        /// DCD changed.
        DCD = 0x0020;
        /// A break came.
        BREAK = 0x0040;
        /// An error of parity, framing or room
        ERROR = 0x0080;
        /// It rang.
        RING = 0x0100;
    }
}

/// The packet of GET_LINE_CONTROL and SET_LINE_CONTROL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineControl {
    /// 5 to 8
    pub data_bits: u8,
    /// 0 none, 1 odd, 2 even, 3 mark, 4 space
    pub parity: u8,
    /// 0 one, 1 one and a half, 2 two
    pub stop_bits: u8,
    /// A break is being sent. Whoever sets the others leaves it out.
    pub breaking: bool,
}

impl LineControl {
    /// From a packet.
    ///
    /// # Errors
    /// It is too short.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (data_bits, parity, stop_bits) = (r.u8("DataBits")?, r.u8("Parity")?, r.u8("StopBits")?);
        let breaking = !r.is_empty() && r.u8("TransBreak")? != 0;
        Ok(Self { data_bits, parity, stop_bits, breaking })
    }

    /// As a packet.
    pub fn encode(self, w: &mut Writer<'_>) {
        w.bytes(&[self.data_bits, self.parity, self.stop_bits, self.breaking.into()]);
    }
}

/// The packet of GET_DCB_INFORMATION and SET_DCB_INFORMATION.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceControlBlock {
    /// Hundredths of a second, less one
    pub write_timeout: u16,
    /// Hundredths of a second, less one
    pub read_timeout: u16,
    /// DTR, and what sending waits for
    pub control: ControlHandShake,
    /// XON and XOFF, and RTS
    pub flow: FlowReplace,
    /// What reads and writes wait for
    pub timeout: TimeoutMode,
    /// What stands for a byte with an error
    pub error_replacement: u8,
    /// What stands for a break
    pub break_replacement: u8,
    /// XonChar
    pub xon: u8,
    /// XoffChar
    pub xoff: u8,
}

impl DeviceControlBlock {
    /// From a packet.
    ///
    /// # Errors
    /// It is too short.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            write_timeout: r.u16("WriteTimeout")?,
            read_timeout: r.u16("ReadTimeout")?,
            control: ControlHandShake::from_bits_retain(r.u8("ControlHandShake")?),
            flow: FlowReplace::from_bits_retain(r.u8("FlowReplace")?),
            timeout: TimeoutMode::from_bits_retain(r.u8("Timeout")?),
            error_replacement: r.u8("ErrorReplacementChar")?,
            break_replacement: r.u8("BreakReplacementChar")?,
            xon: r.u8("XonChar")?,
            xoff: r.u8("XoffChar")?,
        })
    }

    /// As a packet.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.write_timeout);
        w.u16(self.read_timeout);
        w.bytes(&[self.control.bits(), self.flow.bits(), self.timeout.bits()]);
        w.bytes(&[self.error_replacement, self.break_replacement, self.xon, self.xoff]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_both_ways() {
        let bytes = [0x2b, 0x01, 0x63, 0x00, 0x09, 0x83, 0x04, 0x00, 0x00, 0x11, 0x13];
        let dcb = DeviceControlBlock {
            write_timeout: 299,
            read_timeout: 99,
            control: ControlHandShake::DTR_ENABLE | ControlHandShake::CTS_OUTPUT,
            flow: FlowReplace::AUTOMATIC_TRANSMIT
                | FlowReplace::AUTOMATIC_RECEIVE
                | FlowReplace::RTS_HANDSHAKE,
            timeout: TimeoutMode::READ_SOMETHING,
            xon: 0x11,
            xoff: 0x13,
            ..DeviceControlBlock::default()
        };
        assert_eq!(DeviceControlBlock::decode(&mut Reader::new(&bytes)), Ok(dcb));
        let mut encoded = Vec::new();
        dcb.encode(&mut Writer::new(&mut encoded));
        assert_eq!(encoded, bytes);
        assert!(DeviceControlBlock::decode(&mut Reader::new(&bytes[..10])).is_err());

        let line = LineControl { data_bits: 7, parity: 2, stop_bits: 0, breaking: false };
        assert_eq!(LineControl::decode(&mut Reader::new(&[7, 2, 0])), Ok(line));
        let mut encoded = Vec::new();
        line.encode(&mut Writer::new(&mut encoded));
        assert_eq!(encoded, [7, 2, 0, 0]);
        assert!(LineControl::decode(&mut Reader::new(&[7, 2])).is_err());
    }
}
