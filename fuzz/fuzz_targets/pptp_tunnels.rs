//! Both ends of a PPTP tunnel, over a bad net with strangers in it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::oracle::tunnels(data));
