use super::{next, towers};
use crate::call::Call;
use lanward_rpc::epmapper::{MapRequest, MapResponse, NOT_REGISTERED, Tower, Transport};
use lanward_rpc::{ContextHandle, Fault, SyntaxId};

/// [MS-RPCE] 2.2.1.2.5 ept_map: where an interface is reached over the transport that is asked for.
pub(super) fn map(call: &Call<'_>, request: &MapRequest) -> Result<MapResponse, Fault> {
    let maximum = request.maximum;
    let answer = |handle, towers: Vec<Tower>| {
        let status = if towers.is_empty() { NOT_REGISTERED } else { 0 };
        MapResponse { handle, maximum, towers, status }
    };
    let Some(asked) = request.tower.as_ref().filter(|tower| tower.transfer_syntax == SyntaxId::NDR) else {
        return Ok(answer(ContextHandle::NULL, Vec::new()));
    };
    let matches = |tower: &Tower| {
        tower.interface.serves(&asked.interface) && same_kind(&tower.transport, &asked.transport)
    };
    let all = towers(call).into_iter().filter(matches).collect();
    let (found, handle) = next(call, request.handle, maximum, all)?;
    Ok(answer(handle, found))
}

const fn same_kind(have: &Transport, asked: &Transport) -> bool {
    matches!(
        (have, asked),
        (Transport::Pipe { .. }, Transport::Pipe { .. }) | (Transport::Tcp { .. }, Transport::Tcp { .. })
    )
}
