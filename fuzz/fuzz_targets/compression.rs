//! Every algorithm and framing of compression, both ways.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_smb2::oracle::fuzz_compression(data));
