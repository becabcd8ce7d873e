//! Packets of the NetBIOS name service, to a node and to a name server.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_netbios::oracle::names(data));
