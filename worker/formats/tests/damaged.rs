//! Cut and altered files: an error or other data, but never a panic and never a runaway allocation.

#![allow(
    clippy::result_large_err,
    reason = "an error ends a load; its fields are what the page shows"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lexicell_formats::{FormatError, FormatErrorKind, InputFile, LoadChoice, Loader, inspect};

/// All of a run, over all fixtures.
const TIME: Duration = Duration::from_secs(15);

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder: PathBuf =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
            .join("../../tests/data/formats/hdf5");
    let mut fixtures: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("the fixtures are committed")
        .filter_map(|entry| {
            let path = entry.expect("a readable folder").path();
            let known = ["h5ad", "h5", "h5mu", "loom"];
            let kept = path.extension().is_some_and(|end| known.iter().any(|known| end == *known));
            let name = path.file_name()?.to_string_lossy().into_owned();
            kept.then(|| (name, std::fs::read(&path).expect("a readable fixture")))
        })
        .collect();
    fixtures.sort();
    assert!(fixtures.len() > 20);
    fixtures
}

fn load(name: &str, bytes: Vec<u8>) -> Result<usize, FormatError> {
    let files = [InputFile::from_bytes(name, bytes)];
    let inspection = inspect(&files)?;
    let mut cells = 0;
    for matrix in 0..inspection.matrices.len() {
        let choice = LoadChoice { matrix, ..LoadChoice::default() };
        cells += Loader::new(&files, &inspection, &choice)?.finish()?.adata.n_obs();
    }
    Ok(cells)
}

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

#[test]
fn cut_files_are_said_to_be_cut() {
    for (name, bytes) in fixtures() {
        for eighth in 0..8 {
            let length = bytes.len() * eighth / 8;
            let error =
                load(&name, bytes[..length].to_vec()).expect_err("a cut file does not load");
            let fits = match length {
                0 => FormatErrorKind::NotRecognised,
                _ => FormatErrorKind::Damaged,
            };
            assert_eq!(error.kind(), fits, "{name} cut to {length} bytes: {error}");
        }
    }
}

#[test]
fn altered_bytes_never_panic() {
    let start = Instant::now();
    let fixtures = fixtures();
    let (mut dice, mut tried, mut refused) = (Dice(2026), 0, 0);
    while start.elapsed() < TIME && tried < 6_000 {
        let (name, bytes) = &fixtures[tried % fixtures.len()];
        let mut bytes = bytes.clone();
        // Metadata lies near the front of these files and in between: alter a few bytes anywhere.
        for _ in 0..=dice.below(4) {
            let at = dice.below(bytes.len());
            bytes[at] = match dice.below(4) {
                0 => 0xff,
                1 => 0,
                2 => bytes[at] ^ (1 << dice.below(8)),
                _ => dice.below(256) as u8,
            };
        }
        if let Err(error) = load(name, bytes) {
            refused += 1;
            assert!(error.to_string().contains(name.as_str()), "{error}");
        }
        tried += 1;
    }
    eprintln!("{tried} altered files, {refused} refused");
    assert!(tried > 500 && refused > 50, "{tried} tried, {refused} refused");
}
