#![no_main]

libfuzzer_sys::fuzz_target!(init: alize_fuzz::sow("energy_charts"), |bytes: &[u8]| alize_fuzz::run("energy_charts", bytes));
