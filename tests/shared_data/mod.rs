//! The real data that lie beside the repository.

use std::path::{Path, PathBuf};

/// What is called so in the folder that ALIZE_SHARED_DATA named when this was compiled, else in the one beside the repository.
pub fn shared(name: &str) -> PathBuf {
    let folder = option_env!("ALIZE_SHARED_DATA").unwrap_or("../shared/data");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)
}
