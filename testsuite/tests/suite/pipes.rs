//! The management pipes over SMB2, for those who mean well and those who do not (C6, C9).

use crate::support::refused;
use lanward_client::{Connection, Create, Error, File, Options, Request};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, NtStatus};
use lanward_rpc::{Arguments as _, ClientAssociation, ClientError, NdrReader, NdrWriter, srvsvc};
use lanward_smb2::Command;
use lanward_smb2::messages::{InfoType, IoctlFlags, IoctlRequest, IoctlResponse};
use lanward_testsuite::{Plan, Site};

fn open(site: &Site, options: Options) -> (Connection, File) {
    let (mut c, tree) = site.alice(options).unwrap();
    let ipc = c.tree_connect(tree.session, "IPC$").unwrap();
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let pipe = c.create(ipc, &Create::open("srvsvc", access)).unwrap().file;
    (c, pipe)
}

/// Writes a message and reads the one that answers it, in pieces of `max`.
pub(crate) fn transceive(c: &mut Connection, pipe: File, message: &[u8], max: u32) -> Result<Vec<u8>, Error> {
    let body = IoctlRequest {
        ctl_code: CtlCode::PIPE_TRANSCEIVE,
        file_id: pipe.id,
        max_input_response: 0,
        max_output_response: max,
        flags: IoctlFlags::IS_FSCTL,
        input: message,
    };
    let reply = c.call(&Request::new(Command::IOCTL, pipe, &body))?.check(&[NtStatus::BUFFER_OVERFLOW])?;
    let mut more = reply.status() == NtStatus::BUFFER_OVERFLOW;
    let mut answer = reply.decode::<IoctlResponse<'_>>()?.output.to_vec();
    assert!(answer.len() <= max as usize);
    while more {
        let id = c.send_read(pipe, 0, max)?;
        let reply = c.receive(id)?.check(&[NtStatus::BUFFER_OVERFLOW])?;
        more = reply.status() == NtStatus::BUFFER_OVERFLOW;
        answer.extend_from_slice(reply.decode::<lanward_smb2::messages::ReadResponse<'_>>()?.data);
    }
    Ok(answer)
}

pub(crate) fn bound(c: &mut Connection, pipe: File) -> ClientAssociation {
    let mut association = ClientAssociation::new(srvsvc::INTERFACE);
    let answer = transceive(c, pipe, &association.bind(), 4280).unwrap();
    assert_eq!(association.receive(&answer).unwrap(), Some(Vec::new()));
    association
}

#[test]
fn a_pipe_tells_what_it_is_and_how_it_is_read() {
    let site = Site::new().unwrap();
    let (mut c, pipe) = open(&site, Options::default());
    let info = |c: &mut Connection, class: u8, max| c.query_info(pipe, InfoType::FILE, class, max);
    let standard = info(&mut c, 5, 24).unwrap();
    assert_eq!((standard.len(), standard[16], standard[21]), (24, 1, 0), "one link, no directory");
    assert_eq!(refused(info(&mut c, 5, 23)), NtStatus::INFO_LENGTH_MISMATCH);
    assert_eq!(info(&mut c, 24, 40).unwrap().len(), 40);
    assert_eq!(info(&mut c, 23, 8).unwrap(), [1, 0, 0, 0, 0, 0, 0, 0]);
    c.set_info(pipe, InfoType::FILE, 23, &[1, 0, 0, 0, 1, 0, 0, 0]).unwrap();
    let id = c.send_read(pipe, 0, 10).unwrap();
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::PIPE_EMPTY);
    for wrong in [&[2, 0, 0, 0, 0, 0, 0, 0][..], &[0, 0, 0, 0, 2, 0, 0, 0]] {
        assert_eq!(refused(c.set_info(pipe, InfoType::FILE, 23, wrong)), NtStatus::INVALID_PARAMETER);
    }
    assert_eq!(refused(c.set_info(pipe, InfoType::FILE, 23, &[1])), NtStatus::INFO_LENGTH_MISMATCH);
    assert_eq!(refused(info(&mut c, 34, 500)), NtStatus::INVALID_PARAMETER);
}

pub(crate) fn share_enum() -> Vec<u8> {
    let request = srvsvc::ShareEnumRequest {
        server_name: Some("server".into()),
        level: 1,
        preferred_maximum_length: u32::MAX,
        resume_handle: None,
    };
    let mut stub = Vec::new();
    request.encode(&mut NdrWriter::new(&mut stub));
    stub
}

