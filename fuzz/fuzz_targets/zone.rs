#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("zone"), |bytes: &[u8]| alize_fuzz::run("zone", bytes));
