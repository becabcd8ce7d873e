//! A whole server and one connection of SMB1 to it.

#![no_main]

use lanward_testsuite::{Site, smb1_oracle};
use std::sync::LazyLock;

static SITE: LazyLock<Site> = LazyLock::new(|| smb1_oracle::site().expect("a server on the loopback"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    smb1_oracle::connection(&SITE, data);
});
