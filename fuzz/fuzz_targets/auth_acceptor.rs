//! A server's side of a logon by somebody who knows no password.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_auth::oracle::acceptor(data));
