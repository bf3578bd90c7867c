//! A login as WattTime has it: name and password in, a token for half an hour out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde::Deserialize;

use super::error::SourceError;
use super::secrets::{SecretKey, Secrets, Token};
use super::web::secret_header;

#[derive(Deserialize)]
struct Body {
    token: String,
}

/// The request that logs in with `username` and `password` of the Secret (HTTP Basic, RFC 7617).
///
/// # Errors
/// [`SourceError`] where the Secret lacks one of them.
pub(super) fn request(secrets: &Secrets, base: &Url, secret: &str) -> Result<(Url, HeaderMap), SourceError> {
    let token = |key: &str| {
        secrets.token(&SecretKey {
            name: secret.to_owned(),
            key: key.to_owned(),
        })
    };
    let (username, password) = (token("username")?, token("password")?);
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("login");
    }
    let pair = format!("{}:{}", username.expose(), password.expose());
    let mut headers = HeaderMap::new();
    headers.insert(
        AUTHORIZATION,
        secret_header("Basic ", &Token::new(&STANDARD.encode(pair)))?,
    );
    Ok((url, headers))
}

/// The token that came back, which a header can hold.
///
/// # Errors
/// [`SourceError::Unreadable`], without the body.
pub(super) fn read(body: &[u8]) -> Result<Token, SourceError> {
    let body: Option<Body> = serde_json::from_slice(body).ok();
    let token = body.map(|body| Token::new(&body.token));
    let fits = |token: &Token| !token.expose().is_empty() && secret_header("Bearer ", token).is_ok();
    let none = || SourceError::Unreadable("its login gives no token; check the endpoint".into());
    token.filter(fits).ok_or_else(none)
}

/// The token in an answer to a login, saved earlier.
///
/// # Errors
/// A sentence: what is wrong with it.
pub fn read_saved_login(body: &[u8]) -> Result<Token, String> {
    read(body).map_err(|error| error.to_string())
}
