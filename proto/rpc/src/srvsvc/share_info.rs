use crate::information::{Entry, Members};
use crate::ndr::Ndr;
use bitflags::bitflags;
use lanward_nt::NtString;
use lanward_wire::DecodeError;

bitflags! {
    /// [MS-SRVS] 2.2.2.4 Share Types: a type in the low bits (0 a disk, 1 a print queue, 2 a device, 3 IPC), and what is special. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ShareType: u32 {
        /// STYPE_PRINTQ
        const PRINT_QUEUE = 1;
        /// STYPE_DEVICE
        const DEVICE = 2;
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
        /// The name.
        const NAME = 1;
        /// The type.
        const TYPE = 2;
        /// The remark.
        const REMARK = 4;
        /// How many it takes at once.
        const MAX_USES = 8;
        /// Permissions, current uses, path and password.
        const USE = 16;
        /// The name of the server: level 503.
        const SERVER = 32;
        /// A security descriptor.
        const SECURITY = 64;
        /// Flags.
        const FLAGS = 128;
    }
}

impl ShareFields {
    /// The members of a level's structure; `None` for a level that does not exist.
    #[must_use]
    pub const fn of_level(level: u32) -> Option<Self> {
        let named = Self::NAME.union(Self::TYPE).union(Self::REMARK);
        let used = named.union(Self::MAX_USES).union(Self::USE);
        Some(match level {
            0 => Self::NAME,
            1 => named,
            2 => used,
            501 => named.union(Self::FLAGS),
            502 => used.union(Self::SECURITY),
            503 => used.union(Self::SERVER).union(Self::SECURITY),
            1004 => Self::REMARK,
            1005 => Self::FLAGS,
            1006 => Self::MAX_USES,
            1501 => Self::SECURITY,
            _ => return None,
        })
    }
}

/// The SHARE_INFO structures ([MS-SRVS] 2.2.4.22 to 2.2.4.31) in one.
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
    /// flags: caching, DFS and more ([MS-SRVS] 2.2.4.29)
    pub flags: u32,
}

impl Entry for ShareInfo {
    fn has_level(level: u32) -> bool {
        ShareFields::of_level(level).is_some()
    }

    fn is_enumerable(level: u32) -> bool {
        ShareFields::of_level(level).is_some_and(|fields| fields.contains(ShareFields::NAME))
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        let fields = ShareFields::of_level(level).unwrap_or(ShareFields::empty());
        if fields.contains(ShareFields::NAME) {
            m.string("netname", &mut self.name)?;
        }
        if fields.contains(ShareFields::TYPE) {
            let mut bits = self.share_type.bits();
            m.u32("type", &mut bits)?;
            self.share_type = ShareType::from_bits_retain(bits);
        }
        if fields.contains(ShareFields::REMARK) {
            m.string("remark", &mut self.remark)?;
        }
        if fields.contains(ShareFields::USE) {
            m.u32("permissions", &mut self.permissions)?;
        }
        if fields.contains(ShareFields::MAX_USES) {
            m.u32("max_uses", &mut self.max_uses)?;
        }
        if fields.contains(ShareFields::USE) {
            m.u32("current_uses", &mut self.current_uses)?;
            m.string("path", &mut self.path)?;
            m.string("passwd", &mut self.password)?;
        }
        if fields.contains(ShareFields::SERVER) {
            m.string("servername", &mut self.server_name)?;
        }
        if fields.contains(ShareFields::SECURITY) {
            m.counted_byte_array("security_descriptor", &mut self.security_descriptor)?;
        }
        if fields.contains(ShareFields::FLAGS) {
            m.u32("flags", &mut self.flags)?;
        }
        Ok(())
    }
}
