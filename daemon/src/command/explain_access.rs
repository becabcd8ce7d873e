//! `lanward explain-access`

use super::state::Which;
use crate::control::{Question, Request, Response, ask};
use crate::exit::Refused;
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// Show what an account may do with a file or folder, and why: each check of the running server and its answer
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    /// Whose access
    user: String,
    /// SHARE/path as clients see it, or a path of this machine
    path: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: Options) -> Result<()> {
    let question = Question { user: options.user, path: options.path };
    let answer = ask(&options.which.state_dir()?, &Request::ExplainAccess(question))?;
    let Response::Access(explanation) = answer else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    if options.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&explanation)?)?;
    } else {
        write!(stdout(), "{explanation}")?;
    }
    Ok(())
}
