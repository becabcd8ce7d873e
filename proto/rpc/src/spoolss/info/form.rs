use super::{Block, Info};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-RPRN] 2.2.2.5 _FORM_INFO. Lengths are thousandths of millimetres.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormInfo {
    /// Flags: FORM_USER, FORM_BUILTIN or FORM_PRINTER
    pub flags: u32,
    /// Name
    pub name: Option<NtString>,
    /// Size.cx
    pub width: u32,
    /// Size.cy
    pub height: u32,
    /// ImageableArea: left, top, right, bottom.
    pub imageable_area: [u32; 4],
    /// Keyword
    pub keyword: Option<Vec<u8>>,
    /// StringType: STRING_NONE, STRING_MUIDLL or STRING_LANGPAIR
    pub string_type: u32,
    /// MuiDll
    pub library: Option<NtString>,
    /// dwResourceId
    pub resource: u32,
    /// DisplayName
    pub display_name: Option<NtString>,
    /// wLangID
    pub language: u16,
}

impl FormInfo {
    /// FORM_USER
    pub const USER: u32 = 0;
    /// FORM_BUILTIN
    pub const BUILTIN: u32 = 1;
    /// STRING_NONE
    pub const STRING_NONE: u32 = 1;
}

impl Info for FormInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 1 | 2)
    }

    fn members(&mut self, level: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        m.u32("Flags", &mut self.flags)?;
        m.string("NameOffset", &mut self.name)?;
        m.u32("Size.cx", &mut self.width)?;
        m.u32("Size.cy", &mut self.height)?;
        self.imageable_area.iter_mut().try_for_each(|edge| m.u32("ImageableArea", edge))?;
        if level == 1 {
            return Ok(());
        }
        m.narrow("KeywordOffset", &mut self.keyword)?;
        m.u32("StringType", &mut self.string_type)?;
        m.string("MuiDllOffset", &mut self.library)?;
        m.u32("dwResourceId", &mut self.resource)?;
        m.string("DisplayNameOffset", &mut self.display_name)?;
        m.u16("wLangID", &mut self.language)?;
        m.u16("unused", &mut 0)
    }
}
