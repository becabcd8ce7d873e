//! NT_TRANSACT_CREATE ([MS-CIFS] 3.3.5.59.1): SMB_COM_NT_CREATE_ANDX with a security descriptor and extended attributes.

use super::reply::Reply;
use crate::smb1::commands::nt_create_andx;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use lanward_nt::NtStatus;
use lanward_nt::fscc::decode_full_ea;
use lanward_smb1::Transaction;
use lanward_smb1::messages::NtCreateAndxRequest;
use lanward_smb1::subcommands::{NtTransactCreateRequest, NtTransactCreateResponse, Parameters};
use lanward_vfs::ExtendedAttribute;

/// Bytes of parameters in the answer, the largest one.
const PARAMETERS: usize = 69;

pub(super) async fn create(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = NtTransactCreateRequest::decode(&transaction.parameters, context.text)?;
    reply.expect_parameters(PARAMETERS)?;
    let (security_descriptor, extended_attributes) = parts(&request, &transaction.data)?;
    let andx = NtCreateAndxRequest {
        flags: request.flags,
        root_directory_fid: request.root_directory_fid,
        desired_access: request.desired_access,
        allocation_size: request.allocation_size,
        attributes: request.attributes,
        share_access: request.share_access,
        create_disposition: request.create_disposition,
        create_options: request.create_options,
        impersonation_level: request.impersonation_level,
        security_flags: request.security_flags,
        file_name: request.name,
    };
    let name = nt_create_andx::name_of(context, &andx)?;
    let wanted =
        Opening { security_descriptor, extended_attributes, ..nt_create_andx::opening(&andx, name)? };
    let opened = nt_create_andx::open(context, &wanted).await?;
    let opened = nt_create_andx::response(context, andx.flags, &opened);
    reply.set_parameters(&NtTransactCreateResponse { opened, ea_error_offset: 0 })?;
    Ok(NtStatus::SUCCESS)
}

/// The security descriptor in the data and the extended attributes behind it, which are those of [MS-FSCC].
///
/// # Errors
/// INVALID_PARAMETER: they are not there; EA_LIST_INCONSISTENT.
fn parts<'a>(
    request: &NtTransactCreateRequest,
    data: &'a [u8],
) -> Result<(Option<&'a [u8]>, Vec<ExtendedAttribute>), NtStatus> {
    let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let length = index(request.security_descriptor_length);
    let (descriptor, rest) = data.split_at_checked(length).ok_or(NtStatus::INVALID_PARAMETER)?;
    let list = rest.get(..index(request.ea_length)).ok_or(NtStatus::INVALID_PARAMETER)?;
    let list = decode_full_ea(list).map_err(|_| NtStatus::EA_LIST_INCONSISTENT)?;
    let attributes =
        list.into_iter().map(|ea| ExtendedAttribute { flags: ea.flags, name: ea.name, value: ea.value });
    Ok(((length > 0).then_some(descriptor), attributes.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_lies_are_refused() {
        let of = |security_descriptor_length, ea_length| NtTransactCreateRequest {
            security_descriptor_length,
            ea_length,
            ..NtTransactCreateRequest::default()
        };
        assert_eq!(parts(&of(0, 0), b""), Ok((None, Vec::new())));
        assert_eq!(parts(&of(2, 0), b"ab"), Ok((Some(&b"ab"[..]), Vec::new())));
        for lie in [of(3, 0), of(2, 1), of(u32::MAX, 0), of(0, u32::MAX)] {
            assert_eq!(parts(&lie, b"ab"), Err(NtStatus::INVALID_PARAMETER));
        }
        assert_eq!(parts(&of(0, 2), b"ab"), Err(NtStatus::EA_LIST_INCONSISTENT));
    }
}
