//! Every message, context and structure of SMB 2 and 3.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_smb2::oracle::fuzz_decode(data));
