//! A whole server and one connection to it.

#![no_main]

use lanward_testsuite::{Site, oracle};
use std::sync::LazyLock;

static SITE: LazyLock<Site> = LazyLock::new(|| Site::new().expect("a server on the loopback"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| oracle::connection(&SITE, data));
