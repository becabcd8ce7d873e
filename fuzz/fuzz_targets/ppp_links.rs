//! Frames of strangers into a link of a server and a client, over a net that loses some.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::oracle::links(data));
