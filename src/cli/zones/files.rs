//! Zones from files: YAML documents as they would be applied. Kinds that no source needs are passed over.

use std::path::{Path, PathBuf};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde::Deserialize;

use super::{Objects, ZonesError, name};
use crate::api::{GROUP, VERSION, documents};

/// What every object says of itself.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Head {
    kind: String,
    api_version: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
}

/// The objects of all files, for an operator in `namespace`.
///
/// # Errors
/// [`ZonesError`] with the file, and the line where there is one.
pub(super) fn read(files: &[PathBuf], namespace: &str) -> Result<Objects, ZonesError> {
    let mut objects = Objects::default();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| ZonesError::NotRead(file.clone(), error))?;
        for document in documents(&text) {
            objects.add(&document, file, namespace)?;
        }
    }
    Ok(objects)
}

impl Objects {
    fn add(&mut self, document: &str, file: &Path, namespace: &str) -> Result<(), ZonesError> {
        let wrong = |error| ZonesError::NotYaml(file.to_owned(), Box::new(error));
        // An error shows the lines around it, and names what it found.
        let wrong_secret = |error: serde_saphyr::Error| {
            let line = error.location().map_or(0, |at| at.line());
            ZonesError::NoSecret(file.to_owned(), line)
        };
        let may_be_secret = document.to_ascii_lowercase().contains("secret");
        let head: Head = serde_saphyr::from_str(document).map_err(|error| {
            if may_be_secret {
                wrong_secret(error)
            } else {
                wrong(error)
            }
        })?;
        self.may_be_applied(&head, file, namespace)?;
        match &*head.kind {
            "GridZone" => self.zones.push(serde_saphyr::from_str(document).map_err(wrong)?),
            "ConfigMap" => self.maps.push(serde_saphyr::from_str(document).map_err(wrong)?),
            "Secret" => self
                .secrets
                .push(applied(serde_saphyr::from_str(document).map_err(wrong_secret)?)),
            kind if kind.ends_with("List") => return Err(ZonesError::List(file.to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// Refuses what the API server would refuse, or keep where the operator does not look for it.
    fn may_be_applied(&self, head: &Head, file: &Path, namespace: &str) -> Result<(), ZonesError> {
        let version = match &*head.kind {
            "GridZone" => format!("{GROUP}/{VERSION}"),
            "ConfigMap" | "Secret" => "v1".to_owned(),
            _ => return Ok(()),
        };
        let (file, kind) = (file.to_owned(), head.kind.clone());
        let given = head.api_version.clone().unwrap_or_default();
        if given != version {
            return Err(ZonesError::Version(file, kind, given, version));
        }
        let metadata = head.metadata.as_ref();
        let named = metadata.and_then(|metadata| metadata.name.clone()).unwrap_or_default();
        if kind == "GridZone" {
            let is_second = self.zones.iter().any(|zone| name(zone) == named);
            return if is_second {
                Err(ZonesError::Twice(file, named))
            } else {
                Ok(())
            };
        }
        let lies_in = metadata.and_then(|metadata| metadata.namespace.clone());
        match lies_in.filter(|lies_in| lies_in != namespace) {
            Some(lies_in) => Err(ZonesError::Elsewhere(kind, named, lies_in, namespace.to_owned())),
            None => Ok(()),
        }
    }
}

/// A Secret as the API server would keep it: what is written as text is data too.
fn applied(mut secret: Secret) -> Secret {
    let texts = secret.string_data.take().unwrap_or_default().into_iter();
    let data = secret.data.get_or_insert_default();
    data.extend(texts.map(|(key, text)| (key, ByteString(text.into_bytes()))));
    secret
}
