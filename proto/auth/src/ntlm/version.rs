use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-NLMP] 2.2.2.10 VERSION. For people who debug; nothing depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// ProductMajorVersion.
    pub major: u8,
    /// ProductMinorVersion.
    pub minor: u8,
    /// ProductBuild.
    pub build: u16,
    /// NTLMRevisionCurrent.
    pub revision: u8,
}

impl Version {
    /// Windows 10's numbers and NTLMSSP_REVISION_W2K3: what peers expect to see.
    pub const CURRENT: Self = Self { major: 10, minor: 0, build: 0, revision: 15 };
}

impl Decode<'_> for Version {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (major, minor, build) =
            (r.u8("ProductMajorVersion")?, r.u8("ProductMinorVersion")?, r.u16("ProductBuild")?);
        r.skip(3, "Reserved")?;
        Ok(Self { major, minor, build, revision: r.u8("NTLMRevisionCurrent")? })
    }
}

impl Encode for Version {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.major);
        w.u8(self.minor);
        w.u16(self.build);
        w.zeros(3);
        w.u8(self.revision);
    }
}

/// Writes the field: zeros when there is no version.
pub(super) fn encode_optional(version: Option<Version>, w: &mut Writer<'_>) {
    match version {
        Some(v) => v.encode(w),
        None => w.zeros(8),
    }
}
