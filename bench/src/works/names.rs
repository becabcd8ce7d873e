use crate::target::{Mode, Sample, Target, pattern};
use anyhow::Result;
use lanward_client::{Connection, Create, Tree};
use lanward_nt::AccessMask;
use lanward_nt::CreateOptions;
use lanward_smb2::messages::{CreateDisposition, InfoType};

/// What is done with every name, in the order of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Mkdir,
    Rmdir,
    Create,
    Stat,
    OpenReadClose,
    Overwrite,
    RenameTwice,
    Unlink,
}

/// FileNetworkOpenInformation: times, sizes and attributes, 56 bytes.
const NETWORK_OPEN: u8 = 34;
const FOLDER: &str = "names";

impl Step {
    pub(crate) const ALL: [Self; 8] = [
        Self::Mkdir,
        Self::Rmdir,
        Self::Create,
        Self::Stat,
        Self::OpenReadClose,
        Self::Overwrite,
        Self::RenameTwice,
        Self::Unlink,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mkdir => "mkdir",
            Self::Rmdir => "rmdir",
            Self::Create => "create",
            Self::Stat => "stat",
            Self::OpenReadClose => "open-read-close",
            Self::Overwrite => "overwrite",
            Self::RenameTwice => "rename-twice",
            Self::Unlink => "unlink",
        }
    }

    const fn needs(self) -> Needs {
        match self {
            Self::Mkdir => Needs::Directories(false),
            Self::Rmdir => Needs::Directories(true),
            Self::Create => Needs::Files(false),
            _ => Needs::Files(true),
        }
    }

    /// Half as many folders, and a quarter of the renames, which are by far the slowest on the reference.
    const fn count(self, files: u32) -> u32 {
        match self {
            Self::Mkdir | Self::Rmdir => files / 2,
            Self::RenameTwice => files / 4,
            _ => files,
        }
    }
}

enum Needs {
    Files(bool),
    Directories(bool),
}

/// Does one step with `files` names in one folder; what must be there first, and is not, is made unmeasured.
pub(super) fn run(target: &mut Target, step: Step, files: u32) -> Result<Sample> {
    prepare(target, step, files)?;
    let count = step.count(files);
    let sample = target.measure(f64::from(count) / 1000.0, count.into(), |t| apply(t, step, count))?;
    match step {
        Step::Create => target.share.files = true,
        Step::Unlink => target.share.files = false,
        Step::Mkdir => target.share.directories = true,
        Step::Rmdir => target.share.directories = false,
        _ => {}
    }
    Ok(sample)
}

fn prepare(target: &mut Target, step: Step, files: u32) -> Result<()> {
    if !target.share.folder {
        let client = target.client(Mode::Plain)?;
        client.connection.touch(client.tree, &Create::new_directory(FOLDER))?;
        target.share.folder = true;
    }
    let first = match step.needs() {
        Needs::Files(there) if there != target.share.files => {
            target.share.files = there;
            if there { Step::Create } else { Step::Unlink }
        }
        Needs::Directories(there) if there != target.share.directories => {
            target.share.directories = there;
            if there { Step::Mkdir } else { Step::Rmdir }
        }
        _ => return Ok(()),
    };
    apply(target, first, first.count(files))
}

fn apply(target: &mut Target, step: Step, count: u32) -> Result<()> {
    let client = target.client(Mode::Plain)?;
    let data = pattern(4096);
    for n in 0..count {
        one(&mut client.connection, client.tree, step, n, &data)?;
    }
    Ok(())
}

fn one(c: &mut Connection, tree: Tree, step: Step, n: u32, data: &[u8]) -> Result<()> {
    let name = match step {
        Step::Mkdir | Step::Rmdir => format!("{FOLDER}\\d{n}"),
        _ => format!("{FOLDER}\\f{n}"),
    };
    let write = AccessMask::WRITE_DATA | AccessMask::READ_ATTRIBUTES | AccessMask::WRITE_ATTRIBUTES;
    match step {
        Step::Mkdir => c.touch(tree, &Create::new_directory(&name))?,
        Step::Rmdir => {
            let options = CreateOptions::DELETE_ON_CLOSE | CreateOptions::DIRECTORY_FILE;
            c.touch(tree, &Create::delete_on_close(&name).options(options))?;
        }
        Step::Create | Step::Overwrite => {
            let new = step == Step::Create;
            let disposition = if new { CreateDisposition::CREATE } else { CreateDisposition::OVERWRITE_IF };
            let create = Create { access: write, ..Create::new_file(&name) }.disposition(disposition);
            let file = c.create(tree, &create)?.file;
            c.write(file, 0, data)?;
            c.close(file)?;
        }
        Step::Stat => {
            let file = c.create(tree, &Create::open(&name, AccessMask::READ_ATTRIBUTES))?.file;
            c.query_info(file, InfoType::FILE, NETWORK_OPEN, 56)?;
            c.close(file)?;
        }
        Step::OpenReadClose => {
            let file = c.create(tree, &Create::open(&name, AccessMask::GENERIC_READ))?.file;
            let id = c.send_read(file, 0, 4096)?;
            c.receive_read(id, <[u8]>::len)?;
            c.close(file)?;
        }
        Step::RenameTwice => {
            let other = format!("{FOLDER}\\r{n}");
            rename(c, tree, &name, &other)?;
            rename(c, tree, &other, &name)?;
        }
        Step::Unlink => c.touch(tree, &Create::delete_on_close(&name))?,
    }
    Ok(())
}

fn rename(c: &mut Connection, tree: Tree, from: &str, to: &str) -> Result<()> {
    let access = AccessMask::DELETE | AccessMask::READ_ATTRIBUTES;
    let file = c.create(tree, &Create::open(from, access))?.file;
    c.rename(file, to, false)?;
    Ok(c.close(file)?)
}
