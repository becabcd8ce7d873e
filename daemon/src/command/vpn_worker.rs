//! `lanward vpn-worker`: what the server starts for those who dial in. Of no use to anybody else.

use anyhow::{Context as _, Result};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

pub(crate) fn run() -> Result<()> {
    let channel = std::io::stdin().as_fd().try_clone_to_owned()?;
    lanward_vpn::run_worker(UnixStream::from(channel)).context("the VPN's process")
}
