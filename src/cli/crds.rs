//! `alize crds` and `alize admission`: what is generated from the types.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::admission::{Place, manifests};
use crate::api::{all_crds, crd_yaml};

/// Writes the custom resource definitions, one file each.
#[derive(Args, Debug)]
pub struct Crds {
    /// The directory to write into; without it they are printed.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Crds {
    /// Writes or prints.
    pub(super) fn execute(self) -> Result<String, CliError> {
        let mut printed = String::new();
        for crd in all_crds() {
            let yaml = crd_yaml(&crd).map_err(CliError::Yaml)?;
            match &self.out {
                None => printed.extend(["---\n", &yaml]),
                Some(directory) => {
                    let path = directory.join(format!("{}.yaml", crd.spec.names.plural));
                    fs::write(&path, yaml).map_err(|source| CliError::NotWritten(path, source))?;
                }
            }
        }
        Ok(printed)
    }
}

/// Prints the admission policies: the hold and the cage.
#[derive(Args, Debug)]
pub struct Admission {
    /// The namespace that the operator runs in. The default is Helm's placeholder, as the chart has it.
    #[arg(long, default_value = "{{.Release.Namespace}}")]
    namespace: String,
}

impl Admission {
    /// Prints.
    pub(super) fn execute(&self) -> Result<String, CliError> {
        manifests(Place {
            namespace: &self.namespace,
        })
        .map_err(CliError::Yaml)
    }
}
