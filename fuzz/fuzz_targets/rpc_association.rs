//! Both ends of an RPC association; the first byte says in what pieces the rest comes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((piece, bytes)) = data.split_first() {
        lanward_rpc::oracle::association(bytes, usize::from(*piece));
    }
});
