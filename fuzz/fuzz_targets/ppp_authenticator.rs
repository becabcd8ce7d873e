//! A server of PPP that asks somebody for a password who knows none.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::authentication::oracle::authenticator(data));
