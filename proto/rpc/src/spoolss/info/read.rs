use super::{Block, Info};
use crate::spoolss::Devmode;
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_wire::{Decode as _, DecodeError, Encode as _, Reader};

/// How often what offsets lead to may be read, in lengths of the buffer: several may lead to the same.
const OFTEN: usize = 4;

/// As many INFO structures of a level as a server says it put into a buffer.
///
/// # Errors
/// They are not there; offsets that lead out of it, or many to the same.
pub fn unpack<I: Info>(level: u32, buffer: &[u8], count: u32) -> Result<Vec<I>, DecodeError> {
    let (mut at, mut left) = (0, buffer.len().saturating_mul(OFTEN));
    let mut entries = Vec::new();
    for _ in 0..count {
        let block = buffer.get(at..).unwrap_or_default();
        let mut reading = Reading { block, fixed: Reader::new(block), left };
        let mut entry = I::default();
        entry.members(level, &mut reading)?;
        let length = block.len().saturating_sub(reading.fixed.rest().len());
        if length == 0 {
            return Err(DecodeError::invalid("Level", "no such structure"));
        }
        at = at.saturating_add(length);
        left = reading.left;
        entries.push(entry);
    }
    Ok(entries)
}

/// A fixed portion that is read.
struct Reading<'b> {
    /// From its beginning to the end of the buffer.
    block: &'b [u8],
    fixed: Reader<'b>,
    /// Bytes that may yet be read at offsets.
    left: usize,
}

