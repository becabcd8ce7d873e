use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer};

/// [MS-RPRN] 2.2.2.1 _DEVMODE: how a printer is to print. What its sender cut off is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devmode {
    /// dmDeviceName: at most 31 characters.
    pub device_name: NtString,
    /// dmSpecVersion
    pub spec_version: u16,
    /// dmDriverVersion
    pub driver_version: u16,
    /// dmFields: DM_*
    pub fields: u32,
    /// dmOrientation to dmCollate, in their order: [`Devmode::ORIENTATION`] and so on.
    pub settings: [u16; 13],
    /// dmFormName: at most 31 characters.
    pub form_name: NtString,
    /// dmNup
    pub pages_up: u32,
    /// dmICMMethod, dmICMIntent, dmMediaType and dmDitherType
    pub device: [u32; 4],
    /// dmDriverExtraData
    pub driver_extra: Vec<u8>,
}

impl Default for Devmode {
    fn default() -> Self {
        Self {
            device_name: NtString::default(),
            spec_version: 0x0401,
            driver_version: 0,
            fields: 0,
            settings: [0; 13],
            form_name: NtString::default(),
            pages_up: 0,
            device: [0; 4],
            driver_extra: Vec::new(),
        }
    }
}

/// Characters of a name, with the NUL behind it.
const NAME: usize = 32;

/// Bytes from dmDeviceName to dmFields, which nobody may cut off.
const LEAST: usize = 76;

impl Devmode {
    /// Bytes of all public members.
    pub const LENGTH: usize = 220;

    /// Where in the settings dmOrientation is.
    pub const ORIENTATION: usize = 0;
    /// dmPaperSize
    pub const PAPER_SIZE: usize = 1;
    /// dmScale
    pub const SCALE: usize = 4;
    /// dmCopies
    pub const COPIES: usize = 5;
    /// dmDefaultSource
    pub const DEFAULT_SOURCE: usize = 6;
    /// dmPrintQuality
    pub const PRINT_QUALITY: usize = 7;
    /// dmColor
    pub const COLOR: usize = 8;
    /// dmDuplex
    pub const DUPLEX: usize = 9;
    /// dmTTOption
    pub const TT_OPTION: usize = 11;

    /// # Errors
    /// Fewer bytes than it says it has; fewer than it must have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut head = Reader::new(bytes);
        head.skip(NAME.saturating_mul(2), "dmDeviceName")?;
        head.skip(4, "dmSpecVersion")?;
        let (size, extra) = (usize::from(head.u16("dmSize")?), usize::from(head.u16("dmDriverExtra")?));
        if size < LEAST || size % 4 != 0 {
            return Err(DecodeError::invalid("dmSize", "not the size of a DEVMODE"));
        }
        let mut whole = Reader::new(bytes);
        let public = whole.bytes(size, "dmSize")?;
        let driver_extra = whole.bytes(extra, "dmDriverExtra")?.to_vec();
        let mut members = [0; Self::LENGTH];
        members.iter_mut().zip(public).for_each(|(member, byte)| *member = *byte);
        Self::public(&members, driver_extra)
    }

    fn public(members: &[u8], driver_extra: Vec<u8>) -> Result<Self, DecodeError> {
        let mut r = Reader::new(members);
        let device_name = name(&mut r, "dmDeviceName")?;
        let (spec_version, driver_version) = (r.u16("dmSpecVersion")?, r.u16("dmDriverVersion")?);
        r.skip(4, "dmSize")?;
        let fields = r.u32("dmFields")?;
        let mut settings = [0; 13];
        for setting in &mut settings {
            *setting = r.u16("dmOrientation")?;
        }
        let form_name = name(&mut r, "dmFormName")?;
        r.skip(2 + 3 * 4, "reserved0")?;
        let pages_up = r.u32("dmNup")?;
        r.skip(4, "reserved4")?;
        let mut device = [0; 4];
        for setting in &mut device {
            *setting = r.u32("dmICMMethod")?;
        }
        Ok(Self {
            device_name,
            spec_version,
            driver_version,
            fields,
            settings,
            form_name,
            pages_up,
            device,
            driver_extra,
        })
    }

    /// With all public members. What of names and driver data is too long is cut off.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let extra = self.driver_extra.get(..usize::from(u16::MAX)).unwrap_or(&self.driver_extra);
        let mut w = Writer::new(&mut bytes);
        put_name(&mut w, &self.device_name);
        w.u16(self.spec_version);
        w.u16(self.driver_version);
        w.u16(u16::try_from(Self::LENGTH).unwrap_or(0));
        w.u16(u16::try_from(extra.len()).unwrap_or(0));
        w.u32(self.fields);
        self.settings.iter().for_each(|setting| w.u16(*setting));
        put_name(&mut w, &self.form_name);
        w.zeros(2 /* reserved0 */ + 3 * 4 /* reserved1 to reserved3 */);
        w.u32(self.pages_up);
        w.zeros(4 /* reserved4 */);
        self.device.iter().for_each(|setting| w.u32(*setting));
        w.zeros(4 * 4 /* reserved5 to reserved8 */);
        w.bytes(extra);
        bytes
    }
}

