#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("carbon_aware"), |bytes: &[u8]| alize_fuzz::run("carbon_aware", bytes));
