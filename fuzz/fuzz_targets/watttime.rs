#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("watttime"), |bytes: &[u8]| alize_fuzz::run("watttime", bytes));
