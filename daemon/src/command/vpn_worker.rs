//! `lanward vpn-worker` and `lanward dial-worker`: what the server and `lanward dial` start, of no use to anybody else.

use anyhow::{Context as _, Result};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

/// Works with what comes over standard input, which is a socket.
pub(crate) fn run(work: impl FnOnce(UnixStream) -> std::io::Result<()>) -> Result<()> {
    let channel = std::io::stdin().as_fd().try_clone_to_owned()?;
    work(UnixStream::from(channel)).context("a process of the VPN")
}
