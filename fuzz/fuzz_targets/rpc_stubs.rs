//! Arguments and results of every RPC operation.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_rpc::oracle::stubs(data));
