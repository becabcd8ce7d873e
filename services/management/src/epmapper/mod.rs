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
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// How many of a search's answers were given, which an entry handle stands for. It keeps none of them: whoever may ask here has not said who it
/// is, and what is found never changes once the server runs.
struct Search(AtomicUsize);

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

/// The next of all that a search finds; the handle to go on with, null at the end. Who goes on asks the same question again ([C706] ept_lookup).
fn next(
    call: &Call<'_>,
    handle: ContextHandle,
    maximum: u32,
    all: Vec<Tower>,
) -> Result<(Vec<Tower>, ContextHandle), Fault> {
    let count = usize::try_from(maximum).unwrap_or(usize::MAX);
    let search = if handle.is_null() { None } else { Some(call.handles.find::<Search>(&handle)?) };
    let from = search.as_ref().map_or(0, |search| search.0.load(Ordering::Relaxed)).min(all.len());
    let to = from.saturating_add(count).min(all.len());
    let handle = match &search {
        Some(_) if to == all.len() => {
            call.handles.close::<Search>(&handle)?;
            ContextHandle::NULL
        }
        Some(search) => {
            search.0.store(to, Ordering::Relaxed);
            handle
        }
        None if to == all.len() => ContextHandle::NULL,
        None => call.handles.open(Search(AtomicUsize::new(to)))?,
    };
    Ok((all.into_iter().skip(from).take(to - from).collect(), handle))
}
