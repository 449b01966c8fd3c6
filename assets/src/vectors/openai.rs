//! Vectors of a service that speaks OpenAI's `/v1/embeddings`.
//!
//! Only gene texts, which are public, are sent.
//! Protocol: <https://platform.openai.com/docs/api-reference/embeddings>.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use ureq::Agent;

use super::{Encoder, Text, VectorStore};
use crate::{
    AssetError, Result,
    fetch::{Fetcher, http},
    store,
};

/// How a service is spoken to.
#[derive(Debug, Clone)]
pub struct Service {
    /// `https://api.openai.com/v1`, or the whole address ending in `/embeddings`.
    pub url: String,
    /// `text-embedding-3-small`
    pub model: String,
    /// Sent as bearer token, where there is one.
    pub key: Option<String>,
    /// Shortens the vectors, where the model allows it.
    pub dimensions: Option<u32>,
    /// Texts in one request.
    pub batch: usize,
    /// How often a request is tried before it is given up.
    pub tries: u32,
    /// The first wait after a failure; it doubles up to a minute.
    pub wait: Duration,
}

impl Service {
    /// A service with the usual patience.
    #[must_use]
    pub fn new(url: &str, model: &str, key: Option<String>) -> Self {
        Self {
            url: url.to_owned(),
            model: model.to_owned(),
            key,
            dimensions: None,
            batch: 128,
            tries: 8,
            wait: Duration::from_secs(1),
        }
    }

    /// Who computes these vectors.
    #[must_use]
    pub fn encoder(&self) -> Encoder {
        let model = match self.dimensions {
            Some(dimensions) => format!("{}@{dimensions}", self.model),
            None => self.model.clone(),
        };
        Encoder {
            hash: format!("{} {model}", self.endpoint()),
            model,
            pooling: "remote".to_owned(),
        }
    }

    /// Where the vectors of this service are kept between runs.
    #[must_use]
    pub fn store_path(&self, fetcher: &Fetcher) -> PathBuf {
        let key = store::sha256(self.encoder().hash.as_bytes());
        fetcher.cache().join("vectors").join(format!("{}-remote.bin", &key[..16]))
    }

    fn endpoint(&self) -> String {
        let url = self.url.trim_end_matches('/');
        if url.ends_with("/embeddings") {
            url.to_owned()
        } else if url.ends_with("/v1") {
            format!("{url}/embeddings")
        } else {
            format!("{url}/v1/embeddings")
        }
    }

    /// Asks for the length of the vectors with one text.
    ///
    /// # Errors
    /// As [`Service::embed`].
    pub fn dim(&self, probe: &str) -> Result<usize> {
        let agent = http::agent(Duration::from_secs(120));
        Ok(self.request(&agent, &[probe])?.first().map_or(0, Vec::len))
    }

    /// Embeds the texts that the store does not hold; what has arrived is kept whatever happens.
    ///
    /// # Errors
    /// A request that is refused, that fails as often as `tries` allows, or an answer that does not fit.
    pub fn embed(&self, texts: &[Text], store: &mut VectorStore) -> Result<usize> {
        let agent = http::agent(Duration::from_secs(120));
        let todo: Vec<&Text> = texts.iter().filter(|text| !store.contains(text.hash)).collect();
        let mut embedded = 0;
        for batch in todo.chunks(self.batch.max(1)) {
            let inputs: Vec<&str> = batch.iter().map(|text| text.text.as_str()).collect();
            let vectors = self.request(&agent, &inputs)?;
            let rows: Vec<(u64, &[f32])> = batch
                .iter()
                .zip(&vectors)
                .map(|(text, vector)| (text.hash, vector.as_slice()))
                .collect();
            store.append(&rows)?;
            embedded += batch.len();
            eprintln!("    {} of {} texts", texts.len() - todo.len() + embedded, texts.len());
        }
        Ok(embedded)
    }

