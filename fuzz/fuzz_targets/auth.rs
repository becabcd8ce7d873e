//! Every token of SPNEGO and NTLM.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_auth::oracle::decoders(data));
