//! Calls of the management interfaces, with arguments of any kind, of a server that lives as long as one input.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_testsuite::rpc_oracle::interfaces(data));
