//! Which hosts may be asked, and at which addresses (no request of ours may be turned against the cluster it runs in).
//!
//! Only origins that are built in or that the operator's own settings allow; a `GridZone` may choose among them, and a path below, no
//! more.
//!
//! | host | may lie at |
//! | --- | --- |
//! | built in | public addresses, whatever the cluster's resolver says |
//! | a name of the settings | public and private addresses: in-cluster Prometheus, a mirror |
//! | an address of the settings | exactly there; at loopback where the settings say so, which tests and port-forwards need |
//! | any | never link-local, metadata, multicast or nowhere |

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
    /// [`GridError::Endpoint`] for a text that is no origin; [`GridError::Address`] for an address that is never asked;
    /// [`GridError::Loopback`] for one of this machine, unless that is allowed.
    pub(super) fn new<'a>(
        built_in: impl Iterator<Item = &'a str>,
        added: &'a [String],
        loopback: bool,
    ) -> Result<Self, GridError> {
        let all = built_in.chain(added.iter().map(String::as_str));
        let origin = |text: &str| {
            let origin = origin(text).ok_or_else(|| GridError::Endpoint(text.to_owned()))?;
            match address_in(&origin) {
                Some(address) if is_never_asked(address) => Err(GridError::Address(text.to_owned())),
                Some(address) if is_loopback(address) && !loopback => Err(GridError::Loopback(text.to_owned())),
                _ => Ok(origin),
            }
        };
        Ok(Self(all.map(origin).collect::<Result<_, _>>()?))
    }

    /// `endpoint`, an origin and perhaps a path, as the base of an address.
    ///
    /// # Errors
    /// [`SourceError::Blocked`] unless its origin is on the list.
    pub(super) fn base(&self, endpoint: &str) -> Result<Url, SourceError> {
        let is_allowed = |base: &Url| self.0.contains(&base.origin().ascii_serialization());
        base(endpoint).filter(is_allowed).ok_or_else(|| {
            SourceError::Blocked(format!(
                "the endpoint {endpoint} is not on the list of allowed endpoints; an admin adds it with --allow-endpoint"
            ))
        })
    }
}

