//! The thin door: everything lives in the library.

use std::process::ExitCode;

/// Held jobs are many small allocations that come and go; this one gives memory back.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // One crypto provider for kube and reqwest; a second call would find it installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    alize::cli::main(std::env::args_os())
}
