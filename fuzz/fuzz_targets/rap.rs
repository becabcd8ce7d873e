//! Requests of the Remote Administration Protocol, and structures in the descriptions of it; the first two bytes are the bounds of an answer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_smb1::oracle::fuzz_rap(data));
