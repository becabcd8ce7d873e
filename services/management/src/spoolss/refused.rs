//! Operations that a server without printers refuses whatever else they are given.

use super::error;
use super::open::{no_printer, server};
use crate::call::Call;
use crate::win32;
use lanward_rpc::{ContextHandle, Fault};

/// Refuses an operation in its results, or by a fault one that there is not: reserved ones, those a client answers to servers (58 to 60, 66), and
/// those of print servers with drivers in packages, job properties and IPP (102 and later).
///
/// # Errors
/// OP_RANGE_ERROR; CONTEXT_MISMATCH where a handle is none.
pub(super) fn refuse(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        // Jobs, printers and documents: RpcSetJob, RpcDeletePrinter, RpcSetPrinter, RpcStartPagePrinter, RpcEndPagePrinter, RpcAbortPrinter,
        // RpcEndDocPrinter, RpcScheduleJob, RpcResetPrinter, RpcEnumPrinterData's like that only delete, RpcFlushPrinter.
        2 | 6 | 7 | 18 | 20 | 21 | 23 | 25 | 52 | 73 | 81 | 82 | 96 => {
            let status = no_printer(call, &handle(call)?)?;
            call.results(|w| w.u32(status))
        }
        // RpcStartDocPrinter, RpcWritePrinter: a number comes first.
        17 | 19 => {
            let status = no_printer(call, &handle(call)?)?;
            call.results(|w| {
                w.u32(0);
                w.u32(status);
            })
        }
        // RpcRouterRefreshPrinterChangeNotification, RpcSendRecvBidiData: a pointer comes first.
        67 | 97 => {
            let status = no_printer(call, &handle(call)?)?;
            call.results(|w| {
                w.pointer(false);
                w.u32(status);
            })
        }
        // RpcSetPrinterData, RpcAddForm, RpcDeleteForm, RpcSetForm, RpcSetPrinterDataEx: nothing of the server is changed.
        27 | 30 | 31 | 33 | 77 => {
            server(call, &handle(call)?)?;
            call.results(|w| w.u32(win32::ACCESS_DENIED))
        }
        // RpcWaitForPrinterChange, which is deprecated: nothing ever changes.
        28 => {
            server(call, &handle(call)?)?;
            call.results(|w| {
                w.u32(0);
                w.u32(win32::NOT_SUPPORTED);
            })
        }
        // RpcRemoteFindFirstPrinterChangeNotification and its Ex: the way back to the client is not taken.
        62 | 65 => {
            server(call, &handle(call)?)?;
            call.results(|w| w.u32(error::SERVER_UNAVAILABLE))
        }
        // RpcFindClosePrinterChangeNotification: there is none.
        56 => {
            server(call, &handle(call)?)?;
            call.results(|w| w.u32(error::INVALID_HANDLE))
        }
        // RpcPlayGdiScriptOnPrinterIC, RpcDeletePrinterIC: no handle is one of theirs.
        41 | 42 => Err(Fault::CONTEXT_MISMATCH),
        // RpcAddPrinter, RpcAddPrinterEx: a handle comes first.
        5 | 70 => call.results(|w| {
            w.context_handle(&ContextHandle::NULL);
            w.u32(not_here(call));
        }),
        // Drivers, print processors, ports, monitors and connections, to be added, set and deleted.
        9 | 13 | 14 | 39 | 46 | 47 | 48 | 61 | 71 | 84 | 85 | 86 | 89 => {
            call.results(|w| w.u32(not_here(call)))
        }
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// Administrators learn that it cannot be done, and others that they may not.
fn not_here(call: &Call<'_>) -> u32 {
    if call.caller.user.is_admin { win32::NOT_SUPPORTED } else { win32::ACCESS_DENIED }
}

fn handle(call: &Call<'_>) -> Result<ContextHandle, Fault> {
    call.arguments(|r| r.context_handle("hPrinter"))
}