/// The host of an origin, where it is an address and no name.
fn address_in(origin: &str) -> Option<IpAddr> {
    let url = Url::parse(origin).ok()?;
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Scheme, host, port and path; `None` for a text that holds anything else.
fn base(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_bare = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_bare.then_some(url)
}

/// Scheme, host and port; `None` for a text that holds anything else.
fn origin(text: &str) -> Option<String> {
    let bare = base(text).filter(|url| url.path() == "/")?;
    Some(bare.origin().ascii_serialization())
}

/// Resolves names: those that are built in to public addresses only, others to whatever may be asked at all.
#[derive(Debug)]
pub(super) struct Resolver {
    /// The names of public services.
    pub(super) public: Arc<BTreeSet<String>>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let public = self.public.clone();
        Box::pin(async move {
            let name = name.as_str();
            let mut found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            let is_public_name = public.contains(name);
            // reqwest connects to the addresses that it is given here and asks nobody again.
            let may_be_met = |address: IpAddr| {
                let is_listed = !is_public_name && !is_never_asked(address) && !is_loopback(address);
                is_listed || is_public(address)
            };
            found.retain(|address| may_be_met(address.ip()));
            if found.is_empty() {
                let kind = if is_public_name { "public" } else { "permitted" };
                let what = format!("{name} has no {kind} address; check the cluster's resolver");
                return Err(io::Error::other(what).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The metadata services of clouds that do not lie at link-local addresses: Google over IPv6, Azure, Alibaba, Oracle.
const METADATA: [IpAddr; 4] = [
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

/// Where no forecast ever is, whatever the settings say.
fn is_never_asked(address: IpAddr) -> bool {
    let address = unwrapped(address);
    METADATA.contains(&address)
        || match address {
            IpAddr::V4(v4) => v4.is_link_local() || v4.octets()[0] == 0 || v4.octets()[0] >= 224,
            // AWS has the services of a node and of a pod in fd00:ec2::/32.
            IpAddr::V6(v6) => {
                let is_metadata = v6.segments()[..2] == [0xfd00, 0xec2];
                is_metadata || v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast()
            }
        }
}

fn is_loopback(address: IpAddr) -> bool {
    unwrapped(address).is_loopback()
}

/// An IPv4 address inside an IPv6 one leads to where that one leads: mapped or compatible (RFC 4291), translated (RFC 6052, and
/// RFC 8215 as the last 32 bits or after 48), 6to4 (RFC 3056), or the client of Teredo (RFC 4380).
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let (high, low) = match v6.segments() {
        // Not :: and ::1.
        [0, 0, 0, 0, 0, 0, 0, _] => return address,
        [0x64, 0xff9b, 1, high, left, right, 0, 0] if high > 0 => (high, left << 8 | right >> 8),
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low]
        | [0x2002, high, low, ..] => (high, low),
        [0x2001, 0, _, _, _, _, high, low] => (!high, !low),
        _ => return address,
    };
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// Whether an address is meant for the internet at large (IANA special-purpose registries, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    // Even what is mapped into IPv6 is refused: no resolver has a reason to say so.
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = METADATA.contains(&address.into())
        || address.is_private()
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
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public(unwrapped(address.into())),
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
        let allowed = Allowed::new([PUBLIC].into_iter(), &["http://127.0.0.1:8080".into()], true).unwrap();
        for (endpoint, base) in [
            (PUBLIC, "https://forecasts.example.org/"),
            ("https://FORECASTS.example.org:443/", "https://forecasts.example.org/"),
            (
                "https://forecasts.example.org/grid/v1",
                "https://forecasts.example.org/grid/v1",
            ),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/a/../b/", "http://127.0.0.1:8080/b/"),
        ] {
            assert_eq!(allowed.base(endpoint).unwrap().as_str(), base);
        }
        for endpoint in [
            "http://forecasts.example.org",
            "https://forecasts.example.org:8443",
            "https://forecasts.example.org.evil.example",
            "https://forecasts.example.org@evil.example",
            "https://user@forecasts.example.org",
            "https://forecasts.example.org/path?query=1",
            "https://forecasts.example.org/path#part",
            "http://forecasts.example.org/path",
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
            let error = Allowed::new([PUBLIC].into_iter(), &[wrong.into()], false).unwrap_err();
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

    #[test]
    fn metadata_and_link_local_addresses_are_refused_whoever_lists_them() {
        for never in [
            "http://169.254.169.254",
            "http://[fe80::1]:80",
            "http://[::ffff:169.254.169.254]",
            "http://[64:ff9b::169.254.169.254]",
            "http://[fd00:ec2::254]",
            "http://[fd00:ec2::23]",
            "http://[::169.254.169.254]",
            "http://[2002:a9fe:a9fe::1]",
            "http://[64:ff9b:1::169.254.169.254]",
            "http://[64:ff9b:1:abcd::169.254.170.23]",
            "http://[64:ff9b:1:a9fe:a9:fe00::]",
            "http://[2001:0:4136:e378:8000:63bf:5601:5601]",
            "http://[2002:a83f:8110::]",
            "http://[fd20:ce::254]",
            "http://168.63.129.16",
            "http://100.100.100.200",
            "http://0.0.0.0:9090",
            "http://224.0.0.1",
            "http://2852039166",
            "http://0xa9fea9fe",
        ] {
            let error = Allowed::new([PUBLIC].into_iter(), &[never.into()], true).unwrap_err();
            assert!(error.to_string().contains("never asked"), "{never}: {error}");
        }
        for private in ["http://10.96.0.7:9090", "http://[fd12::7]:9090", "http://100.64.0.7"] {
            let allowed = Allowed::new([PUBLIC].into_iter(), &[private.into()], false).unwrap();
            assert!(allowed.base(private).is_ok());
        }
    }

    #[test]
    fn this_machine_is_asked_only_where_the_settings_say_so() {
        for here in [
            "http://127.0.0.1:9090",
            "http://[::1]:9090",
            "http://[::ffff:127.0.0.1]",
        ] {
            let allowed = |loopback| Allowed::new([PUBLIC].into_iter(), &[here.into()], loopback);
            let error = allowed(false).unwrap_err().to_string();
            assert!(error.contains("its Service"), "{here}: {error}");
            assert!(allowed(true).unwrap().base(here).is_ok());
        }
    }

    #[tokio::test]
    async fn no_name_leads_to_this_machine() {
        let resolver = |public: &str| Resolver {
            public: Arc::new(BTreeSet::from([public.to_owned()])),
        };
        let name = || "localhost".parse().unwrap();
        assert!(resolver("localhost").resolve(name()).await.is_err());
        let error = resolver("forecasts.example.org").resolve(name()).await.err().unwrap();
        assert!(error.to_string().contains("no permitted address"), "{error}");
    }
}
