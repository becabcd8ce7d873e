//! What claims to come from a RADIUS server.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_radius::oracle::datagrams(data));