impl<'b> Reading<'b> {
    /// What an offset leads to, and what is behind that.
    fn at(&mut self, field: &'static str) -> Result<Option<&'b [u8]>, DecodeError> {
        let offset = self.fixed.u32(field)?;
        if offset == 0 {
            return Ok(None);
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let there = self.block.get(offset..).ok_or(DecodeError::invalid(field, "behind the end"))?;
        Ok(Some(there))
    }

    fn spend(&mut self, bytes: usize, field: &'static str) -> Result<(), DecodeError> {
        self.left = self.left.checked_sub(bytes).ok_or(DecodeError::invalid(field, "read too often"))?;
        Ok(())
    }
}

impl Block for Reading<'_> {
    fn u16(&mut self, field: &'static str, v: &mut u16) -> Result<(), DecodeError> {
        *v = self.fixed.u16(field)?;
        Ok(())
    }

    fn u32(&mut self, field: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        *v = self.fixed.u32(field)?;
        Ok(())
    }

    fn string(&mut self, field: &'static str, v: &mut Option<NtString>) -> Result<(), DecodeError> {
        let Some(there) = self.at(field)? else { return Ok(()) };
        let is_end = |unit: &[u8]| unit == [0, 0].as_slice();
        let units = there.chunks_exact(2).position(is_end);
        let length = units.ok_or(DecodeError::invalid(field, "no end"))?.saturating_mul(2);
        self.spend(length.saturating_add(2), field)?;
        *v = Some(NtString::from_utf16le(there.get(..length).unwrap_or_default()));
        Ok(())
    }

    fn narrow(&mut self, field: &'static str, v: &mut Option<Vec<u8>>) -> Result<(), DecodeError> {
        let Some(there) = self.at(field)? else { return Ok(()) };
        let length = there.iter().position(|byte| *byte == 0).ok_or(DecodeError::invalid(field, "no end"))?;
        self.spend(length.saturating_add(1), field)?;
        *v = there.get(..length).map(<[u8]>::to_vec);
        Ok(())
    }

    fn devmode(&mut self, field: &'static str, v: &mut Option<Devmode>) -> Result<(), DecodeError> {
        let Some(there) = self.at(field)? else { return Ok(()) };
        let devmode = Devmode::from_bytes(there)?;
        self.spend(Devmode::LENGTH.saturating_add(devmode.driver_extra.len()), field)?;
        *v = Some(devmode);
        Ok(())
    }

    fn descriptor(
        &mut self,
        field: &'static str,
        v: &mut Option<SecurityDescriptor>,
    ) -> Result<(), DecodeError> {
        let Some(there) = self.at(field)? else { return Ok(()) };
        let descriptor = SecurityDescriptor::decode(&mut Reader::new(there))?;
        self.spend(descriptor.to_bytes().len(), field)?;
        *v = Some(descriptor);
        Ok(())
    }

    fn counted(&mut self, field: &'static str, v: &mut Vec<u8>) -> Result<(), DecodeError> {
        let there = self.at(field)?;
        let length = usize::try_from(self.fixed.u32(field)?).unwrap_or(usize::MAX);
        let bytes = there.unwrap_or_default().get(..length);
        let bytes = bytes.ok_or(DecodeError::invalid(field, "behind the end"))?;
        self.spend(length, field)?;
        *v = bytes.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EnumValue, FormInfo, JobInfo, MonitorInfo, NameInfo, Packed, PortInfo, PrinterInfo};
    use super::*;
    use crate::spoolss::SystemTime;
    use core::fmt::Debug;

    /// At each level: what is written is read, and reading that again gives the same.
    fn there_and_back<I: Info + Clone + PartialEq + Debug>(entry: &I, levels: &[u32]) {
        for level in 0..=10 {
            assert_eq!(I::has_level(level), levels.contains(&level), "{level}");
        }
        for level in levels {
            let packed = Packed::of(*level, [entry.clone(), I::default()]);
            let mut buffer = vec![0; usize::try_from(packed.needed()).unwrap() + 7];
            assert!(packed.fill(&mut buffer), "{level}");
            let read: Vec<I> = unpack(*level, &buffer, 2).unwrap();
            let mut again = vec![0; buffer.len()];
            assert!(Packed::of(*level, read.clone()).fill(&mut again));
            assert_eq!(again, buffer, "{level}");
            assert_ne!(read[0], I::default(), "{level}");
            (0..buffer.len()).for_each(|length| drop(unpack::<I>(*level, &buffer[..length], 2)));
        }
    }

    #[test]
    fn every_level_there_and_back() {
        let text = |text: &str| Some(NtString::from(text));
        let descriptor = Some(SecurityDescriptor {
            control: SecurityDescriptor::SELF_RELATIVE,
            owner: Some(lanward_nt::Sid::administrators()),
            ..SecurityDescriptor::default()
        });
        let devmode = Some(Devmode { form_name: "A4".into(), ..Devmode::default() });
        let submitted = SystemTime { year: 2024, month: 2, day: 29, ..SystemTime::default() };
        let printer = PrinterInfo {
            printer_name: text("laser"),
            devmode: devmode.clone(),
            descriptor: descriptor.clone(),
            status: 1,
            action: 4,
            flags: 8,
            ..PrinterInfo::default()
        };
        there_and_back(&printer, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let job = JobInfo {
            id: 7,
            document: text("a.txt"),
            devmode,
            descriptor,
            size: 1 << 33,
            submitted,
            ..JobInfo::default()
        };
        there_and_back(&job, &[1, 2, 3, 4]);
        there_and_back(&FormInfo { name: text("A4"), width: 210_000, ..FormInfo::default() }, &[1, 2]);
        there_and_back(&NameInfo { name: text("RAW") }, &[1]);
        there_and_back(&PortInfo { name: text("lp"), ..PortInfo::default() }, &[1, 2]);
        there_and_back(&MonitorInfo { name: text("Local Port"), ..MonitorInfo::default() }, &[1, 2]);
    }

    #[test]
    fn values_there_and_back() {
        let value = EnumValue { name: "Model".into(), value_type: 1, data: vec![1, 2, 3] };
        let packed = Packed::of(0, [value.clone(), EnumValue::default()]);
        let mut buffer = vec![0; usize::try_from(packed.needed()).unwrap()];
        assert!(packed.fill(&mut buffer));
        assert_eq!(unpack(0, &buffer, 2), Ok(vec![value, EnumValue::default()]));
    }

    /// Offsets may lead to the same, but not so often that little becomes much.
    #[test]
    fn few_bytes_stay_few() {
        let mut buffer = Vec::new();
        for block in 0..256_u32 {
            buffer.extend((1024 - 4 * block).to_le_bytes());
        }
        buffer.extend([b'a', 0].repeat(512));
        buffer.extend([0, 0]);
        assert_eq!(
            unpack::<NameInfo>(1, &buffer, 1).unwrap()[0].name.as_ref().map(|name| name.units().len()),
            Some(512)
        );
        assert!(unpack::<NameInfo>(1, &buffer, 256).is_err());
        assert!(unpack::<NameInfo>(1, &buffer, u32::MAX).is_err());
    }
}
