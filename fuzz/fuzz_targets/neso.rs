#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("neso"), |bytes: &[u8]| alize_fuzz::run("neso", bytes));
