//! TRANS2_OPEN2 ([MS-CIFS] 3.3.5.58.2): SMB_COM_OPEN_ANDX with extended attributes.

use super::extended_attributes;
use super::reply::Reply;
use crate::smb1::commands::open_andx;
use crate::smb1::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_smb1::Transaction;
use lanward_smb1::messages::{OpenAndxRequest, OpenFlags};
use lanward_smb1::subcommands::{Open2Request, Open2Response, Parameters};

/// Bytes of parameters in the answer.
const PARAMETERS: usize = 30;
/// FileExistsOpts and CreateFile of an open mode.
const NEITHER: u16 = 0x13;
/// REQ_EASIZE of the flags: how long the list of extended attributes is.
const WANTS_EA_LENGTH: u16 = 0x0008;
/// REQ_ATTRIB of the flags: everything else about the file.
const WANTS_ALL: u16 = 0x0001;

pub(super) async fn open2(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = Open2Request::decode(&transaction.parameters, context.text)?;
    reply.expect_parameters(PARAMETERS)?;
    let attributes = extended_attributes::of_new_file(&transaction.data)?;
    if request.open_mode & NEITHER == 0 {
        // Neither is it to be opened nor made: here that is the name's being taken.
        return Err(NtStatus::OBJECT_NAME_COLLISION.into());
    }
    let andx = OpenAndxRequest {
        flags: request.flags.difference(OpenFlags::EXTENDED_RESPONSE),
        access_mode: request.access_mode,
        file_attributes: request.file_attributes,
        creation_time: request.creation_time,
        // Here whoever says neither what is to be opened nor what made has always been taken to mean the latter.
        open_mode: if request.open_mode & 0x13 == 0 { 0x10 } else { request.open_mode },
        allocation_size: request.allocation_size,
        file_name: request.file_name,
        ..OpenAndxRequest::default()
    };
    let opened = open_andx::open(context, &andx, attributes).await?;
    let told = Open2Response {
        fid: opened.fid,
        access_mode: opened.access_rights,
        action_taken: opened.open_results,
        resource_type: opened.resource_type,
        pipe_status: opened.pipe_status,
        ..Open2Response::default()
    };
    let told = match request.flags.bits() & WANTS_ALL {
        0 => told,
        _ => Open2Response {
            file_attributes: opened.attributes,
            creation_time: opened.last_write_time,
            file_data_size: opened.data_size,
            ..told
        },
    };
    let extended_attribute_length = match request.flags.bits() & WANTS_EA_LENGTH {
        0 => 0,
        _ => context.file(opened.fid).and_then(|file| file.metadata()).map_or(0, |m| m.ea_size),
    };
    reply.set_parameters(&Open2Response { extended_attribute_length, ..told })?;
    Ok(NtStatus::SUCCESS)
}
