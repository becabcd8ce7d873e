//! Messages of WS-Discovery to a host, and the head of a request for its metadata.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_discovery::oracle::messages(data));
