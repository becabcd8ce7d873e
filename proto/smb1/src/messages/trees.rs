use super::MaximalAccess;
use crate::message::{Word, messages};
use crate::{Body, Command, Message, MessageWriter};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Writer, wire_flags};

wire_flags! {
    /// The Flags of SMB_COM_TREE_CONNECT_ANDX.
    TreeConnectFlags: u16 {
        /// TREE_CONNECT_ANDX_DISCONNECT_TID
        DISCONNECT_TID = 0x0001;
        /// TREE_CONNECT_ANDX_EXTENDED_SIGNATURES ([MS-SMB] 2.2.4.7.1)
        EXTENDED_SIGNATURES = 0x0004;
        /// TREE_CONNECT_ANDX_EXTENDED_RESPONSE
        EXTENDED_RESPONSE = 0x0008;
    }

    /// The OptionalSupport of its answer.
    OptionalSupport: u16 {
        /// SMB_SUPPORT_SEARCH_BITS
        SEARCH_BITS = 0x0001;
        /// SMB_SHARE_IS_IN_DFS
        SHARE_IS_IN_DFS = 0x0002;
        /// SMB_UNIQUE_FILE_NAME
        UNIQUE_FILE_NAME = 0x0010;
        /// SMB_EXTENDED_SIGNATURES
        EXTENDED_SIGNATURES = 0x0020;
    }
}

messages! {
    /// [MS-CIFS] 2.2.4.50.1 SMB_COM_TREE_CONNECT Request
    TreeConnectRequest {
        ;
        /// `\\server\share`, or the share alone.
        path: path,
        /// The share's password.
        password: path,
        /// What it should be: `A:`, `LPT1:`, `COMM`, `IPC` or `?????`.
        service: path,
    }

    /// [MS-CIFS] 2.2.4.50.2 SMB_COM_TREE_CONNECT Response
    TreeConnectResponse {
        /// Longest message the server takes.
        max_buffer_size: u16,
        /// TID
        tid: u16,
    }
}

/// [MS-CIFS] 2.2.4.55.1 SMB_COM_TREE_CONNECT_ANDX Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeConnectAndxRequest<'a> {
    /// What is asked for besides.
    pub flags: TreeConnectFlags,
    /// The share's password, or a response to the challenge.
    pub password: &'a [u8],
    /// `\\server\share`
    pub path: NtString,
    /// What it should be: `A:`, `LPT1:`, `COMM`, `IPC` or `?????`.
    pub service: NtString,
}

/// [MS-CIFS] 2.2.4.55.2 SMB_COM_TREE_CONNECT_ANDX Response, with [MS-SMB] 2.2.4.7.2. Before LAN Manager 2.1 it had two words, without the first
/// field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeConnectAndxResponse {
    /// What the share has.
    pub optional_support: Option<OptionalSupport>,
    /// The most the user and a guest may do, where that was asked for.
    pub maximal_access: Option<MaximalAccess>,
    /// What it is: `A:`, `LPT1:`, `COMM` or `IPC`.
    pub service: NtString,
    /// What its files are on: `NTFS`, `FAT`.
    pub native_file_system: NtString,
}

impl<'a> Message<'a> for TreeConnectAndxRequest<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let flags = TreeConnectFlags::from_bits_retain(body.words.u16("Flags")?);
        let length = body.words.u16("PasswordLength")?;
        let (r, text) = (&mut body.bytes, body.text);
        Ok(Self {
            flags,
            password: r.bytes(length.into(), "Password")?,
            path: text.read(r, "Path")?,
            service: text.oem().read(r, "Service")?,
        })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let words = |w: &mut Writer<'_>| {
            w.u16(self.flags.bits());
            w.u16(crate::body::short(self.password.len()));
        };
        w.body(command, words, |w, text| {
            w.bytes(self.password);
            text.write(&self.path, w);
            text.oem().write(&self.service, w);
        });
    }
}

impl Message<'_> for TreeConnectAndxResponse {
    fn decode(body: &mut Body<'_>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let optional_support = if r.is_empty() { None } else { Some(r.u16("OptionalSupport")?) };
        let maximal_access = Word::read(r, "MaximalShareAccessRights")?;
        let (r, text) = (&mut body.bytes, body.text);
        Ok(Self {
            optional_support: optional_support.map(OptionalSupport::from_bits_retain),
            maximal_access,
            service: text.oem().read(r, "Service")?,
            native_file_system: text.read(r, "NativeFileSystem")?,
        })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let words = |w: &mut Writer<'_>| {
            let Some(optional_support) = self.optional_support else { return };
            w.u16(optional_support.bits());
            self.maximal_access.write(w);
        };
        w.body(command, words, |w, text| {
            text.oem().write(&self.service, w);
            text.write(&self.native_file_system, w);
        });
    }
}
