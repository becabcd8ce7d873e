//! What is allowed to whoever has no password.

use super::Target;
use super::dialects::Dialects;
use super::report::{Outcome, Visitor};
use super::shares;
use crate::identity::random;
use lanward_client::{Connection, Create, Login, Result, smb1};
use lanward_nt::AccessMask;

pub(super) struct Visitors {
    pub(super) anonymous: Visitor,
    pub(super) guest: Outcome,
}

/// What is interesting behind IPC$, in the order of the alphabet.
const PIPES: [&str; 9] =
    ["browser", "eventlog", "lsarpc", "samr", "spoolss", "srvsvc", "svcctl", "winreg", "wkssvc"];

const NO_WAY: &str = "no dialect with users is served";

pub(super) fn ask(target: &Target, dialects: &Dialects) -> Visitors {
    if dialects.newest_smb2.is_some() {
        return Visitors { anonymous: anonymous(target), guest: guest(target) };
    }
    if dialects.newest_smb1 >= Some(lanward_smb1::Dialect::LanMan1) {
        return Visitors { anonymous: anonymous_smb1(target), guest: guest_smb1(target) };
    }
    Visitors {
        anonymous: nothing(&Outcome::Untried(NO_WAY.to_owned())),
        guest: Outcome::Untried(NO_WAY.to_owned()),
    }
}

fn nothing(session: &Outcome) -> Visitor {
    let further = match session {
        Outcome::Untried(why) => Outcome::Untried(why.clone()),
        _ => Outcome::Refused("there is no session".to_owned()),
    };
    Visitor { session: session.clone(), ipc: further.clone(), pipes: Vec::new(), shares: further }
}

fn outcome<T>(result: &Result<T>) -> Outcome {
    match result {
        Ok(_) => Outcome::Allowed,
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

fn anonymous(target: &Target) -> Visitor {
    let mut connection = match Connection::connect(target.address, target.options()) {
        Ok(connection) => connection,
        Err(error) => return nothing(&Outcome::Untried(error.to_string())),
    };
    let session = connection.login_anonymous();
    let mut visitor = nothing(&outcome(&session));
    let Ok(session) = session else { return visitor };
    let ipc = connection.tree_connect(session, "IPC$");
    visitor.ipc = outcome(&ipc);
    let Ok(ipc) = ipc else { return visitor };
    let access = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_WRITE;
    let opens = |pipe: &&str| connection.touch(ipc, &Create::open(pipe, access)).is_ok();
    visitor.pipes = PIPES.into_iter().filter(opens).map(str::to_owned).collect();
    visitor.shares = outcome(&shares::over_smb2(&mut connection, ipc));
    visitor
}

fn anonymous_smb1(target: &Target) -> Visitor {
    let mut connection = match smb1::Connection::connect(target.address, target.smb1_options()) {
        Ok(connection) => connection,
        Err(error) => return nothing(&Outcome::Untried(error.to_string())),
    };
    let session = connection.login_anonymous();
    let mut visitor = nothing(&outcome(&session));
    let Ok(session) = session else { return visitor };
    let ipc = connection.tree_connect(&session, "IPC$");
    visitor.ipc = outcome(&ipc);
    let Ok(ipc) = ipc else { return visitor };
    let access = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_WRITE;
    let mut opens = |pipe: &&str| {
        let file = connection.create(ipc, &smb1::Create::open(&format!("\\{pipe}"), access));
        file.and_then(|file| connection.close(file)).is_ok()
    };
    visitor.pipes = PIPES.into_iter().filter(&mut opens).map(str::to_owned).collect();
    visitor.shares = outcome(&shares::over_smb1(&mut connection, ipc));
    visitor
}

/// Somebody the server cannot know: who lets them in takes everybody for a guest.
fn stranger() -> Option<(String, String)> {
    let name = u64::from_le_bytes(random().ok()?);
    let password = u64::from_le_bytes(random().ok()?);
    Some((format!("probe-{name:x}"), format!("{password:x}")))
}

fn guest(target: &Target) -> Outcome {
    let Some((user, password)) = stranger() else { return Outcome::Untried("no random numbers".to_owned()) };
    // A guest shares no key, by which a client could see whether it is the server that it meant.
    let options = lanward_client::Options { verify: false, ..target.options() };
    let login = Login::user(&user, &password);
    outcome(&Connection::connect(target.address, options).and_then(|mut c| c.login_with(&login)))
}

fn guest_smb1(target: &Target) -> Outcome {
    let Some((user, password)) = stranger() else { return Outcome::Untried("no random numbers".to_owned()) };
    let options = smb1::Options { verify: false, ..target.smb1_options() };
    outcome(&smb1::Connection::connect(target.address, options).and_then(|mut c| c.login(&user, &password)))
}
