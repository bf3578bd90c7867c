//! The Secrets of our namespace that hold the keys of providers, as a watch shows them. What is inside never gets out by
//! accident: a [`Token`] prints as `[redacted]`, and its text is asked for in one place, where a request is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;

use super::error::SourceError;

/// A key of a provider. It can be shown to nobody but the provider.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// A token as a Secret holds it; the line break that editors leave at the end does not belong to it.
    pub fn new(text: &str) -> Self {
        Self(text.trim_end_matches(['\r', '\n']).into())
    }

    /// The text, for the request that needs it.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Where a token lies: a Secret of our namespace and the key in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretKey {
    /// The name of the Secret.
    pub name: String,
    /// The key whose value is the token.
    pub key: String,
}

/// The Secrets that may be read. Whoever watches them writes; a change makes the sources that need keys due at once.
#[derive(Debug, Default)]
pub struct Secrets {
    named: BTreeSet<String>,
    held: Mutex<BTreeMap<String, BTreeMap<String, Token>>>,
    /// Which have changed since somebody asked.
    news: Mutex<BTreeSet<String>>,
    changed: Notify,
}

impl Secrets {
    /// The Secrets of these names may be read, and no others.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self {
            named: names.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The names of the Secrets that may be read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(String::as_str)
    }

    /// A Secret appeared or changed, or a watch lists it once more.
    pub fn set(&self, name: &str, tokens: BTreeMap<String, Token>) {
        let before = self.held().insert(name.to_owned(), tokens.clone());
        if before != Some(tokens) {
            self.tell(name);
        }
    }

    /// A Secret is gone.
    pub fn remove(&self, name: &str) {
        if self.held().remove(name).is_some() {
            self.tell(name);
        }
    }

    fn tell(&self, name: &str) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        news.insert(name.to_owned());
        self.changed.notify_one();
    }

    /// The token of a place.
    ///
    /// # Errors
    /// [`SourceError::Blocked`] for a Secret that may not be read; [`SourceError::Unauthorized`] where there is none.
    pub(super) fn token(&self, place: &SecretKey) -> Result<Token, SourceError> {
        let SecretKey { name, key } = place;
        if !self.named.contains(name) {
            return Err(SourceError::Blocked(format!(
                "the Secret {name} is not on the list of Secrets that may be read; an admin adds it with --secret"
            )));
        }
        let token = self.held().get(name).and_then(|tokens| tokens.get(key)).cloned();
        token.filter(|token| !token.expose().is_empty()).ok_or_else(|| {
            SourceError::Unauthorized(format!(
                "there is no Secret {name} with a key {key} in the operator's namespace; create it"
            ))
        })
    }

    /// Waits for the next change; which Secrets it was. A change that nobody waited for is not lost.
    pub(super) async fn changed(&self) -> BTreeSet<String> {
        self.changed.notified().await;
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *news)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, Token>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> SecretKey {
        SecretKey {
            name: name.into(),
            key: "token".into(),
        }
    }

    #[test]
    fn what_a_secret_holds_is_not_printed() {
        let secrets = Secrets::new(["maps".to_owned()]);
        secrets.set("maps", [("token".to_owned(), Token::new("canary\n"))].into());
        assert_eq!(secrets.token(&place("maps")).unwrap().expose(), "canary");
        let shown = format!("{secrets:?} {:?} {}", Token::new("canary"), Token::new("canary"));
        assert!(shown.contains("[redacted]") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn only_named_secrets_are_read_and_what_is_missing_is_named() {
        let secrets = Secrets::new(["maps".to_owned()]);
        secrets.set("other", [("token".to_owned(), Token::new("canary"))].into());
        let error = secrets.token(&place("other")).unwrap_err().to_string();
        assert!(error.contains("--secret") && !error.contains("canary"), "{error}");
        let error = secrets.token(&place("maps")).unwrap_err().to_string();
        assert!(error.contains("create it"), "{error}");
        secrets.set("maps", [("token".to_owned(), Token::new("\n"))].into());
        assert!(secrets.token(&place("maps")).is_err(), "an empty token is none");
    }
}
