//! What decrypts a link's packets, with others' in between.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lanward_ppp::mppe::oracle::receiver(data));
