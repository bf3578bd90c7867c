#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("prometheus"), |bytes: &[u8]| alize_fuzz::run("prometheus", bytes));
