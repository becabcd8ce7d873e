//! A client of PPP that is asked by somebody who does not know its password.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::authentication::oracle::authenticatee(data));
