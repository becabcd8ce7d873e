//! [MS-WKST] 3.2.4.7 to 3.2.4.10: connections of this machine to others. "The server SHOULD NOT allow this method to be invoked remotely and SHOULD
//! return ERROR_CALL_NOT_IMPLEMENTED."

use crate::enumeration::Wanted;
use crate::win32;
use lanward_rpc::srvsvc::ParameterErrorResponse;
use lanward_rpc::wkssvc::{UseAddRequest, UseEnumRequest, UseEnumResponse, UseGetInfoResponse, UseRequest};

pub(super) const fn use_add(request: &UseAddRequest) -> ParameterErrorResponse {
    let status = if request.level > 3 { win32::INVALID_LEVEL } else { win32::CALL_NOT_IMPLEMENTED };
    ParameterErrorResponse { parameter_error: request.parameter_error, status }
}

pub(super) const fn use_get_info(request: &UseRequest) -> UseGetInfoResponse {
    let level = request.level;
    let status = if level > 3 { win32::INVALID_LEVEL } else { win32::CALL_NOT_IMPLEMENTED };
    UseGetInfoResponse { level, connection: None, status }
}

pub(super) fn use_enum(request: &UseEnumRequest) -> UseEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    wanted.refused(if request.level > 2 { win32::INVALID_LEVEL } else { win32::CALL_NOT_IMPLEMENTED })
}
