//! Vectors from a service that speaks OpenAI's protocol, with all that can go wrong on the way.

#[path = "support/scratch.rs"]
mod support;

use std::time::{Duration, Instant};

use lexicell_assets::vectors::{Text, VectorStore, openai::Service};
use lexicell_genes::text_hash;
use serde_json::{Value, json};
use support::{Received, Reply, Scratch, Server};

fn texts(n: usize) -> Vec<Text> {
    (0..n).map(|i| format!("gene {i}")).map(|text| Text { hash: text_hash(&text), text }).collect()
}

/// The vector of a text: its length and 1.
fn embeddings(request: &Received) -> Vec<u8> {
    let body: Value = serde_json::from_slice(&request.body).expect("a JSON body");
    assert_eq!(body["encoding_format"], "float");
    assert_eq!(body["model"], "text-embedding-3-small");
    let inputs = body["input"].as_array().expect("inputs");
    // Out of order, as the protocol allows.
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .rev()
        .map(|(i, text)| json!({"index": i, "embedding": [text.as_str().expect("a text").len(), 1.0]}))
        .collect();
    json!({"object": "list", "data": data}).to_string().into_bytes()
}

fn ok(request: &Received) -> Reply {
    Reply::Answer("200 OK", vec![], embeddings(request))
}

fn service(server: &Server) -> Service {
    let mut service = Service::new(&server.url, "text-embedding-3-small", Some("secret".into()));
    service.batch = 4;
    service.tries = 4;
    service.wait = Duration::from_millis(10);
    service
}

fn store(scratch: &Scratch) -> VectorStore {
    VectorStore::open(&scratch.path().join("vectors.bin"), 2).expect("a store")
}

#[test]
fn texts_become_unit_vectors_in_batches_with_the_key() {
    let (server, scratch) = (Server::start(|request, _| ok(request)), Scratch::new("openai"));
    let mut store = store(&scratch);
    let texts = texts(10);
    assert_eq!(service(&server).dim("probe").expect("a probe"), 2);
    assert_eq!(service(&server).embed(&texts, &mut store).expect("vectors"), 10);
    let vector = store.get(texts[3].hash).expect("a vector");
    let norm = (36.0f32 + 1.0).sqrt();
    assert!(
        (vector[0] - 6.0 / norm).abs() < 1e-3 && (vector[1] - 1.0 / norm).abs() < 1e-3,
        "{vector:?}"
    );
    let seen = server.seen.lock().expect("the log");
    assert_eq!(seen.len(), 1 + 3);
    assert_eq!(seen[1].line, "POST /v1/embeddings HTTP/1.1");
    assert!(
        seen[1]
            .headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case("authorization: Bearer secret"))
    );
}

#[test]
fn limits_errors_and_broken_connections_are_waited_out() {
    let server = Server::start(|request, count| match count {
        0 => Reply::Answer(
            "429 Too Many Requests",
            vec!["retry-after: 0.2".into()],
            br#"{"error":{"message":"slow"}}"#.to_vec(),
        ),
        1 => Reply::Answer("500 Internal Server Error", vec![], vec![]),
        2 => Reply::Hangup,
        4 => Reply::Answer("200 OK", vec![], b"{\"data\": [".to_vec()),
        5 => Reply::Answer("429 Too Many Requests", vec!["retry-after-ms: 1".into()], vec![]),
        _ => ok(request),
    });
    let scratch = Scratch::new("limits");
    let start = Instant::now();
    assert_eq!(service(&server).embed(&texts(8), &mut store(&scratch)).expect("vectors"), 8);
    assert!(start.elapsed() >= Duration::from_millis(200), "Retry-After is kept");
    assert_eq!(server.count(), 7);
}

#[test]
fn what_has_arrived_is_kept_and_a_second_run_goes_on() {
    let server = Server::start(|request, count| match count {
        2 => Reply::Answer(
            "401 Unauthorized",
            vec![],
            br#"{"error":{"message":"Incorrect API key"}}"#.to_vec(),
        ),
        _ => ok(request),
    });
    let scratch = Scratch::new("resume");
    let texts = texts(12);
    let error =
        service(&server).embed(&texts, &mut store(&scratch)).expect_err("refused").to_string();
    assert!(error.contains("answered 401: Incorrect API key"), "{error}");
    assert_eq!(server.count(), 3, "a refusal is not repeated");
    let mut store = store(&scratch);
    assert_eq!(store.len(), 8);
    assert_eq!(service(&server).embed(&texts, &mut store).expect("the rest"), 4);
    assert_eq!(store.len(), 12);
}

#[test]
fn hopeless_cases_end_with_the_reason() {
    type Script = fn(&Received, usize) -> Reply;
    let cases: [(Script, &str, usize); 4] = [
        (
            |_, _| Reply::Answer("503 Service Unavailable", vec![], b"busy".to_vec()),
            "answered 503: busy; given up after 4 tries",
            4,
        ),
        (
            |_, _| {
                Reply::Answer(
                    "429 Too Many Requests",
                    vec![],
                    br#"{"error":{"message":"no money","code":"insufficient_quota"}}"#.to_vec(),
                )
            },
            "answered 429: no money",
            1,
        ),
        (
            |_, _| {
                Reply::Answer(
                    "200 OK",
                    vec![],
                    br#"{"data":[{"index":0,"embedding":[1]}]}"#.to_vec(),
                )
            },
            "expected 3 vectors, found 1",
            1,
        ),
        (
            |_, _| {
                Reply::Answer(
                    "200 OK",
                    vec![],
                    br#"{"data":[{"index":7,"embedding":[1]}]}"#.to_vec(),
                )
            },
            "impossible index 7",
            1,
        ),
    ];
    for (script, reason, requests) in cases {
        let (server, scratch) = (Server::start(script), Scratch::new("hopeless"));
        let error = service(&server)
            .embed(&texts(3), &mut store(&scratch))
            .expect_err("hopeless")
            .to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!(server.count(), requests, "{reason}");
    }
}

#[test]
fn a_half_written_record_is_cut_off_and_other_stores_are_refused() {
    let scratch = Scratch::new("store");
    let path = scratch.path().join("vectors.bin");
    let mut first = VectorStore::open(&path, 2).expect("a store");
    first.append(&[(1, &[1.0, 0.0]), (2, &[0.0, 2.0])]).expect("two vectors");
    assert!(first.append(&[(3, &[0.0, 0.0])]).is_err());
    assert!(first.append(&[(3, &[1.0])]).is_err());
    drop(first);
    let bytes = std::fs::read(&path).expect("the store");
    std::fs::write(&path, &bytes[..bytes.len() - 3]).expect("a cut store");
    let mut again = VectorStore::open(&path, 2).expect("a store");
    assert_eq!((again.len(), again.get(1)), (1, Some(vec![1.0, 0.0])));
    again.append(&[(2, &[0.0, 2.0])]).expect("a vector");
    drop(again);
    assert_eq!(VectorStore::open(&path, 2).expect("a store").len(), 2);
    assert!(VectorStore::open(&path, 3).is_err());
    std::fs::write(&path, b"something else").expect("another file");
    assert!(VectorStore::open(&path, 2).is_err());
}
