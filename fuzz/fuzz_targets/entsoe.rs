#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("entsoe"), |bytes: &[u8]| alize_fuzz::run("entsoe", bytes));
