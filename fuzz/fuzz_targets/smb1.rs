//! Every message of SMB 1, and chains of them; the first byte says what strings are in.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_smb1::oracle::fuzz_decode(data));
