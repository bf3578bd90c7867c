#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| alize_fuzz::open_meteo(bytes));