#[test]
fn shares_are_listed_in_pieces_of_any_size() {
    let site = Site::new().unwrap();
    for options in [Options::default(), Options::default().signed(), Options::default().sealed()] {
        for max in [1, 16, 100, 4280] {
            let (mut c, pipe) = open(&site, options.clone());
            let mut association = bound(&mut c, pipe);
            let [call] = &association.call(srvsvc::SHARE_ENUM, &share_enum())[..] else {
                panic!("one fragment")
            };
            let answer = transceive(&mut c, pipe, call, max).unwrap();
            let stub = association.receive(&answer).unwrap().unwrap();
            let response = srvsvc::ShareEnumResponse::decode(&mut NdrReader::new(&stub)).unwrap();
            let mut names: Vec<String> =
                response.entries.unwrap().iter().map(|s| s.name.as_ref().unwrap().to_string()).collect();
            names.sort();
            assert_eq!(names, ["IPC$", "data"]);
        }
    }
    site.settles().unwrap();
}

/// CVE-2012-1182, CVE-2008-4250: arguments that lie about themselves, and operations that have no business here, get a fault.
#[test]
fn c09_arguments_that_lie_get_a_fault() {
    let site = Site::new().unwrap();
    let (mut c, pipe) = open(&site, Options::default());
    let mut association = bound(&mut c, pipe);
    let good = share_enum();
    let mut lies: Vec<(u16, Vec<u8>)> =
        (0..good.len()).map(|n| (srvsvc::SHARE_ENUM, good[..n].to_vec())).collect();
    for at in (0..good.len()).step_by(4) {
        let mut bent = good.clone();
        bent[at..].iter_mut().take(4).for_each(|b| *b = 0xff);
        lies.push((srvsvc::SHARE_ENUM, bent));
    }
    // NetprPathCanonicalize (31) and everything else nobody offers.
    lies.extend((29..80).map(|operation| (operation, good.clone())));
    let mut faults = 0;
    for (operation, stub) in lies {
        let [call] = &association.call(operation, &stub)[..] else { panic!("one fragment") };
        let answer = transceive(&mut c, pipe, call, 4280).unwrap();
        match association.receive(&answer) {
            Err(ClientError::Fault(_)) => faults += 1,
            Ok(Some(_)) => {}
            other => panic!("operation {operation}, {stub:02x?}: {other:?}"),
        }
    }
    assert!(faults > 50, "only {faults} faults");
    let [call] = &association.call(srvsvc::SHARE_ENUM, &good)[..] else { panic!("one fragment") };
    let answer = transceive(&mut c, pipe, call, 4280).unwrap();
    assert!(association.receive(&answer).unwrap().is_some(), "the pipe still serves");
    drop(c);
    site.settles().unwrap();
}

#[test]
fn c09_what_is_no_rpc_closes_the_pipe_and_nothing_else() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    let bind = ClientAssociation::new(srvsvc::INTERFACE).bind();
    let mut garbage: Vec<Vec<u8>> =
        vec![vec![0xff; 100], vec![5, 0, 11], vec![0; 4280], b"GET / HTTP/1.0\r\n\r\n".to_vec()];
    for at in 0..bind.len().min(32) {
        let mut bent = bind.clone();
        bent[at] = 0xff;
        garbage.push(bent);
    }
    let (mut c, mut pipe) =
        open(&site, Options { timeout: std::time::Duration::from_secs(10), ..Options::default() });
    let ipc = pipe.tree;
    for bytes in garbage {
        // A partial PDU is taken and answered by nothing; the rest gets a refusal or an end of the pipe.
        c.write(pipe, 0, &bytes).ok();
        c.close(pipe).unwrap();
        let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
        pipe = c.create(ipc, &Create::open("srvsvc", access)).unwrap().file;
    }
    bound(&mut c, pipe);
    c.close(pipe).unwrap();
    assert_eq!(refused(transceive(&mut c, pipe, &bind, 4280)), NtStatus::FILE_CLOSED);
    drop(c);
    site.settles().unwrap();
}

/// A read of a pipe that has nothing to say waits, and ends with whatever it waits in.
#[test]
fn a_read_of_a_silent_pipe_waits_and_is_cancelled() {
    let site = Site::new().unwrap();
    let (mut c, pipe) = open(&site, Options::default());
    let id = c.send_read(pipe, 0, 100).unwrap();
    assert!(c.receive_interim(id).unwrap().is_some());
    c.cancel(pipe, id).unwrap();
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::CANCELLED);
    let id = c.send_read(pipe, 0, 100).unwrap();
    assert!(c.receive_interim(id).unwrap().is_some());
    c.close(pipe).unwrap();
    assert!(c.receive(id).unwrap().status().is_error());
    drop(c);
    site.settles().unwrap();
}
