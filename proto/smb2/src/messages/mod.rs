//! The bodies of [MS-SMB2] 2.2. A body is read by a reader that stands behind the 64-byte header and whose first byte is the
//! header's, and is written by a writer whose position 0 is the header's: offsets in bodies count from there.

mod close;
mod create;
mod create_context;
mod create_request_context;
mod create_response_context;
mod error;
mod lease;
mod negotiate;
mod negotiate_context;
mod read;
mod session_setup;
mod tree_connect;
mod write;

pub use close::{CloseFlags, CloseRequest, CloseResponse};
pub use create::{
    CreateAction, CreateDisposition, CreateOptions, CreateRequest, CreateResponse, CreateResponseFlags,
    ImpersonationLevel, OplockLevel, ShareAccess,
};
pub use create_context::{
    CreateContext, CreateContextIter, CreateContextList, CreateContexts, create_context_name,
};
pub use create_request_context::{CreateRequestContext, DurableHandleFlags};
pub use create_response_context::{CreateResponseContext, PosixCreateResponse};
pub use error::{ErrorContext, ErrorId, ErrorResponse, SYMLINK_FLAG_RELATIVE, SymbolicLinkError};
pub use lease::{LeaseContext, LeaseContextV2, LeaseFlags, LeaseKey, LeaseState};
pub use negotiate::{
    Capabilities, NegotiateRequest, NegotiateResponse, SecurityMode, ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse,
};
pub use negotiate_context::{
    ACCEPT_TRANSPORT_LEVEL_SECURITY, COMPRESSION_FLAG_CHAINED, CipherId, CompressionAlgorithm, HashAlgorithm,
    NegotiateContext, NegotiateContextType, RdmaTransformId, SigningAlgorithmId,
};
pub use read::{Channel, ReadFlags, ReadRequest, ReadResponse, ReadResponseFlags, encode_read_header};
pub use session_setup::{SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse};
pub use tree_connect::{
    ShareCapabilities, ShareFlags, ShareType, TreeConnectContext, TreeConnectContextType, TreeConnectFlags,
    TreeConnectRequest, TreeConnectResponse,
};
pub use write::{WriteFlags, WriteRequest, WriteResponse};
