use crate::{NdrReader, NdrWriter};
use bitflags::bitflags;
use lanward_nt::NtString;
use lanward_wire::DecodeError;

bitflags! {
    /// [MS-SRVS] 2.2.2.4 Share Types: a type in the low bits (0 a disk, 1 a print queue, 3 IPC), and what is special. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ShareType: u32 {
        /// STYPE_PRINTQ
        const PRINT_QUEUE = 1;
        /// STYPE_IPC
        const IPC = 3;
        /// STYPE_TEMPORARY
        const TEMPORARY = 0x4000_0000;
        /// STYPE_SPECIAL
        const SPECIAL = 0x8000_0000;
        const _ = !0;
    }

    /// Which members the SHARE_INFO structure of a level has.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ShareFields: u8 {
        /// The name: all levels but 1005.
        const NAME = 1;
        /// Type and remark.
        const TYPE = 2;
        /// Permissions, uses, path and password.
        const USE = 4;
        /// The name of the server: level 503.
        const SERVER = 8;
        /// A security descriptor.
        const SECURITY = 16;
        /// Flags.
        const FLAGS = 32;
    }
}

impl ShareFields {
    /// The members of a level's structure; `None` for a level that does not exist.
    #[must_use]
    pub const fn of_level(level: u32) -> Option<Self> {
        Some(match level {
            0 => Self::NAME,
            1 => Self::NAME.union(Self::TYPE),
            2 => Self::NAME.union(Self::TYPE).union(Self::USE),
            501 => Self::NAME.union(Self::TYPE).union(Self::FLAGS),
            502 => Self::NAME.union(Self::TYPE).union(Self::USE).union(Self::SECURITY),
            503 => Self::NAME.union(Self::TYPE).union(Self::USE).union(Self::SERVER).union(Self::SECURITY),
            1005 => Self::FLAGS,
            _ => return None,
        })
    }

    /// Bytes of the structure's fixed part.
    pub(crate) fn fixed_length(self) -> usize {
        let parts = [
            (Self::NAME, 4),
            (Self::TYPE, 8),
            (Self::USE, 20),
            (Self::SERVER, 4),
            (Self::SECURITY, 8),
            (Self::FLAGS, 4),
        ];
        parts.iter().filter(|(part, _)| self.contains(*part)).map(|(_, length)| length).sum()
    }
}

/// The SHARE_INFO structures ([MS-SRVS] 2.2.4.22 to 2.2.4.29) in one: what a level does not have is neither written nor read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareInfo {
    /// netname
    pub name: Option<NtString>,
    /// type
    pub share_type: ShareType,
    /// remark
    pub remark: Option<NtString>,
    /// permissions: unused
    pub permissions: u32,
    /// max_uses; all ones for no limit
    pub max_uses: u32,
    /// current_uses
    pub current_uses: u32,
    /// path on the server
    pub path: Option<NtString>,
    /// passwd
    pub password: Option<NtString>,
    /// servername; `*` for the default one
    pub server_name: Option<NtString>,
    /// A self-relative SECURITY_DESCRIPTOR
    pub security_descriptor: Option<Vec<u8>>,
    /// flags: caching and DFS ([MS-SRVS] 2.2.2.5)
    pub flags: u32,
}

/// Which referents follow a fixed part.
pub(crate) struct Pointers {
    name: bool,
    remark: bool,
    path: bool,
    password: bool,
    server_name: bool,
    security_descriptor: bool,
}

impl ShareInfo {
    pub(crate) fn encode_fixed(&self, fields: ShareFields, w: &mut NdrWriter<'_>) {
        if fields.contains(ShareFields::NAME) {
            w.pointer(self.name.is_some());
        }
        if fields.contains(ShareFields::TYPE) {
            w.u32(self.share_type.bits());
            w.pointer(self.remark.is_some());
        }
        if fields.contains(ShareFields::USE) {
            w.u32(self.permissions);
            w.u32(self.max_uses);
            w.u32(self.current_uses);
            w.pointer(self.path.is_some());
            w.pointer(self.password.is_some());
        }
        if fields.contains(ShareFields::SERVER) {
            w.pointer(self.server_name.is_some());
        }
        if fields.contains(ShareFields::SECURITY) {
            let length = self.security_descriptor.as_ref().map_or(0, Vec::len);
            w.u32(u32::try_from(length).unwrap_or(u32::MAX));
            w.pointer(self.security_descriptor.is_some());
        }
        if fields.contains(ShareFields::FLAGS) {
            w.u32(self.flags);
        }
    }

    pub(crate) fn encode_deferred(&self, fields: ShareFields, w: &mut NdrWriter<'_>) {
        let strings = [
            (ShareFields::NAME, &self.name),
            (ShareFields::TYPE, &self.remark),
            (ShareFields::USE, &self.path),
            (ShareFields::USE, &self.password),
            (ShareFields::SERVER, &self.server_name),
        ];
        for (field, string) in strings {
            if fields.contains(field) {
                w.deferred_string(string.as_ref());
            }
        }
        if let Some(descriptor) = &self.security_descriptor
            && fields.contains(ShareFields::SECURITY)
        {
            w.byte_array(descriptor);
        }
    }

    pub(crate) fn decode_fixed(
        fields: ShareFields,
        r: &mut NdrReader<'_>,
    ) -> Result<(Self, Pointers), DecodeError> {
        let mut info = Self::default();
        let [mut name, mut remark, mut path, mut password, mut server_name, mut security_descriptor] =
            [false; 6];
        if fields.contains(ShareFields::NAME) {
            name = r.pointer("netname")?;
        }
        if fields.contains(ShareFields::TYPE) {
            info.share_type = ShareType::from_bits_retain(r.u32("type")?);
            remark = r.pointer("remark")?;
        }
        if fields.contains(ShareFields::USE) {
            info.permissions = r.u32("permissions")?;
            info.max_uses = r.u32("max_uses")?;
            info.current_uses = r.u32("current_uses")?;
            path = r.pointer("path")?;
            password = r.pointer("passwd")?;
        }
        if fields.contains(ShareFields::SERVER) {
            server_name = r.pointer("servername")?;
        }
        if fields.contains(ShareFields::SECURITY) {
            r.u32("reserved")?;
            security_descriptor = r.pointer("security_descriptor")?;
        }
        if fields.contains(ShareFields::FLAGS) {
            info.flags = r.u32("flags")?;
        }
        Ok((info, Pointers { name, remark, path, password, server_name, security_descriptor }))
    }

    pub(crate) fn decode_deferred(
        &mut self,
        pointers: &Pointers,
        r: &mut NdrReader<'_>,
    ) -> Result<(), DecodeError> {
        self.name = pointers.name.then(|| r.string("netname")).transpose()?;
        self.remark = pointers.remark.then(|| r.string("remark")).transpose()?;
        self.path = pointers.path.then(|| r.string("path")).transpose()?;
        self.password = pointers.password.then(|| r.string("passwd")).transpose()?;
        self.server_name = pointers.server_name.then(|| r.string("servername")).transpose()?;
        if pointers.security_descriptor {
            self.security_descriptor = Some(r.byte_array("security_descriptor")?.to_vec());
        }
        Ok(())
    }
}
