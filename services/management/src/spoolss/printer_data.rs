//! Configuration data of printers ([MS-RPRN] 2.2.3.11): what clients' drivers keep there, while the server runs.

use super::error;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::EnumValue;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most values of a printer.
const MOST_VALUES: usize = 512;

/// Most bytes of them, with their names and keys.
const MOST_BYTES: usize = 128 * 1024;

/// The key of values that are named without one.
pub(super) const DRIVER_DATA: &str = "PrinterDriverData";

/// The values of all printers.
#[derive(Debug, Default)]
pub(crate) struct PrinterData(Mutex<BTreeMap<NtString, OfPrinter>>);

/// The values of one.
#[derive(Debug, Default)]
struct OfPrinter {
    values: Vec<(NtString, EnumValue)>,
    changes: u32,
}

impl PrinterData {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<NtString, OfPrinter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the values of a printer have changed.
    pub(super) fn changes(&self, printer: &NtString) -> u32 {
        self.lock().get(&printer.to_uppercase()).map_or(0, |of| of.changes)
    }

    pub(super) fn value(&self, printer: &NtString, key: &NtString, name: &NtString) -> Option<EnumValue> {
        self.values(printer, key).into_iter().find(|value| value.name.eq_ignore_case(name))
    }

    /// The values of a key.
    pub(super) fn values(&self, printer: &NtString, key: &NtString) -> Vec<EnumValue> {
        let all = self.lock();
        let of = all.get(&printer.to_uppercase()).into_iter().flat_map(|of| &of.values);
        of.filter(|(of, _)| of.eq_ignore_case(key)).map(|(_, value)| value.clone()).collect()
    }

    /// The keys right below a key, each once; `None` where there is no such key. All keys are below the empty one, and one is always there.
    pub(super) fn keys(&self, printer: &NtString, key: &NtString) -> Option<Vec<NtString>> {
        let all = self.lock();
        let is_root = key.units().is_empty();
        let mut below: Vec<NtString> = if is_root { vec![DRIVER_DATA.into()] } else { Vec::new() };
        let mut exists = is_root || key.eq_ignore_case(&DRIVER_DATA.into());
        for (of, _) in all.get(&printer.to_uppercase()).into_iter().flat_map(|of| &of.values) {
            exists |= of.eq_ignore_case(key);
            let Some(rest) = path_below(of, key) else { continue };
            exists = true;
            let name = NtString(rest.split(|unit| *unit == SEPARATOR).next().unwrap_or_default().to_vec());
            if !below.iter().any(|known| known.eq_ignore_case(&name)) {
                below.push(name);
            }
        }
        exists.then_some(below)
    }

    /// Sets a value.
    ///
    /// # Errors
    /// NOT_ENOUGH_MEMORY: there would be too much.
    pub(super) fn set(&self, printer: &NtString, key: NtString, value: EnumValue) -> Result<(), u32> {
        let mut all = self.lock();
        let of = all.entry(printer.to_uppercase()).or_default();
        let is = |other: &(NtString, EnumValue)| {
            other.0.eq_ignore_case(&key) && other.1.name.eq_ignore_case(&value.name)
        };
        let size = |(key, value): &(NtString, EnumValue)| {
            2 * (key.units().len() + value.name.units().len()) + value.data.len()
        };
        let kept = of.values.iter().filter(|other| !is(other));
        let (count, bytes) = kept.fold((0, 0), |(count, bytes), other| (count + 1, bytes + size(other)));
        let place = of.values.iter().position(is);
        let entry = (key, value);
        if count >= MOST_VALUES || bytes + size(&entry) > MOST_BYTES {
            return Err(error::NOT_ENOUGH_MEMORY);
        }
        match place.and_then(|place| of.values.get_mut(place)) {
            Some(old) => *old = entry,
            None => of.values.push(entry),
        }
        of.changes = of.changes.wrapping_add(1);
        Ok(())
    }

    /// Takes away a value.
    ///
    /// # Errors
    /// FILE_NOT_FOUND
    pub(super) fn delete(&self, printer: &NtString, key: &NtString, name: &NtString) -> Result<(), u32> {
        self.retain(printer, |of, value| !(of.eq_ignore_case(key) && value.name.eq_ignore_case(name)))
    }

