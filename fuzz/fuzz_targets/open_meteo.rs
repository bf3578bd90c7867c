#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("open_meteo"), |bytes: &[u8]| alize_fuzz::run("open_meteo", bytes));
