use super::error;
use super::key::{QUERY_VALUE, find};
use crate::call::Call;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::Fault;
use lanward_rpc::winreg::{MultipleRequest, MultipleResponse, QUERY_MULTIPLE_VALUES_2, ValueEntry};

/// [MS-RRP] 3.1.5.26 BaseRegQueryMultipleValues and 3.1.5.30 BaseRegQueryMultipleValues2.
pub(super) fn query_multiple_values(
    call: &Call<'_>,
    request: &MultipleRequest,
) -> Result<MultipleResponse, Fault> {
    let (open, key) = find(call, &request.key)?;
    let answer = |values, buffer, size, status| Ok(MultipleResponse { values, buffer, size, status });
    if open.rights & QUERY_VALUE == 0 {
        return answer(request.values.clone(), None, 0, win32::ACCESS_DENIED);
    }
    let (mut values, mut data) = (Vec::new(), Vec::new());
    for asked in &request.values {
        let Some(value) = key.value(asked.name.as_ref().unwrap_or(&NtString::default())) else {
            return answer(request.values.clone(), None, 0, error::FILE_NOT_FOUND);
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        values.push(ValueEntry {
            name: asked.name.clone(),
            length: number(value.data.len()),
            offset: number(data.len()),
            value_type: value.value_type,
        });
        data.extend_from_slice(&value.data);
        // The same value can be asked for again and again: what comes of it stays within what any client has room for.
        if data.len() > MOST {
            return Err(Fault::NO_MEMORY);
        }
    }
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    if size > 0 && (!request.buffer || size > request.room) {
        return answer(values, None, size, win32::MORE_DATA);
    }
    // Opnum 34 says the buffer's size on the way in alone: it comes back as large as it was sent.
    if request.buffer && call.operation == QUERY_MULTIPLE_VALUES_2 {
        data.resize(request.room as usize, 0);
    }
    answer(values, request.buffer.then_some(data), size, win32::SUCCESS)
}

/// Most bytes of values in one answer.
const MOST: usize = 512 * 1024;
