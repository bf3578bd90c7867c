//! Which hosts may be asked, and at which addresses (no request of ours may be turned against the cluster it runs in).
//!
//! Only origins that are built in or that the operator's own settings allow; a `GridZone` may choose among them, no more. A
//! host that is built in is met at public addresses only, whatever the cluster's resolver says; an origin of the settings may
//! lie anywhere, since whoever sets it runs the operator.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::error::{GridError, SourceError};

/// The origins that may be asked.
#[derive(Debug)]
pub(super) struct Allowed(BTreeSet<String>);

impl Allowed {
    /// What is `built_in`, and what the settings add.
    ///
    /// # Errors
    /// [`GridError::Endpoint`] for a text that is no origin.
    pub(super) fn new(built_in: &str, added: &[String]) -> Result<Self, GridError> {
        let added = added.iter().map(String::as_str);
        let all = std::iter::once(built_in).chain(added);
        let origin = |text: &str| origin(text).ok_or_else(|| GridError::Endpoint(text.to_owned()));
        Ok(Self(all.map(origin).collect::<Result<_, _>>()?))
    }

    /// `endpoint` as the base of an address.
    ///
    /// # Errors
    /// [`SourceError::Blocked`] unless it is on the list.
    pub(super) fn base(&self, endpoint: &str) -> Result<Url, SourceError> {
        let base = origin(endpoint).filter(|origin| self.0.contains(origin));
        base.and_then(|origin| Url::parse(&origin).ok()).ok_or_else(|| {
            SourceError::Blocked(format!(
                "the endpoint {endpoint} is not on the list of allowed endpoints; an admin adds it with --allow-endpoint"
            ))
        })
    }
}

/// Scheme, host and port; `None` for a text that holds anything else.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_bare = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    is_bare.then(|| url.origin().ascii_serialization())
}

/// Resolves names; one of them to public addresses only.
#[derive(Debug)]
pub(super) struct Resolver {
    /// The name of the public service.
    pub(super) public: Arc<str>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let public = self.public.clone();
        Box::pin(async move {
            let mut found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if name.as_str() == &*public {
                found.retain(|address| is_public(address.ip()));
                if found.is_empty() {
                    return Err(io::Error::other(format!(
                        "{public} has no public address; check the cluster's resolver"
                    ))
                    .into());
                }
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is meant for the internet at large (IANA special-purpose registries, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // This network, shared address space, protocol assignments, benchmarks; multicast and all that is reserved.
        || a == 0
        || (a == 100 && b & 0b1100_0000 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0b1111_1110 == 18)
        || a >= 224;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // A translated IPv4 address (RFC 6052) leads to where that one leads.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments and Teredo, documentation, 6to4.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x2002, ..] => false,
        // Global unicast; all else is local, mapped, multicast or unassigned.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://forecasts.example.org";

    #[test]
    fn only_origins_on_the_list_are_asked() {
        let allowed = Allowed::new(PUBLIC, &["http://127.0.0.1:8080".into()]).unwrap();
        for endpoint in [PUBLIC, "https://FORECASTS.example.org:443/", "http://127.0.0.1:8080/"] {
            assert!(allowed.base(endpoint).is_ok(), "{endpoint}");
        }
        for endpoint in [
            "http://forecasts.example.org",
            "https://forecasts.example.org:8443",
            "https://forecasts.example.org.evil.example",
            "https://forecasts.example.org@evil.example",
            "https://user@forecasts.example.org",
            "https://forecasts.example.org/path",
            "http://127.0.0.1:9090",
            "http://localhost:8080",
            "http://169.254.169.254",
            "file:///etc/passwd",
            "",
        ] {
            let blocked = allowed.base(endpoint);
            assert!(
                matches!(blocked, Err(SourceError::Blocked(_))),
                "{endpoint}: {blocked:?}"
            );
        }
    }

    #[test]
    fn an_allowed_endpoint_that_is_no_origin_is_refused_at_the_start() {
        for wrong in [
            "mirror.example.org",
            "https://mirror.example.org/v1",
            "ftp://mirror.example.org",
        ] {
            let error = Allowed::new(PUBLIC, &[wrong.into()]).unwrap_err();
            assert!(error.to_string().contains("write an origin"), "{error}");
        }
    }

    #[test]
    fn addresses_of_the_cluster_and_its_machine_are_not_public() {
        for private in [
            "127.0.0.1",
            "10.96.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "198.19.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2002:a00:1::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn a_public_name_that_resolves_to_this_machine_is_not_followed() {
        let resolver = |public: &str| Resolver { public: public.into() };
        let name = || "localhost".parse().unwrap();
        assert!(resolver("localhost").resolve(name()).await.is_err());
        assert!(resolver("forecasts.example.org").resolve(name()).await.is_ok());
    }
}
