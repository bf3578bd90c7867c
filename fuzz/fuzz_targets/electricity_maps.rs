#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("electricity_maps"), |bytes: &[u8]| alize_fuzz::run("electricity_maps", bytes));
