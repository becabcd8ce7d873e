use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_flags, wire_values};

wire_values! {
    /// [MS-CIFS] 2.2.2.1 SMB_COM command codes
    Command(u8) {
        /// SMB_COM_CREATE_DIRECTORY
        CREATE_DIRECTORY = 0x00;
        /// SMB_COM_DELETE_DIRECTORY
        DELETE_DIRECTORY = 0x01;
        /// SMB_COM_OPEN
        OPEN = 0x02;
        /// SMB_COM_CREATE
        CREATE = 0x03;
        /// SMB_COM_CLOSE
        CLOSE = 0x04;
        /// SMB_COM_FLUSH
        FLUSH = 0x05;
        /// SMB_COM_DELETE
        DELETE = 0x06;
        /// SMB_COM_RENAME
        RENAME = 0x07;
        /// SMB_COM_QUERY_INFORMATION
        QUERY_INFORMATION = 0x08;
        /// SMB_COM_SET_INFORMATION
        SET_INFORMATION = 0x09;
        /// SMB_COM_READ
        READ = 0x0a;
        /// SMB_COM_WRITE
        WRITE = 0x0b;
        /// SMB_COM_LOCK_BYTE_RANGE
        LOCK_BYTE_RANGE = 0x0c;
        /// SMB_COM_UNLOCK_BYTE_RANGE
        UNLOCK_BYTE_RANGE = 0x0d;
        /// SMB_COM_CREATE_TEMPORARY
        CREATE_TEMPORARY = 0x0e;
        /// SMB_COM_CREATE_NEW
        CREATE_NEW = 0x0f;
        /// SMB_COM_CHECK_DIRECTORY
        CHECK_DIRECTORY = 0x10;
        /// SMB_COM_PROCESS_EXIT
        PROCESS_EXIT = 0x11;
        /// SMB_COM_SEEK
        SEEK = 0x12;
        /// SMB_COM_LOCK_AND_READ
        LOCK_AND_READ = 0x13;
        /// SMB_COM_WRITE_AND_UNLOCK
        WRITE_AND_UNLOCK = 0x14;
        /// SMB_COM_READ_RAW
        READ_RAW = 0x1a;
        /// SMB_COM_READ_MPX
        READ_MPX = 0x1b;
        /// SMB_COM_READ_MPX_SECONDARY
        READ_MPX_SECONDARY = 0x1c;
        /// SMB_COM_WRITE_RAW
        WRITE_RAW = 0x1d;
        /// SMB_COM_WRITE_MPX
        WRITE_MPX = 0x1e;
        /// SMB_COM_WRITE_MPX_SECONDARY
        WRITE_MPX_SECONDARY = 0x1f;
        /// SMB_COM_WRITE_COMPLETE
        WRITE_COMPLETE = 0x20;
        /// SMB_COM_QUERY_SERVER
        QUERY_SERVER = 0x21;
        /// SMB_COM_SET_INFORMATION2
        SET_INFORMATION2 = 0x22;
        /// SMB_COM_QUERY_INFORMATION2
        QUERY_INFORMATION2 = 0x23;
        /// SMB_COM_LOCKING_ANDX
        LOCKING_ANDX = 0x24;
        /// SMB_COM_TRANSACTION
        TRANSACTION = 0x25;
        /// SMB_COM_TRANSACTION_SECONDARY
        TRANSACTION_SECONDARY = 0x26;
        /// SMB_COM_IOCTL
        IOCTL = 0x27;
        /// SMB_COM_IOCTL_SECONDARY
        IOCTL_SECONDARY = 0x28;
        /// SMB_COM_COPY
        COPY = 0x29;
        /// SMB_COM_MOVE
        MOVE = 0x2a;
        /// SMB_COM_ECHO
        ECHO = 0x2b;
        /// SMB_COM_WRITE_AND_CLOSE
        WRITE_AND_CLOSE = 0x2c;
        /// SMB_COM_OPEN_ANDX
        OPEN_ANDX = 0x2d;
        /// SMB_COM_READ_ANDX
        READ_ANDX = 0x2e;
        /// SMB_COM_WRITE_ANDX
        WRITE_ANDX = 0x2f;
        /// SMB_COM_NEW_FILE_SIZE
        NEW_FILE_SIZE = 0x30;
        /// SMB_COM_CLOSE_AND_TREE_DISC
        CLOSE_AND_TREE_DISC = 0x31;
        /// SMB_COM_TRANSACTION2
        TRANSACTION2 = 0x32;
        /// SMB_COM_TRANSACTION2_SECONDARY
        TRANSACTION2_SECONDARY = 0x33;
        /// SMB_COM_FIND_CLOSE2
        FIND_CLOSE2 = 0x34;
        /// SMB_COM_FIND_NOTIFY_CLOSE
        FIND_NOTIFY_CLOSE = 0x35;
        /// SMB_COM_TREE_CONNECT
        TREE_CONNECT = 0x70;
        /// SMB_COM_TREE_DISCONNECT
        TREE_DISCONNECT = 0x71;
        /// SMB_COM_NEGOTIATE
        NEGOTIATE = 0x72;
        /// SMB_COM_SESSION_SETUP_ANDX
        SESSION_SETUP_ANDX = 0x73;
        /// SMB_COM_LOGOFF_ANDX
        LOGOFF_ANDX = 0x74;
        /// SMB_COM_TREE_CONNECT_ANDX
        TREE_CONNECT_ANDX = 0x75;
        /// SMB_COM_SECURITY_PACKAGE_ANDX
        SECURITY_PACKAGE_ANDX = 0x7e;
        /// SMB_COM_QUERY_INFORMATION_DISK
        QUERY_INFORMATION_DISK = 0x80;
        /// SMB_COM_SEARCH
        SEARCH = 0x81;
        /// SMB_COM_FIND
        FIND = 0x82;
        /// SMB_COM_FIND_UNIQUE
        FIND_UNIQUE = 0x83;
        /// SMB_COM_FIND_CLOSE
        FIND_CLOSE = 0x84;
        /// SMB_COM_NT_TRANSACT
        NT_TRANSACT = 0xa0;
        /// SMB_COM_NT_TRANSACT_SECONDARY
        NT_TRANSACT_SECONDARY = 0xa1;
        /// SMB_COM_NT_CREATE_ANDX
        NT_CREATE_ANDX = 0xa2;
        /// SMB_COM_NT_CANCEL
        NT_CANCEL = 0xa4;
        /// SMB_COM_NT_RENAME
        NT_RENAME = 0xa5;
        /// SMB_COM_OPEN_PRINT_FILE
        OPEN_PRINT_FILE = 0xc0;
        /// SMB_COM_WRITE_PRINT_FILE
        WRITE_PRINT_FILE = 0xc1;
        /// SMB_COM_CLOSE_PRINT_FILE
        CLOSE_PRINT_FILE = 0xc2;
        /// SMB_COM_GET_PRINT_QUEUE
        GET_PRINT_QUEUE = 0xc3;
        /// SMB_COM_INVALID
        INVALID = 0xfe;
        /// SMB_COM_NO_ANDX_COMMAND
        NO_ANDX_COMMAND = 0xff;
    }
}

