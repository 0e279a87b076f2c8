//! Addresses that somebody without credentials uses, with nothing but HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use platform::store::{Access, Put, PutAccess, SignedUrl, Store};
use sha2::{Digest as _, Sha256};

use crate::buckets::Bucket;

const BODY: &[u8] = b"{\"key\": \"value\"}";
const HOUR: Duration = Duration::from_secs(3600);

/// An address takes the bytes that it names and no others.
pub(crate) async fn digest(bucket: &Bucket) -> Result<(), String> {
    let store = Store::open(&bucket.url("presigned")).await.map_err(|it| it.to_string())?;
    let key = "named.json";
    let address = store.presign(key, &put(), HOUR).await.map_err(|it| it.to_string())?;
    expect("other bytes", &send(&address, b"{\"key\": \"other\"}").await?, false)?;
    match store.head(key).await {
        Ok(_) => Err("other bytes were stored".to_owned()),
        Err(_) => Ok(()),
    }
}

/// What is signed can be done, what is not cannot, and an address that has expired opens nothing.
pub(crate) async fn run(bucket: &Bucket) -> Result<(), String> {
    let store = Store::open(&bucket.url("presigned")).await.map_err(|it| it.to_string())?;
    let sign = async |key: &str, access: &Access, valid_for| {
        store.presign(key, access, valid_for).await.map_err(|it| it.to_string())
    };
    let get = Access::Get { version: None };

    let key = "a b+c.json";
    let address = sign(key, &put(), HOUR).await?;
    let shown = format!("{address:?}");
    if shown.contains("Signature") || shown.contains("http") {
        return Err(format!("the address is printed: {shown}"));
    }
    expect("the bytes", &send(&address, BODY).await?, true)?;
    let there = store.get(key).await.map_err(|it| it.to_string())?;
    if there.body != BODY || there.object.content_type.as_deref() != Some("application/json") {
        return Err(format!("something else was stored: {:?}", there.object));
    }

    let address = sign(key, &get, HOUR).await?;
    let answer = send(&address, b"").await?;
    expect("reading", &answer, true)?;
    if !answer.ends_with(std::str::from_utf8(BODY).expect("it is text")) {
        return Err(format!("something else was read: {answer}"));
    }
    // An address for one key is none for another.
    store.put("other", "secret", &Put::default()).await.map_err(|it| it.to_string())?;
    let (path, query) = address.expose().split_once('?').ok_or("the address has no query")?;
    let (folder, _) = path.rsplit_once('/').ok_or("the address has no path")?;
    let forged = SignedUrl::new(format!("{folder}/other?{query}"), "GET", address.headers.clone());
    let refused = send(&forged, b"").await?;
    expect("another key", &refused, false)?;

    let short = sign(key, &get, Duration::from_secs(1)).await?;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    expect("an address that has expired", &send(&short, b"").await?, false)?;
    match store.presign(key, &get, Duration::from_secs(8 * 24 * 3600)).await {
        Ok(_) => Err("an address for eight days was made".to_owned()),
        Err(_) => Ok(()),
    }
}

fn put() -> Access {
    let mut put = PutAccess::default();
    put.content_type = Some("application/json".to_owned());
    put.sha256 = Some(Sha256::digest(BODY).into());
    put.size_bytes = Some(BODY.len() as u64);
    Access::Put(put)
}

fn expect(what: &str, answer: &str, fine: bool) -> Result<(), String> {
    let line = answer.lines().next().unwrap_or_default();
    match line.split(' ').nth(1).is_some_and(|it| it.starts_with('2')) == fine {
        true => Ok(()),
        false => Err(format!("{what}: {line}")),
    }
}

/// One request in plain HTTP/1.1, without any credentials. The whole answer comes back.
async fn send(address: &SignedUrl, body: &[u8]) -> Result<String, String> {
    let (address, body) = (address.clone(), body.to_vec());
    let answer = tokio::task::spawn_blocking(move || -> std::io::Result<String> {
        let url = address.expose();
        let rest = url.strip_prefix("http://").expect("test servers speak plain HTTP");
        let (host, path) = rest.split_once('/').expect("an address has a path");
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut request = format!("{} /{path} HTTP/1.1\r\nhost: {host}\r\n", address.method);
        for (name, value) in &address.headers {
            if !["host", "content-length"].contains(&name.to_ascii_lowercase().as_str()) {
                request.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        request.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()));
        stream.write_all(request.as_bytes())?;
        stream.write_all(&body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    });
    answer.await.expect("it does not panic").map_err(|error| error.to_string())
}
