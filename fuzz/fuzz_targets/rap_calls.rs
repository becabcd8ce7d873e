//! Calls of the Remote Administration Protocol, of a server that lives as long as one input.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_testsuite::rap_oracle::call(data));
