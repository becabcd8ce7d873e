//! What must hold for the buffers of a print server's clients.

use lanward_rpc::spoolss::{
    DevmodeContainer, DriverDirectoryRequest, EnumDatatypesRequest, EnumFormsRequest, EnumJobsRequest,
    EnumMonitorsRequest, EnumPortsRequest, EnumPrintersRequest, EnumProcessorsRequest, FormInfo,
    GetFormRequest, GetJobRequest, GetPrinterRequest, Info, JobInfo, MonitorInfo, NameInfo,
    OpenPrinterRequest, PortInfo, PrinterInfo, unpack,
};
use lanward_rpc::{NdrReader, NdrWriter, Operation, Results as _, TransferSyntax, WideString};

/// The arguments of a call that opens the printer there is.
pub(crate) fn open_printer(syntax: TransferSyntax) -> (u16, Vec<u8>) {
    let name = Some(WideString("laser".into()));
    let devmode = DevmodeContainer::default();
    let request = OpenPrinterRequest { name, datatype: None, devmode, access: 0x0200_0000 };
    let mut stub = Vec::new();
    request.encode(&mut NdrWriter::with_syntax(&mut stub, syntax));
    (OpenPrinterRequest::NUMBER, stub)
}

/// What an operation gave its client: the buffer, how much of it was or would be used, how many structures, and the status.
type Given = (Option<Vec<u8>>, u32, u32, u32);

/// An answer stays in the client's buffer, and what is said to be there is there.
///
/// # Panics
/// It does not, or it is not.
pub(crate) fn within(operation: u16, stub: &[u8], answer: &[u8], syntax: TransferSyntax) {
    let call = Answered { stub, answer, syntax };
    match operation {
        EnumPrintersRequest::NUMBER => call.check::<EnumPrintersRequest, PrinterInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        GetPrinterRequest::NUMBER => call.check::<GetPrinterRequest, PrinterInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, 1, r.status),
        ),
        GetJobRequest::NUMBER => {
            call.check::<GetJobRequest, JobInfo>(
                |q| (q.level, q.size),
                |r| (r.buffer, r.needed, 1, r.status),
            );
        }
        EnumJobsRequest::NUMBER => call.check::<EnumJobsRequest, JobInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        GetFormRequest::NUMBER => call
            .check::<GetFormRequest, FormInfo>(|q| (q.level, q.size), |r| (r.buffer, r.needed, 1, r.status)),
        EnumFormsRequest::NUMBER => call.check::<EnumFormsRequest, FormInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        EnumPortsRequest::NUMBER => call.check::<EnumPortsRequest, PortInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        EnumMonitorsRequest::NUMBER => call.check::<EnumMonitorsRequest, MonitorInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        EnumProcessorsRequest::NUMBER => call.check::<EnumProcessorsRequest, NameInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        EnumDatatypesRequest::NUMBER => call.check::<EnumDatatypesRequest, NameInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, r.returned, r.status),
        ),
        DriverDirectoryRequest::NUMBER => call.check::<DriverDirectoryRequest, NameInfo>(
            |q| (q.level, q.size),
            |r| (r.buffer, r.needed, 0, r.status),
        ),
        _ => {}
    }
}

/// A call and what came of it.
struct Answered<'a> {
    stub: &'a [u8],
    answer: &'a [u8],
    syntax: TransferSyntax,
}

impl Answered<'_> {
    fn check<Q: Operation, I: Info>(&self, asked: fn(&Q) -> (u32, u32), given: fn(Q::Response) -> Given) {
        let (stub, answer) = (self.stub, self.answer);
        // A fault has no results.
        if answer.is_empty() {
            return;
        }
        let request = Q::decode(&mut NdrReader::with_syntax(stub, self.syntax)).expect("it was understood");
        let response = Q::Response::decode(&mut NdrReader::with_syntax(answer, self.syntax));
        let (level, size) = asked(&request);
        let (buffer, needed, count, status) = given(response.expect("results"));
        let length = buffer.as_ref().map_or(size, |buffer| u32::try_from(buffer.len()).expect("a length"));
        assert_eq!(length, size, "a buffer is as long as its client said");
        assert_eq!(status == 122, needed > size, "status {status}: {needed} of {size}");
        if let (0, Some(buffer)) = (status, buffer) {
            unpack::<I>(level, &buffer, count).expect("what is said to be there");
        }
    }
}
