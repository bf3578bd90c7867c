#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("elia"), |bytes: &[u8]| alize_fuzz::run("elia", bytes));
