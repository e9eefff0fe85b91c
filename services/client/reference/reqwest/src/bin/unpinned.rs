//! Trusts every authority in LAB_CA, beside the platform's own.
use std::{env, error::Error, fs};

use reqwest::{Certificate, blocking::Client};

fn main() -> Result<(), Box<dyn Error>> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let authorities = Certificate::from_pem_bundle(&fs::read(env::var("LAB_CA")?)?)?;
    let client = Client::builder().tls_certs_merge(authorities).build()?;
    let request = client
        .get(env::var("LAB_URL")?)
        .header("approov-token", env::var("LAB_TOKEN")?);
    let answer = request.send()?.error_for_status()?;
    println!("{}", answer.text()?);
    Ok(())
}
