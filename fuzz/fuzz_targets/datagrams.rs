//! Packets of the NetBIOS datagram service, and of its session service.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_netbios::oracle::datagrams(data));
