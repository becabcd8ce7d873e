//! The bodies of [MS-SMB2] 2.2. A body is read by a reader that stands behind the 64-byte header and whose first byte is the
//! header's, and is written by a writer whose position 0 is the header's: offsets in bodies count from there.

mod aapl;
#[cfg(test)]
mod captured;
mod change_notify;
mod close;
mod copychunk;
mod create;
mod create_context;
mod create_request_context;
mod create_response_context;
mod duplicate_extents;
mod empty;
mod error;
mod file_information;
mod flush;
mod ioctl;
mod lease;
mod lock;
mod negotiate;
mod negotiate_context;
mod network_interface;
mod oplock_break;
mod output;
mod pipe;
mod query_directory;
mod query_info;
mod rdma_transform;
mod read;
mod read_hash;
mod resiliency;
#[cfg(test)]
mod round_trips;
mod server_notification;
mod session_setup;
mod set_info;
#[cfg(test)]
mod shapes;
mod share_redirect;
mod tree_connect;
mod write;

pub use aapl::{AaplCapabilities, AaplQuery, AaplRequest, AaplResponse, AaplVolumeCapabilities};
pub use change_notify::{
    ChangeNotifyFlags, ChangeNotifyRequest, CompletionFilter, FileNotifyInformation, NotifyAction,
};
pub use close::{CloseFlags, CloseRequest, CloseResponse};
pub use copychunk::{
    ResumeKey, SrvCopychunk, SrvCopychunkCopy, SrvCopychunkResponse, SrvRequestResumeKeyResponse,
    SrvSnapshotArray,
};
pub use create::{
    CreateAction, CreateDisposition, CreateRequest, CreateResponse, CreateResponseFlags, ImpersonationLevel,
    OplockLevel,
};
pub use create_context::{
    CreateContext, CreateContextIter, CreateContextList, CreateContexts, create_context_name,
};
pub use create_request_context::{CreateRequestContext, DurableHandleFlags};
pub use create_response_context::{CreateResponseContext, PosixCreateResponse};
pub use duplicate_extents::{DuplicateExtents, DuplicateExtentsEx};
pub use empty::{
    CancelRequest, EchoRequest, EchoResponse, FlushResponse, LockResponse, LogoffRequest, LogoffResponse,
    TreeDisconnectRequest, TreeDisconnectResponse,
};
pub use error::{ErrorContext, ErrorId, ErrorResponse, SYMLINK_FLAG_RELATIVE, SymbolicLinkError};
pub use flush::FlushRequest;
pub use ioctl::{IoctlFlags, IoctlRequest, IoctlResponse};
pub use lease::{LeaseContext, LeaseContextV2, LeaseFlags, LeaseKey, LeaseState};
pub use lock::{LockElement, LockFlags, LockRequest};
pub use negotiate::{
    Capabilities, NegotiateRequest, NegotiateResponse, SecurityMode, ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse,
};
pub use negotiate_context::{
    ACCEPT_TRANSPORT_LEVEL_SECURITY, COMPRESSION_FLAG_CHAINED, CipherId, CompressionAlgorithm, HashAlgorithm,
    NegotiateContext, NegotiateContextType, POSIX_EXTENSIONS_VERSION, RdmaTransformId, SigningAlgorithmId,
};
pub use network_interface::{InterfaceAddress, InterfaceCapability, NetworkInterfaceInfo};
pub use oplock_break::{
    LeaseBreakAcknowledgment, LeaseBreakFlags, LeaseBreakNotification, OplockBreak, OplockBreakRequest,
    OplockBreakResponse,
};
pub use output::{ChangeNotifyResponse, PendingPayload, QueryDirectoryResponse, QueryInfoResponse};
pub use pipe::{NamedPipeState, PipePeekResponse, PipeWaitRequest};
pub use query_directory::{QueryDirectoryFlags, QueryDirectoryRequest};
pub use query_info::{
    InfoType, QueryInfoFlags, QueryInfoRequest, QueryQuotaInfo, QuotaSids, SecurityInformation,
};
pub use rdma_transform::{RdmaCryptoTransform, RdmaTransform, RdmaTransformType};
pub use read::{Channel, ReadFlags, ReadRequest, ReadResponse, ReadResponseFlags, encode_read_header};
pub use read_hash::{
    HashRetrievalType, HashType, HashVersion, SrvHashRetrieveFileBased, SrvHashRetrieveHashBased,
    SrvReadHashRequest,
};
pub use resiliency::NetworkResiliencyRequest;
pub use server_notification::{NotificationType, ServerToClientNotification};
pub use session_setup::{SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse};
pub use set_info::{SetInfoRequest, SetInfoResponse};
pub use share_redirect::ShareRedirect;
pub use tree_connect::{
    ShareCapabilities, ShareFlags, ShareType, TreeConnectContext, TreeConnectContextType, TreeConnectFlags,
    TreeConnectRequest, TreeConnectResponse,
};
pub use write::{WriteFlags, WriteRequest, WriteResponse};
