#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("plea"), |bytes: &[u8]| alize_fuzz::run("plea", bytes));
