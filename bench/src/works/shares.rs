use crate::target::{Mode, Sample, Target};
use anyhow::{Result, bail, ensure};
use lanward_client::Create;
use lanward_nt::AccessMask;
use lanward_nt::fscc::CtlCode;
use lanward_rpc::srvsvc::{self, MAX_PREFERRED_LENGTH};
use lanward_rpc::{ClientAssociation, NdrWriter};

/// Opens the pipe of the server service, binds, lists the shares (NetShareEnumAll, level 1) and closes: what `net view` costs.
pub(super) fn enumerate(target: &mut Target, count: u32) -> Result<Sample> {
    target.measure(f64::from(count) / 1000.0, count.into(), |t| {
        let client = t.client(Mode::Plain)?;
        let connection = &mut client.connection;
        let ipc = connection.tree_connect(client.tree.session, "IPC$")?;
        let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
        for _ in 0..count {
            let pipe = connection.create(ipc, &Create::open("srvsvc", access))?.file;
            let mut association = ClientAssociation::new(srvsvc::INTERFACE);
            let ack = connection.ioctl(pipe, CtlCode::PIPE_TRANSCEIVE, &association.bind(), 4280)?;
            ensure!(association.receive(&ack)?.is_some(), "no bind_ack");
            let calls = association.call(srvsvc::SHARE_ENUM, &question());
            let [call] = calls.as_slice() else { bail!("more than one fragment") };
            let answer = connection.ioctl(pipe, CtlCode::PIPE_TRANSCEIVE, call, 4280)?;
            let Some(answer) = association.receive(&answer)? else { bail!("more than one fragment") };
            ensure!(answer.len() > 100 && answer.ends_with(&[0; 4]), "no shares");
            connection.close(pipe)?;
        }
        Ok(connection.tree_disconnect(ipc)?)
    })
}

/// [MS-SRVS] 3.1.4.8 NetrShareEnum for everything at level 1.
fn question() -> Vec<u8> {
    let mut stub = Vec::new();
    let mut w = NdrWriter::new(&mut stub);
    w.string_pointer(None);
    w.u32(1);
    w.u32(1);
    w.unique(Some(()), |w, ()| {
        w.u32(0);
        w.pointer(false);
    });
    w.u32(MAX_PREFERRED_LENGTH);
    w.pointer(false);
    stub
}
