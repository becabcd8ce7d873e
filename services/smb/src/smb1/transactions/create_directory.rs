//! TRANS2_CREATE_DIRECTORY ([MS-CIFS] 3.3.5.58.12): a directory with extended attributes.

use super::paths;
use super::reply::Reply;
use super::{extended_attributes, searches};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::status::NAME_IS_THERE;
use lanward_fsa::{CacheRequest, CreateParams};
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtStatus};
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{CreateDirectoryRequest, Parameters};

pub(super) async fn create_directory(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = CreateDirectoryRequest::decode(&transaction.parameters, context.text)?;
    let named = paths::named(context, &request.directory_name).await?;
    let params = CreateParams {
        path: &named.path,
        desired_access: AccessMask::READ_ATTRIBUTES,
        share_access: paths::SHARED,
        disposition: CreateDisposition::Create,
        options: CreateOptions::DIRECTORY_FILE,
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: extended_attributes::of_new_file(&transaction.data)?,
        posix: None,
        security_descriptor: None,
        cache: CacheRequest::None,
        waits: Some(context.unit.waits()),
    };
    let created = paths::create(context, &named, params).await;
    let created = created.map_err(|status| context.told(status, NAME_IS_THERE))?;
    searches::close(&created.open).await;
    reply.set_no_ea_error();
    Ok(NtStatus::SUCCESS)
}
