#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("text"), |bytes: &[u8]| alize_fuzz::run("text", bytes));
