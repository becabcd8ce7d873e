use crate::notify::NotifyFilter;
use crate::offload::short;
use crate::{CreateParams, FileOpen, FileSystem};
use lanward_nt::fscc::{FullEa, decode_full_ea, decode_get_ea};
use lanward_nt::{AccessMask, CreateOptions, NtStatus};
use lanward_vfs::{ExtendedAttribute, Opened};
use lanward_wire::{BudgetedWriter, Encode};
use std::sync::Arc;

/// FILE_NEED_EA ([MS-FSCC] 2.4.16): who knows no extended attributes cannot use the file.
const NEED_EA: u8 = 0x80;

impl FileSystem {
    /// Whether an open by somebody who knows no extended attributes may have what is there ([MS-FSA] 2.1.5.1.2).
    ///
    /// # Errors
    /// ACCESS_DENIED.
    pub(crate) async fn check_needed(&self, p: &CreateParams<'_>, opened: &Opened) -> Result<(), NtStatus> {
        if opened.created || !p.options.contains(CreateOptions::NO_EA_KNOWLEDGE) {
            return Ok(());
        }
        let file = Arc::clone(&opened.file);
        let list = short(self.is_slow(), move || file.extended_attributes()).await;
        let needs = list.unwrap_or_default().iter().any(|ea| ea.flags & NEED_EA != 0);
        if needs { Err(NtStatus::ACCESS_DENIED) } else { Ok(()) }
    }
}

impl FileOpen {
    /// A file has extended attributes; a stream of it has none.
    fn check_whole_file(&self) -> Result<(), NtStatus> {
        if self.is_named_stream() { Err(NtStatus::INVALID_PARAMETER) } else { Ok(()) }
    }

    /// [MS-FSA] 2.1.5.12.12: all extended attributes, or those `input` names.
    pub(crate) async fn query_extended_attributes(
        &self,
        input: &[u8],
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        self.check_whole_file()?;
        let file = Arc::clone(&self.file);
        let all = short(self.file_system.is_slow(), move || file.extended_attributes()).await?;
        let names = if input.is_empty() { Vec::new() } else { names(input)? };
        let list = if input.is_empty() { all.iter().map(entry).collect() } else { chosen(&all, &names) };
        if list.is_empty() {
            return Err(NtStatus::NO_EAS_ON_FILE);
        }
        let mut last: Option<usize> = None;
        for ea in list {
            let start = out.position().next_multiple_of(4);
            let full = FullEa { flags: ea.flags, name: ea.name.to_vec(), value: ea.value.to_vec() };
            if out.push(4, |w| full.encode(w)).is_err() {
                return Err(if last.is_some() {
                    NtStatus::BUFFER_OVERFLOW
                } else {
                    NtStatus::BUFFER_TOO_SMALL
                });
            }
            if let Some(before) = last {
                out.patch(before, &u32::try_from(start - before).unwrap_or(0).to_le_bytes());
            }
            last = Some(start);
        }
        Ok(())
    }

    /// [MS-FSA] 2.1.5.15.6
    pub(crate) async fn set_extended_attributes(&self, data: &[u8]) -> Result<(), NtStatus> {
        self.require(AccessMask::WRITE_EA)?;
        self.check_whole_file()?;
        let list = decode_full_ea(data).map_err(|_| NtStatus::EA_LIST_INCONSISTENT)?;
        if list.iter().any(|ea| !is_good(&ea.name, ea.flags)) {
            return Err(NtStatus::INVALID_EA_NAME);
        }
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || {
            list.into_iter().try_for_each(|FullEa { flags, name, value }| {
                file.set_extended_attribute(&ExtendedAttribute { flags, name, value })
            })
        })
        .await?;
        self.report_modified(NotifyFilter::EA | NotifyFilter::ATTRIBUTES);
        Ok(())
    }
}

/// Whether a file may be made with these.
///
/// # Errors
/// INVALID_EA_NAME.
pub(crate) fn check(list: &[ExtendedAttribute]) -> Result<(), NtStatus> {
    let good = list.iter().all(|ea| is_good(&ea.name, ea.flags));
    if good { Ok(()) } else { Err(NtStatus::INVALID_EA_NAME) }
}

/// An entry of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    flags: u8,
    name: &'a [u8],
    value: &'a [u8],
}

fn entry(ea: &ExtendedAttribute) -> Entry<'_> {
    Entry { flags: ea.flags, name: &ea.name, value: &ea.value }
}

fn names(input: &[u8]) -> Result<Vec<Vec<u8>>, NtStatus> {
    let names = decode_get_ea(input).map_err(|_| NtStatus::EA_LIST_INCONSISTENT)?;
    if names.len() > 4096 { Err(NtStatus::INSUFFICIENT_RESOURCES) } else { Ok(names) }
}

/// Those named, in the order of naming; a missing one with an empty value. Nothing is copied: one name may be asked for thousands of times.
fn chosen<'a>(all: &'a [ExtendedAttribute], names: &'a [Vec<u8>]) -> Vec<Entry<'a>> {
    let find = |name: &'a Vec<u8>| {
        let found = all.iter().find(|ea| ea.name.eq_ignore_ascii_case(name)).map(entry);
        found.unwrap_or(Entry { flags: 0, name, value: &[] })
    };
    names.iter().map(find).collect()
}

/// [MS-FSCC] 2.4.16: the bytes an EA's name may have.
fn is_good(name: &[u8], flags: u8) -> bool {
    flags & !NEED_EA == 0
        && !name.is_empty()
        && !name.iter().any(|b| *b < 0x20 || b"\\/:*?\"<>|,+=[];".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_one_a_thousand_times_copies_nothing() {
        let all = [ExtendedAttribute { flags: 1, name: b"BIG".to_vec(), value: vec![7; 60_000] }];
        let names = vec![b"big".to_vec(); 1000];
        let found = chosen(&all, &names);
        assert_eq!(found.len(), 1000);
        assert!(found.iter().all(|e| e.value.as_ptr() == all[0].value.as_ptr() && e.name == b"BIG"));
        let missing = [b"none".to_vec()];
        assert_eq!(chosen(&all, &missing), [Entry { flags: 0, name: b"none", value: &[] }]);
    }
}
