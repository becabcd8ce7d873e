//! A client's side of a logon at a server that makes things up.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_auth::oracle::initiator(data));
