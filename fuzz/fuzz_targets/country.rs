#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("country"), |bytes: &[u8]| alize_fuzz::run("country", bytes));
