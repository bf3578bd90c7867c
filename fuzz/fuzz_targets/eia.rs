#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("eia"), |bytes: &[u8]| alize_fuzz::run("eia", bytes));