wire_flags! {
    /// The Flags of a header.
    Flags: u8 {
        /// SMB_FLAGS_LOCK_AND_READ_OK
        LOCK_AND_READ_OK = 0x01;
        /// SMB_FLAGS_BUF_AVAIL
        BUF_AVAIL = 0x02;
        /// SMB_FLAGS_CASE_INSENSITIVE
        CASE_INSENSITIVE = 0x08;
        /// SMB_FLAGS_CANONICALIZED_PATHS
        CANONICALIZED_PATHS = 0x10;
        /// SMB_FLAGS_OPLOCK
        OPLOCK = 0x20;
        /// SMB_FLAGS_OPBATCH
        OPBATCH = 0x40;
        /// SMB_FLAGS_REPLY
        REPLY = 0x80;
    }

    /// The Flags2 of a header, with what [MS-SMB] 2.2.3.1 added.
    Flags2: u16 {
        /// SMB_FLAGS2_LONG_NAMES
        LONG_NAMES = 0x0001;
        /// SMB_FLAGS2_EAS
        EAS = 0x0002;
        /// SMB_FLAGS2_SMB_SECURITY_SIGNATURE
        SECURITY_SIGNATURE = 0x0004;
        /// SMB_FLAGS2_COMPRESSED
        COMPRESSED = 0x0008;
        /// SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED
        SECURITY_SIGNATURE_REQUIRED = 0x0010;
        /// SMB_FLAGS2_IS_LONG_NAME
        IS_LONG_NAME = 0x0040;
        /// SMB_FLAGS2_REPARSE_PATH: names may be @GMT tokens
        REPARSE_PATH = 0x0400;
        /// SMB_FLAGS2_EXTENDED_SECURITY
        EXTENDED_SECURITY = 0x0800;
        /// SMB_FLAGS2_DFS
        DFS = 0x1000;
        /// SMB_FLAGS2_PAGING_IO
        PAGING_IO = 0x2000;
        /// SMB_FLAGS2_NT_STATUS
        NT_STATUS = 0x4000;
        /// SMB_FLAGS2_UNICODE
        UNICODE = 0x8000;
    }
}

