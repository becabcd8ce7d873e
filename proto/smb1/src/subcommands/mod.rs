//! What transactions carry: the parameters of their subcommands ([MS-CIFS] 2.2.5 to 2.2.7) and the structures of information levels that [MS-FSCC]
//! does not have (2.2.8).

mod levels;
mod nt;
mod parameters;
mod pipes;
mod structures;
mod trans2;
mod unix;

pub use levels::{FindLevel, NtTransactCode, QueryFsLevel, QueryLevel, SetLevel, Trans2Code, TransCode};
pub use nt::{
    IoctlSetup, NotifyChangeSetup, NtTransactCreateRequest, NtTransactCreateResponse, QueryQuotaRequest,
    QueryQuotaResponse, SecurityDescRequest, SecurityDescResponse, SetQuotaRequest,
};
pub use parameters::Parameters;
pub use pipes::{BytesWritten, PipeInfo, PipeInfoRequest, PipePeek, PipeSetup, PipeState};
pub use structures::{
    FullEa, InfoAllocation, InfoStandard, InfoVolume, QueryFileAllInfo, SetInfoStandard, decode_fea_list,
    decode_gea_list, encode_fea_list, encode_gea_list,
};
pub use trans2::{
    CreateDirectoryRequest, EaErrorResponse, FindFirst2Request, FindFirst2Response, FindFlags,
    FindNext2Request, FindNext2Response, Open2Request, Open2Response, QueryFileRequest, QueryFsRequest,
    QueryPathRequest, SetFileRequest, SetFsRequest, SetPathRequest,
};
pub use unix::{UnixBasic, UnixInfo2};
