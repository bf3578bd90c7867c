#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("table"), |bytes: &[u8]| alize_fuzz::run("table", bytes));
