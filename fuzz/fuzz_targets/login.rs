#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("login"), |bytes: &[u8]| alize_fuzz::run("login", bytes));
