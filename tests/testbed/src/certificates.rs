//! A certificate authority for one cluster, the API server's certificate, and the key that signs ServiceAccounts.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::error::Error;

/// Everything secret about one cluster, as PEM.
pub(crate) struct Certificates {
    /// The authority that clients trust.
    pub authority: String,
    /// The API server's certificate, for loopback and the in-cluster names.
    pub server: String,
    /// Its key.
    pub server_key: String,
    /// The key that signs ServiceAccount tokens.
    pub accounts_key: String,
    /// Its public half, which verifies them. (From the private PKCS #8 file the API server would not derive it.)
    pub accounts_public: String,
}

/// Makes them all anew. Nothing is kept between clusters, so nothing can expire.
///
/// # Errors
/// When the crypto library refuses.
pub(crate) fn make() -> Result<Certificates, Error> {
    let failed = |what| move |source| Error::Certificate { what, source };
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(failed("the authority"))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    params.distinguished_name.push(DnType::CommonName, "alize-testbed-ca");
    let key = KeyPair::generate().map_err(failed("the authority's key"))?;
    let authority = CertifiedIssuer::self_signed(params, key).map_err(failed("the authority"))?;

    let names = [
        "127.0.0.1",
        "10.0.0.1",
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
    ];
    let mut params = CertificateParams::new(names.map(String::from)).map_err(failed("the server certificate"))?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let server_key = KeyPair::generate().map_err(failed("the server key"))?;
    let server = params
        .signed_by(&server_key, &authority)
        .map_err(failed("the server certificate"))?;

    let accounts_key = KeyPair::generate().map_err(failed("the accounts key"))?;
    Ok(Certificates {
        authority: authority.pem(),
        server: server.pem(),
        server_key: server_key.serialize_pem(),
        accounts_key: accounts_key.serialize_pem(),
        accounts_public: accounts_key.public_key_pem(),
    })
}
