//! The list of a master browser, for the copy that a backup browser has: asked for as nobody, over NetBIOS and SMB 1, which is what masters speak.

use lanward_client::smb1::{Connection, NetbiosName, Options, SessionRequest, Transact, Tree};
use lanward_client::{Error, Result};
use lanward_nbt::FetchList;
use lanward_netbios::browser::{BrowserList, KnownServer};
use lanward_smb1::rap::{
    Descriptor, Field, Output, Parameter, RapRequest, RapResponse, opcode, structures, unpack,
};
use lanward_smb1::{Command, Dialect, Text};
use lanward_wire::Writer;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Lists that are asked for at once: anybody on the network can have it ask, and each takes a thread for as long as the master likes.
const AT_ONCE: usize = 4;

/// Most characters of a comment ([MS-BRWS] 2.2.1).
const COMMENT: usize = 42;

/// How long a master may take for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// SV_TYPE_ALL and SV_TYPE_DOMAIN_ENUM ([MS-RAP] 2.5.5.2.1)
const SERVERS: u32 = u32::MAX;
const GROUPS: u32 = 0x8000_0000;

/// ParamDesc of [MS-RAP] 2.5.5.2 NetServerEnum2 about the master's own group.
const REQUEST: Descriptor<'_> = Descriptor::new("WrLehDO");

/// How lists are got by a server of this name, on this port.
pub(super) fn fetching(own_name: &str, port: u16) -> FetchList {
    let own_name: Arc<str> = own_name.into();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    Arc::new(move |master, at| {
        let own_name = Arc::clone(&own_name);
        let place = Arc::clone(&places).try_acquire_owned();
        Box::pin(async move {
            let place = place.ok()?;
            let asked = tokio::task::spawn_blocking(move || {
                // Until the thread ends, whoever waits for it.
                let _place = place;
                fetch(&own_name, &master, at, port)
            });
            let asked = asked.await;
            asked
                .ok()?
                .inspect_err(|error| tracing::debug!(%at, %error, "the master browser gives no list"))
                .ok()
        })
    })
}

fn fetch(own_name: &str, master: &str, at: Ipv4Addr, port: u16) -> Result<BrowserList> {
    let called = NetbiosName::new(master, NetbiosName::SERVER);
    let calling = NetbiosName::new(own_name, NetbiosName::WORKSTATION);
    let netbios = called.zip(calling).map(|(called, calling)| SessionRequest { called, calling });
    let options = Options { netbios, ..Options::only(Dialect::NtLm).timeout(PATIENCE) };
    let mut connection = Connection::connect((at, port), options)?;
    let session = connection.login_anonymous()?;
    let tree = connection.tree_connect(&session, "IPC$")?;
    let servers = enumerate(&mut connection, tree, SERVERS)?;
    let groups = enumerate(&mut connection, tree, GROUPS)?;
    Ok(BrowserList { servers, groups })
}

fn enumerate(connection: &mut Connection, tree: Tree, kinds: u32) -> Result<Vec<KnownServer>> {
    let text = connection.text().oem();
    let structure = structures::server(1).unwrap_or_default();
    let request = RapRequest {
        opcode: opcode::SERVER_ENUM2,
        parameter_descriptor: REQUEST,
        data_descriptor: structure,
        parameters: vec![
            Parameter::Word(1),
            Parameter::ReceiveLength(0xffff),
            Parameter::Dword(kinds),
            Parameter::Null,
        ],
        auxiliary_descriptor: Descriptor::default(),
    };
    let mut parameters = Vec::new();
    request.encode(&mut Writer::new(&mut parameters), text);
    let call = Transact {
        command: Command::TRANSACTION,
        name: "\\PIPE\\LANMAN",
        parameters,
        max_parameters: 8,
        max_data: 0xffff,
        ..Transact::default()
    };
    let answer = connection.transact(tree, &call)?;
    let head = RapResponse::decode(&answer.parameters, REQUEST)?;
    // SUCCESS, and ERROR_MORE_DATA where not all of them fit.
    let (0 | 234, Some(Output::Word(entries))) = (head.status, head.outputs.first()) else {
        return Err(Error::Unable("the master browser tells of no servers"));
    };
    let rows = unpack(structure, *entries, head.converter, &answer.data, text.code_page)?;
    Ok(rows.iter().filter_map(|row| known(row, text)).collect())
}

/// [MS-RAP] 2.5.5.4.2 NetServerInfo1
fn known(row: &[Field], text: Text) -> Option<KnownServer> {
    let [Field::Bytes(name), Field::Byte(major), Field::Byte(minor), Field::Dword(server_type), comment] =
        row
    else {
        return None;
    };
    let name = name.split(|b| *b == 0).next().filter(|name| !name.is_empty())?;
    let comment = match comment {
        // All comments may be one that fills the answer: only as much is kept as an announcement has.
        Field::Text(comment) => comment.to_string_lossy().chars().take(COMMENT).collect(),
        _ => String::new(),
    };
    Some(KnownServer {
        name: String::from_utf16_lossy(&text.code_page.decode(name)).to_uppercase(),
        version: (*major, *minor),
        server_type: *server_type,
        comment,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_wire::CodePage;

    #[test]
    fn no_comment_is_longer_than_an_announcement_has() {
        let row = [
            Field::Bytes(b"PC\0".to_vec()),
            Field::Byte(4),
            Field::Byte(9),
            Field::Dword(3),
            Field::Text("x".repeat(30_000).as_str().into()),
        ];
        let known = known(&row, Text { unicode: false, code_page: CodePage::default() }).unwrap();
        assert_eq!((known.name.as_str(), known.comment.len()), ("PC", COMMENT));
    }
}
