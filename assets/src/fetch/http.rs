//! Downloads.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    time::{Duration, Instant},
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

use crate::{AssetError, Result, store::PendingFile};

/// An agent that trusts what the machine trusts, gives up quickly on a network that is not there,
/// and leaves the judgement of status codes to the caller.
#[must_use]
pub fn agent(response_timeout: Duration) -> Agent {
    Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(8)))
        .timeout_recv_response(Some(response_timeout))
        .http_status_as_error(false)
        .user_agent(concat!("lexicell-assets/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .into()
}

/// Downloads a file, whole and of the right hash, or not at all.
///
/// With `only_tax_ids` the gzipped table is reduced to the rows of these species while it arrives.
///
/// # Errors
/// No connection, another status than 200, a connection that breaks, a wrong hash.
pub fn download(url: &str, path: &Path, sha256: Option<&str>, only_tax_ids: &[u32]) -> Result<()> {
    let failed = |detail: String| AssetError::Http { url: url.to_owned(), detail };
    let mut response = agent(Duration::from_secs(30)).get(url).call().map_err(|error| {
        AssetError::Connection { url: url.to_owned(), detail: error.to_string() }
    })?;
    if response.status() != 200 {
        return Err(failed(format!("answered {}", response.status())));
    }
    let length = response.body().content_length();
    let mut body = Progress::new(response.body_mut().as_reader(), url, length);
    let mut pending = PendingFile::create(path)?;
    if only_tax_ids.is_empty() {
        std::io::copy(&mut body, &mut pending).map_err(|error| failed(error.to_string()))?;
        // A connection that closes early looks like a file that ends.
        if let Some(expected) = length.filter(|&expected| expected != pending.bytes()) {
            return Err(failed(format!(
                "cut off: expected {expected} bytes, found {}",
                pending.bytes()
            )));
        }
    } else {
        reduce(body, &mut pending, only_tax_ids).map_err(|error| failed(error.to_string()))?;
    }
    pending.finish(sha256, url).map(drop)
}

/// Copies the header and the rows whose first column is one of `tax_ids`, gzipped to gzipped.
fn reduce(from: impl Read, to: impl Write, tax_ids: &[u32]) -> std::io::Result<()> {
    let prefixes: Vec<Vec<u8>> = tax_ids.iter().map(|id| format!("{id}\t").into_bytes()).collect();
    let mut reader = BufReader::with_capacity(1 << 18, MultiGzDecoder::new(from));
    let mut writer = GzEncoder::new(to, Compression::fast());
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if line.starts_with(b"#") || prefixes.iter().any(|prefix| line.starts_with(prefix)) {
            writer.write_all(&line)?;
        }
        line.clear();
    }
    writer.finish().map(drop)
}

/// Says every few seconds how far a long download is.
struct Progress<'a, R> {
    inner: R,
    url: &'a str,
    length: Option<u64>,
    done: u64,
    said: Instant,
}

impl<'a, R> Progress<'a, R> {
    fn new(inner: R, url: &'a str, length: Option<u64>) -> Self {
        Self { inner, url, length, done: 0, said: Instant::now() }
    }
}

impl<R: Read> Read for Progress<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.done += n as u64;
        if self.said.elapsed() > Duration::from_secs(5) {
            self.said = Instant::now();
            let total = self.length.map_or(String::new(), |length| format!(" of {}", length >> 20));
            eprintln!("    {} … {}{total} MiB", self.url, self.done >> 20);
        }
        Ok(n)
    }
}
