//! What is shared: for the user that was named, else for nobody.

use super::Target;
use super::dialects::Dialects;
use super::report::{Share, Shares};
use lanward_client::{Connection, Error, Login, Result, Tree, smb1};
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::srvsvc::{self, ShareEnumRequest, ShareInfo, ShareType};
use lanward_rpc::{Arguments as _, EnumResponse, NdrReader, NdrWriter};
use lanward_wire::DecodeError;

pub(super) fn ask(target: &Target, dialects: &Dialects) -> Shares {
    let list = if dialects.newest_smb2.is_some() {
        ask_smb2(target)
    } else if target.user.is_some() {
        Err(Error::Unable("users are asked for by SMB 2 and 3 alone"))
    } else {
        ask_smb1(target)
    };
    let asked_by = target.user.as_ref().map(|(user, _)| user.clone());
    match list {
        Ok(list) => Shares { asked_by, refused: None, list },
        Err(error) => Shares { asked_by, refused: Some(error.to_string()), list: Vec::new() },
    }
}

fn ask_smb2(target: &Target) -> Result<Vec<Share>> {
    let login = target.login().unwrap_or_else(Login::anonymous);
    let mut connection = Connection::connect(target.address, target.options())?;
    let session = connection.login_with(&login)?;
    let ipc = connection.tree_connect(session, "IPC$")?;
    over_smb2(&mut connection, ipc)
}

fn ask_smb1(target: &Target) -> Result<Vec<Share>> {
    let mut connection = smb1::Connection::connect(target.address, target.smb1_options())?;
    let session = connection.login_anonymous()?;
    let ipc = connection.tree_connect(&session, "IPC$")?;
    over_smb1(&mut connection, ipc)
}

pub(super) fn over_smb2(connection: &mut Connection, ipc: Tree) -> Result<Vec<Share>> {
    let mut service = connection.rpc_bind(ipc, "srvsvc", srvsvc::INTERFACE)?;
    listed(connection.rpc_call(&mut service, srvsvc::opnum::SHARE_ENUM, encode, decode)?)
}

pub(super) fn over_smb1(connection: &mut smb1::Connection, ipc: smb1::Tree) -> Result<Vec<Share>> {
    let mut service = connection.rpc_bind(ipc, "srvsvc", srvsvc::INTERFACE)?;
    listed(connection.rpc_call(&mut service, srvsvc::opnum::SHARE_ENUM, encode, decode)?)
}

fn encode(w: &mut NdrWriter<'_>) {
    let request = ShareEnumRequest {
        level: 1,
        preferred_maximum_length: u32::MAX,
        resume_handle: Some(0),
        ..ShareEnumRequest::default()
    };
    request.encode(w);
}

fn decode(r: &mut NdrReader<'_>) -> core::result::Result<EnumResponse<ShareInfo>, DecodeError> {
    EnumResponse::decode(r)
}

fn listed(response: EnumResponse<ShareInfo>) -> Result<Vec<Share>> {
    const ACCESS_DENIED: u32 = 5;
    match response.status {
        0 => Ok(response.entries.unwrap_or_default().iter().map(share).collect()),
        ACCESS_DENIED => {
            let command = lanward_smb2::Command::IOCTL;
            Err(Error::Status { command, status: NtStatus::ACCESS_DENIED })
        }
        _ => Err(Error::Unable("the server's list of shares could not be had")),
    }
}

fn share(info: &ShareInfo) -> Share {
    let kind = info.share_type.difference(ShareType::SPECIAL | ShareType::TEMPORARY).bits();
    let kinds = ["disk", "printer", "device", "ipc"];
    let kind = usize::try_from(kind).ok().and_then(|kind| kinds.get(kind)).unwrap_or(&"disk");
    let text = |text: Option<&NtString>| text.map(NtString::to_string_lossy).unwrap_or_default();
    Share { name: text(info.name.as_ref()), kind, remark: text(info.remark.as_ref()) }
}
