//! Zones from files: YAML documents as they would be applied. Kinds that no source needs are passed over.

use std::path::{Path, PathBuf};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde::Deserialize;

use super::{Objects, ZonesError};
use crate::api::documents;

/// What every object says of itself.
#[derive(Default, Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

/// The objects of all files.
///
/// # Errors
/// [`ZonesError`] with the file, and the line where there is one.
pub(super) fn read(files: &[PathBuf]) -> Result<Objects, ZonesError> {
    let mut objects = Objects::default();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| ZonesError::NotRead(file.clone(), error))?;
        for document in documents(&text) {
            objects.add(&document, file)?;
        }
    }
    Ok(objects)
}

impl Objects {
    fn add(&mut self, document: &str, file: &Path) -> Result<(), ZonesError> {
        let wrong = |error| ZonesError::NotYaml(file.to_owned(), Box::new(error));
        let Kind { kind } = serde_saphyr::from_str(document).map_err(wrong)?;
        match &*kind {
            "GridZone" => self.zones.push(serde_saphyr::from_str(document).map_err(wrong)?),
            "ConfigMap" => self.maps.push(serde_saphyr::from_str(document).map_err(wrong)?),
            "Secret" => self
                .secrets
                .push(applied(serde_saphyr::from_str(document).map_err(wrong)?)),
            _ => {}
        }
        Ok(())
    }
}

/// A Secret as the API server would keep it: what is written as text is data too.
fn applied(mut secret: Secret) -> Secret {
    let texts = secret.string_data.take().unwrap_or_default().into_iter();
    let data = secret.data.get_or_insert_default();
    data.extend(texts.map(|(key, text)| (key, ByteString(text.into_bytes()))));
    secret
}
