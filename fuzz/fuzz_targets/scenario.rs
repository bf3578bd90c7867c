#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("scenario"), |bytes: &[u8]| alize_fuzz::run("scenario", bytes));
