#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("packed"), |bytes: &[u8]| alize_fuzz::run("packed", bytes));
