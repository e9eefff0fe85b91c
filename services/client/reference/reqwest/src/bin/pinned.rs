//! Trusts the authorities in LAB_CA, and of their certificates only those with the key LAB_PIN or LAB_PIN_BACKUP:
//! `sha256/` and the BASE64 of the SHA-256 of the leaf's SubjectPublicKeyInfo.
use std::{env, error::Error, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::blocking::Client;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

fn main() -> Result<(), Box<dyn Error>> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(env::var("LAB_CA")?)? {
        roots.add(authority?)?;
    }
    let verifier = Pinned {
        inner: WebPkiServerVerifier::builder(roots.into()).build()?,
        pins: vec![env::var("LAB_PIN")?, env::var("LAB_PIN_BACKUP")?],
    };
    let tls = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let client = Client::builder().tls_backend_preconfigured(tls).build()?;
    let request = client
        .get(env::var("LAB_URL")?)
        .header("approov-token", env::var("LAB_TOKEN")?);
    let answer = request.send()?.error_for_status()?;
    println!("{}", answer.text()?);
    Ok(())
}

#[derive(Debug)]
struct Pinned {
    inner: Arc<WebPkiServerVerifier>,
    pins: Vec<String>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // First everything that is always checked. Whoever only compares the pin trusts an expired certificate too.
        let verified = self
            .inner
            .verify_server_cert(leaf, intermediates, name, ocsp, now)?;
        let key = webpki::EndEntityCert::try_from(leaf)
            .map_err(|_| CertificateError::BadEncoding)?
            .subject_public_key_info();
        let digest = ring::digest::digest(&ring::digest::SHA256, &key);
        let pin = format!("sha256/{}", BASE64_STANDARD.encode(digest));
        if self.pins.contains(&pin) {
            return Ok(verified);
        }
        eprintln!("the certificate has the key {pin}, which is not pinned");
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    // That the server holds the key is proved here: a verifier that answers `assertion()` believes whoever shows a copy
    // of the genuine certificate.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
