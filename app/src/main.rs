//! The Lexicell page: what the scientist sees. It computes no science; it asks the worker.
#![allow(unreachable_pub, reason = "leptos's component macro makes the types of properties public")]

mod app;
mod components;
mod files;
mod offline;
mod plot;
mod privacy;
mod report;
mod state;
mod theme;
mod views;
mod words;
mod worker_client;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
