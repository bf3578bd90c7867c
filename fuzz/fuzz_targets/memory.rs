#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("memory"), |bytes: &[u8]| alize_fuzz::run("memory", bytes));
