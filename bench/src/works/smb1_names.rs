use crate::smb1::{Client, Mode};
use crate::target::{Sample, Target, pattern};
use anyhow::{Result, ensure};
use lanward_client::smb1::{Create, Transact};
use lanward_nt::AccessMask;
use lanward_smb1::Command;
use lanward_smb1::SmbFileAttributes;
use lanward_smb1::subcommands::{
    FindFirst2Request, FindFlags, FindLevel, QueryLevel, QueryPathRequest, Trans2Code,
};

/// What is done with every name, in the order of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Create,
    Stat,
    OpenReadClose,
    Find,
    List,
    Unlink,
}

const FOLDER: &str = "smb1-names";

impl Step {
    pub(crate) const ALL: [Self; 6] =
        [Self::Create, Self::Stat, Self::OpenReadClose, Self::Find, Self::List, Self::Unlink];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "smb1-create",
            Self::Stat => "smb1-stat",
            Self::OpenReadClose => "smb1-open-read-close",
            Self::Find => "smb1-find",
            Self::List => "smb1-list",
            Self::Unlink => "smb1-unlink",
        }
    }

    /// The reference looks through the whole folder for each name it is to find.
    const fn count(self, files: u32) -> u32 {
        match self {
            Self::Find => files / 4,
            Self::List => 10,
            _ => files,
        }
    }
}

/// Does one step with `files` names in one folder; what must be there first, and is not, is made unmeasured.
pub(super) fn run(target: &mut Target, step: Step, files: u32) -> Result<Sample> {
    prepare(target, step, files)?;
    let count = step.count(files);
    // A listing is of all the names.
    let units = if step == Step::List { f64::from(count) } else { f64::from(count) / 1000.0 };
    let sample = target.measure(units, count.into(), |t| apply(t, step, count, files))?;
    match step {
        Step::Create => target.share.smb1_files = true,
        Step::Unlink => target.share.smb1_files = false,
        _ => {}
    }
    Ok(sample)
}

fn prepare(target: &mut Target, step: Step, files: u32) -> Result<()> {
    if !target.share.smb1_folder {
        let client = target.smb1(Mode::Plain)?;
        client.connection.on_path(client.tree, Command::CREATE_DIRECTORY, FOLDER)?;
        target.share.smb1_folder = true;
    }
    let there = step != Step::Create;
    if there == target.share.smb1_files {
        return Ok(());
    }
    target.share.smb1_files = there;
    apply(target, if there { Step::Create } else { Step::Unlink }, files, files)
}

fn apply(target: &mut Target, step: Step, count: u32, files: u32) -> Result<()> {
    let client = target.smb1(Mode::Plain)?;
    let data = pattern(4096);
    (0..count).try_for_each(|n| one(client, step, n, files, &data))
}

fn one(client: &mut Client, step: Step, n: u32, files: u32, data: &[u8]) -> Result<()> {
    let (c, tree) = (&mut client.connection, client.tree);
    let name = format!("{FOLDER}\\f{n}");
    match step {
        Step::Create => {
            let file = c.create(tree, &Create::new_file(&name))?;
            c.write(file, 0, data)?;
            c.close(file)?;
        }
        Step::Stat => {
            let request = QueryPathRequest {
                information_level: QueryLevel::BASIC,
                reserved: 0,
                file_name: format!("\\{name}").as_str().into(),
            };
            let call = Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).parameters(&request, c.text());
            let answer = c.transact(tree, &call)?;
            ensure!(answer.data.len() >= 36, "no SMB_QUERY_FILE_BASIC_INFO");
        }
        Step::OpenReadClose => {
            let file = c.create(tree, &Create::open(&name, AccessMask::GENERIC_READ))?;
            c.read(file, 0, 4096)?;
            c.close(file)?;
        }
        Step::Find => {
            let found = find(client, &name)?;
            ensure!(found == 1, "one name is found {found} times");
        }
        Step::List => {
            let found = c.list(tree, &format!("\\{FOLDER}\\*"))?.len();
            // "." and ".." may be there or not.
            ensure!(found >= files as usize, "a folder of {files} names lists {found}");
        }
        Step::Unlink => c.delete(tree, &format!("\\{name}"))?,
    }
    Ok(())
}

/// FIND_FIRST2 of one name, closed at once: how clients of those years look at a file.
fn find(client: &mut Client, name: &str) -> Result<usize> {
    let c = &mut client.connection;
    let request = FindFirst2Request {
        search_attributes: SmbFileAttributes::HIDDEN
            | SmbFileAttributes::SYSTEM
            | SmbFileAttributes::DIRECTORY,
        search_count: 1,
        flags: FindFlags::CLOSE_AFTER_REQUEST | FindFlags::CLOSE_AT_EOS,
        information_level: FindLevel::BOTH_DIRECTORY,
        search_storage_type: 0,
        file_name: format!("\\{name}").as_str().into(),
    };
    let call = Transact::trans2(Trans2Code::FIND_FIRST2).parameters(&request, c.text());
    let answer = c.transact(client.tree, &call)?;
    Ok(usize::from(!answer.data.is_empty()))
}
