#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("refusal"), |bytes: &[u8]| alize_fuzz::run("refusal", bytes));
