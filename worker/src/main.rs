//! The web worker: owns the session, runs the steps, and tells the page what happens.

mod assets;
mod backend;
mod dispatch;
mod failure;
mod file_source;
mod map;
mod marks;
mod save;
mod session;
mod steps;
mod store;
mod task;
mod transfer;

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(dispatch::start());
}
