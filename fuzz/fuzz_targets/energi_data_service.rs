#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("energi_data_service"), |bytes: &[u8]| alize_fuzz::run("energi_data_service", bytes));
