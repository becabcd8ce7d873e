//! A stream of RPC PDUs.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_rpc::oracle::pdus(data));
