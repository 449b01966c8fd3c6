//! The command `lexicell-assets`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lexicell-assets: {error}");
            ExitCode::FAILURE
        }
    }
}
