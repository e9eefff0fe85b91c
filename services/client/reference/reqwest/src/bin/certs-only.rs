//! Trusts one authority only: the API's own, which is the last in LAB_CA. No other on the device can vouch for it then.
use std::{env, error::Error, fs};

use reqwest::{Certificate, blocking::Client};

fn main() -> Result<(), Box<dyn Error>> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let authorities = Certificate::from_pem_bundle(&fs::read(env::var("LAB_CA")?)?)?;
    let own = authorities.into_iter().last().ok_or("LAB_CA is empty")?;
    let client = Client::builder().tls_certs_only([own]).build()?;
    let request = client
        .get(env::var("LAB_URL")?)
        .header("approov-token", env::var("LAB_TOKEN")?);
    let answer = request.send()?.error_for_status()?;
    println!("{}", answer.text()?);
    Ok(())
}
