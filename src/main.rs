//! The thin door: everything lives in the library.

fn main() {}