    fn request(&self, agent: &Agent, inputs: &[&str]) -> Result<Vec<Vec<f32>>> {
        let url = self.endpoint();
        let failed = |detail: String| AssetError::Http { url: url.clone(), detail };
        let body = Body {
            model: &self.model,
            input: inputs,
            encoding_format: "float",
            dimensions: self.dimensions,
        };
        let json = serde_json::to_vec(&body).map_err(|error| failed(error.to_string()))?;
        let mut wait = self.wait;
        let mut last = String::new();
        for attempt in 1..=self.tries.max(1) {
            match self.once(agent, &url, &json) {
                Ok(answer) => return answer.into_vectors(inputs.len()).map_err(failed),
                Err(Refusal::Final(detail)) => return Err(failed(detail)),
                Err(Refusal::Retry { detail, after }) => {
                    last = detail;
                    if attempt < self.tries {
                        let pause = after.unwrap_or(wait).min(Duration::from_secs(300));
                        eprintln!("    {last}; again in {:.1} s", pause.as_secs_f64());
                        std::thread::sleep(pause);
                        wait = (wait * 2).min(Duration::from_secs(60));
                    }
                }
            }
        }
        Err(failed(format!("{last}; given up after {} tries", self.tries)))
    }

    fn once(&self, agent: &Agent, url: &str, json: &[u8]) -> std::result::Result<Answer, Refusal> {
        let retry = |detail: String| Refusal::Retry { detail, after: None };
        let mut request = agent.post(url).header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut response = request.send(json).map_err(|error| retry(error.to_string()))?;
        let status = response.status().as_u16();
        let after = retry_after(response.headers());
        let text = response
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string()
            .map_err(|error| retry(error.to_string()))?;
        match status {
            200 => serde_json::from_str(&text)
                .map_err(|error| retry(format!("an answer that is no embedding: {error}"))),
            408 | 409 | 425 | 429 | 500.. => {
                let detail = format!("answered {status}: {}", message(&text));
                // An exhausted quota also answers 429, but waiting does not help.
                if text.contains("insufficient_quota") {
                    Err(Refusal::Final(detail))
                } else {
                    Err(Refusal::Retry { detail, after })
                }
            }
            _ => Err(Refusal::Final(format!("answered {status}: {}", message(&text)))),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    index: usize,
    embedding: Vec<f32>,
}

enum Refusal {
    Final(String),
    Retry { detail: String, after: Option<Duration> },
}

impl Answer {
    /// The vectors in the order of the inputs, whatever the order of the answer.
    fn into_vectors(self, expected: usize) -> std::result::Result<Vec<Vec<f32>>, String> {
        let found = self.data.len();
        let mut vectors = vec![Vec::new(); expected];
        for row in self.data {
            match vectors.get_mut(row.index) {
                Some(vector) if vector.is_empty() => *vector = row.embedding,
                _ => return Err(format!("an answer with an impossible index {}", row.index)),
            }
        }
        if vectors.iter().any(Vec::is_empty) {
            return Err(format!("expected {expected} vectors, found {found}"));
        }
        Ok(vectors)
    }
}

fn retry_after(headers: &ureq::http::HeaderMap) -> Option<Duration> {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(milliseconds) = get("retry-after-ms").and_then(|value| value.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(milliseconds / 1e3).ok();
    }
    let value = get("retry-after")?;
    match value.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => http_date(value).and_then(|then| then.duration_since(SystemTime::now()).ok()),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split([' ', ':']).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = words[..] else { return None };
    let month = MONTHS.iter().position(|known| *known == month)? as i64 + 1;
    let [day, year, hour, minute, second] =
        [day, year, hour, minute, second].map(|word| word.parse::<i64>().unwrap_or(-1));
    // Days since 1970 in the proleptic Gregorian calendar, with years that begin in March.
    let shifted = if month > 2 { year } else { year - 1 };
    let days = 365 * shifted + shifted / 4 - shifted / 100
        + shifted / 400
        + (153 * ((month + 9) % 12) + 2) / 5
        + day
        - 1
        - 719_468;
    let seconds = u64::try_from(((days * 24 + hour) * 60 + minute) * 60 + second).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// The message of an error body, cut to a line.
fn message(text: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let message = json["error"]["message"].as_str().unwrap_or(text);
    message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_are_read() {
        let then = http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        assert_eq!(
            then.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs(),
            784_111_777
        );
        assert_eq!(http_date("soon"), None);
    }

    #[test]
    fn every_usual_address_works() {
        for url in ["http://h/v1", "http://h/v1/", "http://h", "http://h/v1/embeddings"] {
            assert_eq!(Service::new(url, "m", None).endpoint(), "http://h/v1/embeddings", "{url}");
        }
    }
}
