//! A server's end of a PPTP tunnel: its connection, its packets, time and what its owner does.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::oracle::server_tunnel(data));