    /// Takes away a key and all below it.
    ///
    /// # Errors
    /// FILE_NOT_FOUND
    pub(super) fn delete_key(&self, printer: &NtString, key: &NtString) -> Result<(), u32> {
        self.retain(printer, |of, _| !of.eq_ignore_case(key) && path_below(of, key).is_none())
    }

    fn retain(&self, printer: &NtString, keep: impl Fn(&NtString, &EnumValue) -> bool) -> Result<(), u32> {
        let mut all = self.lock();
        let of = all.get_mut(&printer.to_uppercase()).ok_or(win32::FILE_NOT_FOUND)?;
        let before = of.values.len();
        of.values.retain(|(key, value)| keep(key, value));
        if of.values.len() == before {
            return Err(win32::FILE_NOT_FOUND);
        }
        of.changes = of.changes.wrapping_add(1);
        Ok(())
    }
}

const SEPARATOR: u16 = b'\\' as u16;

/// What of a key's path is below another key.
fn path_below<'k>(path: &'k NtString, key: &NtString) -> Option<&'k [u16]> {
    if key.units().is_empty() {
        return Some(path.units());
    }
    let (above, rest) = path.units().split_at_checked(key.units().len())?;
    let below = rest.strip_prefix(&[SEPARATOR])?;
    NtString(above.to_vec()).eq_ignore_case(key).then_some(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, length: usize) -> EnumValue {
        EnumValue { name: name.into(), value_type: 3, data: vec![1; length] }
    }

    #[test]
    fn values_are_of_keys_and_keys_of_keys() {
        let data = PrinterData::default();
        let laser = NtString::from("laser");
        for key in ["PrinterDriverData", "a", "a\\b", "A\\b\\c", "ab"] {
            data.set(&laser, key.into(), value("v", 3)).unwrap();
        }
        let keys = |key: &str| data.keys(&"LASER".into(), &key.into());
        let named = |names: &[&str]| Some(names.iter().map(|name| NtString::from(*name)).collect());
        assert_eq!(keys(""), named(&["PrinterDriverData", "a", "ab"]));
        assert_eq!((keys("a"), keys("a\\B"), keys("ab")), (named(&["b"]), named(&["c"]), named(&[])));
        assert_eq!((keys("b"), data.keys(&"other".into(), &"".into())), (None, named(&[DRIVER_DATA])));
        assert_eq!(data.keys(&"other".into(), &DRIVER_DATA.into()), named(&[]));
        assert_eq!(data.value(&laser, &"A".into(), &"V".into()), Some(value("v", 3)));
        data.set(&laser, "a".into(), value("V", 5)).unwrap();
        assert_eq!(data.values(&laser, &"a".into()), [value("V", 5)]);
        data.delete_key(&laser, &"a".into()).unwrap();
        assert_eq!(keys(""), named(&["PrinterDriverData", "ab"]));
        assert_eq!(data.delete_key(&laser, &"a".into()), Err(2));
        data.delete(&laser, &"ab".into(), &"v".into()).unwrap();
        assert_eq!(data.delete(&laser, &"ab".into(), &"v".into()), Err(2));
        assert_eq!(data.changes(&laser), 8);
    }

    #[test]
    fn there_is_an_end_to_values_and_bytes() {
        let data = PrinterData::default();
        let laser = NtString::from("laser");
        for number in 0..MOST_VALUES {
            data.set(&laser, "k".into(), value(&number.to_string(), 1)).unwrap();
        }
        assert_eq!(data.set(&laser, "k".into(), value("one more", 1)), Err(8));
        assert_eq!(data.set(&laser, "k".into(), value("7", 9)), Ok(()), "in the place of one");
        assert_eq!(data.set(&"other".into(), "k".into(), value("v", MOST_BYTES)), Err(8));
        assert_eq!(data.set(&"other".into(), "k".into(), value("v", MOST_BYTES - 4)), Ok(()));
        assert_eq!(data.set(&"other".into(), "k".into(), value("v", 1)), Ok(()), "smaller than it was");
    }
}