/// [MS-CIFS] 2.2.3.1 The SMB header
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// What is asked for.
    pub command: Command,
    /// An NTSTATUS, or an error class and code ([`crate::DosError`]) where NT_STATUS is not set.
    pub status: u32,
    /// Flags.
    pub flags: Flags,
    /// Flags2.
    pub flags2: Flags2,
    /// PIDHigh and PIDLow.
    pub process_id: u32,
    /// SecurityFeatures: a signature, or nothing.
    pub security_features: [u8; 8],
    /// TID.
    pub tree_id: u16,
    /// UID.
    pub user_id: u16,
    /// MID.
    pub multiplex_id: u16,
}

impl Header {
    /// Bytes.
    pub const LEN: usize = 32;

    /// Where the signature is.
    pub const SIGNATURE: core::ops::Range<usize> = 14..22;

    const PROTOCOL: [u8; 4] = [0xff, b'S', b'M', b'B'];
}

impl Decode<'_> for Header {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.array::<4>("Protocol")? != Self::PROTOCOL {
            return Err(DecodeError::invalid("Protocol", "not SMB"));
        }
        let command = Command(r.u8("Command")?);
        let status = r.u32("Status")?;
        let flags = Flags::from_bits_retain(r.u8("Flags")?);
        let flags2 = Flags2::from_bits_retain(r.u16("Flags2")?);
        let high = r.u16("PIDHigh")?;
        let security_features = r.array("SecurityFeatures")?;
        r.skip(2, "Reserved")?;
        let tree_id = r.u16("TID")?;
        let low = r.u16("PIDLow")?;
        Ok(Self {
            command,
            status,
            flags,
            flags2,
            process_id: u32::from(high) << 16 | u32::from(low),
            security_features,
            tree_id,
            user_id: r.u16("UID")?,
            multiplex_id: r.u16("MID")?,
        })
    }
}

impl Encode for Header {
    fn encode(&self, w: &mut Writer<'_>) {
        let [low0, low1, high0, high1] = self.process_id.to_le_bytes();
        w.bytes(&Self::PROTOCOL);
        w.u8(self.command.0);
        w.u32(self.status);
        w.u8(self.flags.bits());
        w.u16(self.flags2.bits());
        w.bytes(&[high0, high1]);
        w.bytes(&self.security_features);
        w.u16(0);
        w.u16(self.tree_id);
        w.bytes(&[low0, low1]);
        w.u16(self.user_id);
        w.u16(self.multiplex_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_where_it_belongs() {
        let bytes = [
            0xff, b'S', b'M', b'B', 0xa2, 0x22, 0, 0, 0xc0, 0x98, 0x03, 0xc8, 0x34, 0x12, 1, 2, 3, 4, 5, 6,
            7, 8, 0, 0, 0x01, 0x08, 0x78, 0x56, 0x02, 0x10, 0x40, 0x00,
        ];
        let header = Header {
            command: Command::NT_CREATE_ANDX,
            status: 0xc000_0022,
            flags: Flags::REPLY | Flags::CANONICALIZED_PATHS | Flags::CASE_INSENSITIVE,
            flags2: Flags2::UNICODE
                | Flags2::NT_STATUS
                | Flags2::EXTENDED_SECURITY
                | Flags2::LONG_NAMES
                | Flags2::EAS,
            process_id: 0x1234_5678,
            security_features: [1, 2, 3, 4, 5, 6, 7, 8],
            tree_id: 0x0801,
            user_id: 0x1002,
            multiplex_id: 0x40,
        };
        assert_eq!(Header::decode(&mut Reader::new(&bytes)), Ok(header));
        assert_eq!(header.to_bytes(), bytes);
        assert!(Header::decode(&mut Reader::new(&[0xfe, b'S', b'M', b'B'])).is_err());
    }
}