fn name(r: &mut Reader<'_>, field: &'static str) -> Result<NtString, DecodeError> {
    let name = NtString::from_utf16le(r.bytes(NAME.saturating_mul(2), field)?);
    let length = name.units().iter().position(|unit| *unit == 0).unwrap_or(NAME);
    Ok(NtString(name.units().get(..length).unwrap_or_default().to_vec()))
}

fn put_name(w: &mut Writer<'_>, name: &NtString) {
    let units = name.units().iter().copied().take(NAME.saturating_sub(1));
    let padded: Vec<u16> = units.chain([0; NAME]).take(NAME).collect();
    w.utf16(&padded);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devmode() -> Devmode {
        let mut settings = [0; 13];
        settings[Devmode::COPIES] = 2;
        settings[Devmode::PAPER_SIZE] = 9;
        Devmode {
            device_name: "\\\\SERVER\\laser".into(),
            fields: 0x102,
            settings,
            form_name: "A4".into(),
            pages_up: 1,
            device: [1, 2, 3, 4],
            driver_extra: vec![1, 2, 3],
            ..Devmode::default()
        }
    }

    #[test]
    fn members_are_where_the_specification_has_them() {
        let bytes = devmode().to_bytes();
        assert_eq!(bytes.len(), Devmode::LENGTH + 3);
        let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        // dmSpecVersion, dmSize, dmDriverExtra, dmFields, dmPaperSize, dmCopies, dmFormName, dmNup, dmDitherType.
        let at = [64, 68, 70, 72, 78, 86, 102, 180, 200];
        assert_eq!(at.map(word), [0x0401, 220, 3, 0x102, 9, 2, u16::from(b'A'), 1, 4]);
        assert_eq!(Devmode::from_bytes(&bytes), Ok(devmode()));
    }

    #[test]
    fn what_is_cut_off_is_zero_and_what_cannot_be_is_refused() {
        let mut bytes = devmode().to_bytes();
        bytes.truncate(76);
        bytes[68] = 76;
        bytes[70] = 0;
        let cut = Devmode::from_bytes(&bytes).unwrap();
        let expected = Devmode { device_name: devmode().device_name, fields: 0x102, ..Devmode::default() };
        assert_eq!(cut, expected);
        for (at, value) in [(68, 72), (68, 80), (69, 1), (70, 1), (68, 78)] {
            let mut bad = bytes.clone();
            bad[at] = value;
            assert!(Devmode::from_bytes(&bad).is_err(), "{at} {value}");
        }
        assert!(Devmode::from_bytes(&[]).is_err());
        let long = Devmode { device_name: "x".repeat(40).as_str().into(), ..Devmode::default() };
        assert_eq!(Devmode::from_bytes(&long.to_bytes()).unwrap().device_name.units().len(), 31);
    }
}
