#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("policy"), |bytes: &[u8]| alize_fuzz::run("policy", bytes));
