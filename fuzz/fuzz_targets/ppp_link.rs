//! Frames of PPP to one end of a link.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::oracle::link(data));
