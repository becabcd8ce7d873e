//! What the commands of [MS-CIFS] 2.2.4 say, a type for each request and each response that has anything in it.

mod files;
mod io;
mod ioctl;
mod locking_andx;
mod negotiate;
mod opens;
mod raw;
mod read_andx;
#[cfg(test)]
mod round_trips;
mod search;
mod session_setup;
mod transaction;
mod trees;
mod write_andx;

pub use files::{
    CloseRequest, CreateRequest, CreateTemporaryResponse, DeleteRequest, Empty, FidRequest, FidResponse,
    NtRenameRequest, OpenRequest, OpenResponse, PathRequest, QueryInformation2Response,
    QueryInformationDiskResponse, QueryInformationResponse, RenameRequest, SeekRequest, SeekResponse,
    SetInformation2Request, SetInformationRequest,
};
pub use io::{
    CountResponse, EchoRequest, EchoResponse, LockByteRangeRequest, ReadMpxRequest, ReadRequest,
    ReadResponse, WriteAndCloseRequest, WriteMpxRequest, WriteMpxResponse, WriteRequest,
};
pub use ioctl::{IoctlRequest, IoctlResponse};
pub use locking_andx::{LockType, LockingAndxRange, LockingAndxRequest};
pub use negotiate::{
    Capabilities, LanManNegotiate, NegotiateRequest, NegotiateResponse, NegotiatedSecurity, NtNegotiate,
    SecurityMode,
};
pub use opens::{
    ExtendedOpen, MaximalAccess, NtCreateAndxRequest, NtCreateAndxResponse, NtCreateFlags, OpenAndxRequest,
    OpenAndxResponse, OpenFlags,
};
pub use raw::{ReadRawRequest, WriteRawRequest};
pub use read_andx::{ReadAndxRequest, ReadAndxResponse};
pub use search::{
    DirectoryInformation, GetPrintQueueRequest, GetPrintQueueResponse, OpenPrintFileRequest, ResumeKey,
    SearchRequest, SearchResponse, WritePrintFileRequest,
};
pub use session_setup::{SessionProof, SessionSetupAndxRequest, SessionSetupAndxResponse};
pub use transaction::{
    TransactionFlags, TransactionRequest, TransactionResponse, TransactionSecondaryRequest,
};
pub use trees::{
    OptionalSupport, TreeConnectAndxRequest, TreeConnectAndxResponse, TreeConnectFlags, TreeConnectRequest,
    TreeConnectResponse,
};
pub use write_andx::{WriteAndxRequest, WriteAndxResponse};
