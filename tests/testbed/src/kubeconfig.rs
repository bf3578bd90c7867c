//! The way in: users with random tokens, and kubeconfigs that trust the cluster's own authority.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use crate::error::Error;
use crate::hex::hex;

/// Returns a random token of 256 bits, in hexadecimal.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn token() -> Result<String, Error> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(hex(&bytes))
}

/// A user of the cluster. All are administrators; their names differ so that the audit log tells who did what.
pub(crate) struct User {
    /// The name in the audit log.
    pub name: &'static str,
    /// The name of the kubeconfig.
    pub file: &'static str,
}

/// Tests and people, then one user for each process.
pub(crate) const USERS: [User; 4] = [
    User {
        name: "testbed-admin",
        file: "kubeconfig",
    },
    User {
        name: "system:kube-controller-manager",
        file: "controller-manager.kubeconfig",
    },
    User {
        name: "system:kube-scheduler",
        file: "scheduler.kubeconfig",
    },
    User {
        name: "testbed-kwok",
        file: "kwok.kubeconfig",
    },
];

impl User {
    /// Returns the user's line in the API server's token file. No RBAC rule can stop `system:masters`.
    pub(crate) fn token_line(&self, token: &str) -> String {
        format!("{token},{name},{name},\"system:masters\"\n", name = self.name)
    }
}

/// Returns a kubeconfig. It is written as JSON, which every reader of YAML takes.
pub(crate) fn render(server: &str, authority: &str, token: &str) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "testbed",
            "cluster": {"server": server, "certificate-authority-data": BASE64.encode(authority)},
        }],
        "users": [{"name": "testbed", "user": {"token": token}}],
        "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": "testbed"}}],
        "current-context": "testbed",
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        assert_ne!(token().unwrap(), token().unwrap());
    }
}
