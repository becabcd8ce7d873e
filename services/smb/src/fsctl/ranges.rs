//! The FSCTLs about stretches of one file: holes, zeros, trimming.

use super::{Answer, malformed};
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_nt::fscc::{ByteRange, FileLevelTrim, FileRegion, FileRegionOutput};
use lanward_wire::{Decode, Encode, Reader, ReplyBudget};

/// [MS-FSCC] 2.3.83: an absent buffer means TRUE.
pub(super) async fn set_sparse(file: &FileOpen, input: &[u8]) -> Answer {
    file.set_sparse(input.first().is_none_or(|b| *b != 0)).await?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-FSCC] 2.3.85
pub(super) async fn set_zero_data(file: &FileOpen, input: &[u8]) -> Answer {
    let (offset, beyond) = pair(input)?;
    file.zero_data(offset, beyond).await?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-FSCC] 2.3.51
pub(super) async fn allocated_ranges(
    file: &FileOpen,
    input: &[u8],
    budget: ReplyBudget,
    out: &mut Vec<u8>,
) -> Answer {
    const ENTRY: usize = 16;
    let (offset, length) = pair(input)?;
    let fit = budget.limit() / ENTRY;
    let ranges = file.query_allocated_ranges(offset, length, fit + 1).await?;
    let mut writer = budget.writer(out);
    for range in ranges.iter().take(fit) {
        let entry = writer.push(1, |w| {
            w.u64(range.offset);
            w.u64(range.length);
        });
        entry.map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
    }
    match ranges.len() > fit {
        false => Ok(NtStatus::SUCCESS),
        true if fit == 0 => Err(NtStatus::BUFFER_TOO_SMALL),
        true => Ok(NtStatus::BUFFER_OVERFLOW),
    }
}

/// [MS-FSCC] 2.3.13, [MS-SMB2] 3.3.5.15.14
pub(super) async fn trim(file: &FileOpen, input: &[u8], budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    let wanted = FileLevelTrim::decode(&mut Reader::new(input)).map_err(malformed)?;
    let answers = budget.limit() > 0;
    if wanted.key != 0 || wanted.ranges.is_empty() || (answers && budget.limit() < size_of::<u32>()) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let done = file.trim(&wanted.ranges).await?;
    if answers {
        let written = budget.writer(out).push(1, |w| w.u32(done));
        written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
    }
    if done == 0 { Err(NtStatus::NO_RANGES_PROCESSED) } else { Ok(NtStatus::SUCCESS) }
}

/// [MS-FSCC] 2.3.55; without an input it is about all of the file.
pub(super) fn file_regions(file: &FileOpen, input: &[u8], budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    const ALL: FileRegion = FileRegion {
        range: ByteRange { offset: 0, length: i64::MAX.cast_unsigned() },
        usage: FileRegion::VALID_CACHED_DATA,
    };
    let wanted = match input {
        [] => ALL,
        input => FileRegion::decode(&mut Reader::new(input)).map_err(|_| NtStatus::BUFFER_TOO_SMALL)?,
    };
    let regions = file.query_file_regions(wanted)?;
    if budget.limit() < FileRegionOutput::FIXED_LENGTH + FileRegion::LENGTH {
        return Err(NtStatus::BUFFER_TOO_SMALL);
    }
    if regions.is_empty() {
        return Ok(NtStatus::SUCCESS);
    }
    let output = FileRegionOutput { total: u32::try_from(regions.len()).unwrap_or(u32::MAX), regions };
    budget.writer(out).push(1, |w| output.encode(w)).map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
    Ok(NtStatus::SUCCESS)
}

/// Two 64-bit numbers, as several FSCTLs take them.
fn pair(input: &[u8]) -> Result<(u64, u64), NtStatus> {
    let mut r = Reader::new(input);
    Ok((r.u64("FileOffset").map_err(malformed)?, r.u64("Length").map_err(malformed)?))
}
