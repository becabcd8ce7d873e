use super::{next, towers};
use crate::call::Call;
use lanward_nt::Guid;
use lanward_rpc::epmapper::{
    CANNOT_PERFORM, Entry, InterfaceId, LookupRequest, LookupResponse, NOT_REGISTERED, Tower,
};
use lanward_rpc::{ContextHandle, Fault, SyntaxId};

/// [MS-RPCE] 2.2.1.2.4 ept_lookup. That a further part of the answers is the last one its status says, beside the handle.
pub(super) fn lookup(call: &Call<'_>, request: &LookupRequest) -> Result<LookupResponse, Fault> {
    let maximum = request.maximum;
    let answer = |handle, entries, status| LookupResponse { handle, maximum, entries, status };
    // No interface here is reached by an object.
    let by_interface = match request.inquiry {
        0 => false,
        1 => true,
        2 | 3 => return Ok(answer(ContextHandle::NULL, Vec::new(), NOT_REGISTERED)),
        _ => return Ok(answer(ContextHandle::NULL, Vec::new(), CANNOT_PERFORM)),
    };
    let matches = |tower: &Tower| match (&request.interface, by_interface) {
        (Some(asked), true) => version_matches(&tower.interface, asked, request.version_option),
        (None, true) => false,
        (_, false) => true,
    };
    let all = towers(call).into_iter().filter(matches).collect();
    let (found, handle) = next(call, request.handle, maximum, all)?;
    // What fits one answer is no search that ends; who goes on is told where it does.
    let ends = handle.is_null() && !request.handle.is_null();
    let status = if ends || found.is_empty() { NOT_REGISTERED } else { 0 };
    let entry = |tower| Entry { object: Guid([0; 16]), tower, annotation: Vec::new() };
    Ok(answer(handle, found.into_iter().map(entry).collect(), status))
}

fn version_matches(have: &SyntaxId, asked: &InterfaceId, option: u32) -> bool {
    let (have_version, asked_version) = ((have.major, have.minor), (asked.major, asked.minor));
    have.uuid == asked.uuid
        && match option {
            0 | 1 => true,
            2 => have.major == asked.major && have.minor >= asked.minor,
            3 => have_version == asked_version,
            4 => have.major == asked.major,
            5 => have_version <= asked_version,
            _ => false,
        }
}
