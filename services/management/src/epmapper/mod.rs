//! [C706] appendix O, [MS-RPCE] 2.2.1.2: the endpoint mapper, a view of where this server's interfaces are reached.

mod lookup;
mod map;

use crate::call::Call;
use crate::endpoint::{Interface, Reached};
use lanward_rpc::epmapper::{
    self, FREE_HANDLE, FreeHandleResponse, LOOKUP, LookupRequest, MAP, MapRequest, Tower, Transport,
};
use lanward_rpc::{ContextHandle, Fault, SyntaxId};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

pub(crate) const INTERFACE: Interface =
    Interface { id: epmapper::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        LOOKUP => {
            let request = call.arguments(LookupRequest::decode)?;
            let response = lookup::lookup(call, &request)?;
            call.results(|w| response.encode(w))
        }
        MAP => {
            let request = call.arguments(MapRequest::decode)?;
            let response = map::map(call, &request)?;
            call.results(|w| response.encode(w))
        }
        FREE_HANDLE => {
            let handle = call.arguments(|r| r.context_handle("entry_handle"))?;
            call.handles.close::<Search>(&handle)?;
            call.results(|w| FreeHandleResponse { handle: ContextHandle::NULL, status: 0 }.encode(w))
        }
        // ept_insert and the like: nobody adds endpoints from outside.
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// What is left of a search, which an entry handle stands for.
struct Search(Mutex<Vec<Tower>>);

/// Where all interfaces are reached, as this caller sees it.
fn towers(call: &Call<'_>) -> Vec<Tower> {
    let endpoints = call.endpoint.runtime.endpoints();
    let tower = |interface: SyntaxId, reached: &Reached| {
        let transport = match reached {
            Reached::Pipe(path) => Transport::Pipe {
                path: path.as_bytes().to_vec(),
                server: format!("\\\\{}", call.caller.server.identity().name).into_bytes(),
            },
            Reached::Port(port) => Transport::Tcp { port: *port, address: address(call) },
        };
        Tower { interface, transfer_syntax: SyntaxId::NDR, transport }
    };
    endpoints.iter().map(|(interface, reached)| tower(*interface, reached)).collect()
}

/// The address the client came to.
fn address(call: &Call<'_>) -> Ipv4Addr {
    match call.caller.local.ip().to_canonical() {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    }
}

/// The next of what a search found, beginning it with `begin` where the handle is null; the handle to go on with, null at the end.
fn next(
    call: &Call<'_>,
    handle: ContextHandle,
    maximum: u32,
    begin: impl FnOnce() -> Vec<Tower>,
) -> Result<(Vec<Tower>, ContextHandle), Fault> {
    let count = usize::try_from(maximum).unwrap_or(usize::MAX);
    if handle.is_null() {
        let mut found = begin();
        let left = found.split_off(count.min(found.len()));
        let handle = match left.is_empty() {
            true => ContextHandle::NULL,
            false => call.handles.open(Search(Mutex::new(left)))?,
        };
        return Ok((found, handle));
    }
    let search = call.handles.find::<Search>(&handle)?;
    let mut left = search.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let end = count.min(left.len());
    let found: Vec<Tower> = left.drain(..end).collect();
    if !left.is_empty() {
        return Ok((found, handle));
    }
    drop(left);
    call.handles.close::<Search>(&handle)?;
    Ok((found, ContextHandle::NULL))
}
