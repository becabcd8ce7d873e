//! Operations that are refused whatever else they are given. Nothing that clients offer is loaded or run: no driver, print processor or monitor;
//! printers and ports come from the configuration; and nobody is called back.

use super::error;
use super::open::{Object, find};
use crate::call::Call;
use crate::win32;
use lanward_rpc::{ContextHandle, Fault};

/// Refuses an operation in its results, or by a fault one that there is not: reserved ones, those a client answers to servers (58 to 60, 66), and
/// those of job properties, branch offices and IPP (110 and later).
///
/// # Errors
/// OP_RANGE_ERROR; CONTEXT_MISMATCH where a handle is none.
pub(super) fn refuse(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        // RpcDeletePrinter: the configuration says which there are.
        6 => {
            let status = of_printer(call, win32::ACCESS_DENIED)?;
            call.results(|w| w.u32(status))
        }
        // RpcWaitForPrinterChange, which is deprecated; RpcFlushPrinter, which is of ports. A number comes first.
        28 | 96 => {
            find(call, &handle(call)?)?;
            let status = if call.operation == 28 { win32::NOT_SUPPORTED } else { error::INVALID_HANDLE };
            call.results(|w| {
                w.u32(0);
                w.u32(status);
            })
        }
        // RpcFindClosePrinterChangeNotification: there is none.
        56 => {
            find(call, &handle(call)?)?;
            call.results(|w| w.u32(error::INVALID_HANDLE))
        }
        // RpcRemoteFindFirstPrinterChangeNotification and its Ex. Whoever can make a server connect somewhere and prove who it is there has its
        // account, so the way back to a client is never taken: for the client it is as if it could not be reached, and it asks from time to time
        // what has changed, as behind every firewall.
        62 | 65 => {
            find(call, &handle(call)?)?;
            call.results(|w| w.u32(error::SERVER_UNAVAILABLE))
        }
        // RpcRouterRefreshPrinterChangeNotification, of a notification that there is not; RpcSendRecvBidiData. A pointer comes first.
        67 | 97 => {
            let refresh = call.operation == 67;
            let status =
                of_printer(call, if refresh { win32::INVALID_PARAMETER } else { win32::NOT_SUPPORTED })?;
            call.results(|w| {
                w.pointer(false);
                w.u32(status);
            })
        }
        // RpcPlayGdiScriptOnPrinterIC, RpcDeletePrinterIC: no handle is one of theirs.
        41 | 42 => Err(Fault::CONTEXT_MISMATCH),
        // RpcAddPrinter, RpcAddPrinterEx: a handle comes first.
        5 | 70 => call.results(|w| {
            w.context_handle(&ContextHandle::NULL);
            w.u32(not_here(call));
        }),
        // Drivers, ports, monitors and connections, to be added, set and deleted.
        9 | 13 | 39 | 46 | 47 | 61 | 71 | 84 | 85 | 86 | 89 => call.results(|w| w.u32(not_here(call))),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// Administrators learn that it cannot be done, and others that they may not.
pub(super) fn not_here(call: &Call<'_>) -> u32 {
    if call.caller.user.is_admin { win32::NOT_SUPPORTED } else { win32::ACCESS_DENIED }
}

/// What is refused of a printer so; of anything else it makes no sense.
///
/// # Errors
/// CONTEXT_MISMATCH
fn of_printer(call: &Call<'_>, status: u32) -> Result<u32, Fault> {
    let opened = find(call, &handle(call)?)?;
    let is_printer = matches!(opened.object, Object::Printer(_));
    Ok(if is_printer { status } else { error::INVALID_HANDLE })
}

fn handle(call: &Call<'_>) -> Result<ContextHandle, Fault> {
    call.arguments(|r| r.context_handle("hPrinter"))
}
