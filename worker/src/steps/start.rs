//! Start-up: assets, GPU with its self-test, the store of vectors.

use std::cell::RefCell;
use std::rc::Rc;

use lexicell_protocol::{Event, Failure, FailureKind, Output, Ready, Step};

use crate::assets;
use crate::backend::Compute;
use crate::map::{self, Map};
use crate::session::{Encoder, Session, Shared};
use crate::store::VectorStore;
use crate::transfer::send;

/// Makes a session.
pub(crate) async fn run() -> Result<Shared, Failure> {
    let assets = assets::index().await.map_err(|reason| Failure {
        step: Step::Start,
        kind: FailureKind::Asset,
        message: format!("The page's own list of assets could not be read: {reason}"),
        remedy: Some("Build the assets (make assets) and serve the page again.".to_owned()),
        causes: Vec::new(),
    })?;
    let session = Session {
        assets,
        compute: Compute::start(false).await,
        store: VectorStore::open().await.map(Rc::new),
        bundles: Default::default(),
        source: None,
        dataset: None,
        genes: None,
        encoder: Encoder::BuiltIn,
        dropped: None,
        vectors: None,
        pooled: None,
        views: Default::default(),
        head: None,
        told: Vec::new(),
        measured: Vec::new(),
        class_graph: None,
        marks: Default::default(),
        comparison: None,
        ontologies: Vec::new(),
        reference: None,
        score: None,
        used: Default::default(),
        map: Map::default(),
    };
    Ok(Rc::new(RefCell::new(session)))
}

/// What the page learns first.
pub(crate) fn ready(session: &Shared) -> Ready {
    let session = session.borrow();
    Ready {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: session.compute.report.clone(),
        assets: session.assets.clone(),
        storage: session.store.as_ref().map(|_| ()).map_err(Clone::clone),
    }
}

/// Moves to the CPU, or tries the GPU again.
pub(crate) async fn use_gpu(session: &Shared, wanted: bool) -> Output {
    if wanted {
        let compute = Compute::start(true).await;
        session.borrow_mut().compute = compute;
        map::try_gpu(session);
    } else {
        session.borrow_mut().compute.leave_gpu("You chose the CPU.".to_owned());
    }
    let report = session.borrow().compute.report.clone();
    send(&Event::Backend(report));
    Output::Done
}

/// Goes on without the GPU after it failed, and tells the page.
pub(crate) fn lose_gpu(session: &Shared, reason: &str) {
    session
        .borrow_mut()
        .compute
        .leave_gpu(format!("The GPU failed and the CPU took over: {reason}"));
    let report = session.borrow().compute.report.clone();
    send(&Event::Backend(report));
}
