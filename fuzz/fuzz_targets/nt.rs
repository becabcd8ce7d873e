//! Security descriptors, EA lists and the other structures of files.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_testsuite::oracle::nt(data));
