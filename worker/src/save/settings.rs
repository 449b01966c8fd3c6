//! Settings with versions and hashes: enough to repeat the analysis.

use lexicell_protocol::Settings;
use serde::{Deserialize, Serialize};

use crate::session::Session;

/// What the file says of itself, so that another JSON is not taken for it.
const KIND: &str = "lexicell-settings";

#[derive(Serialize, Deserialize)]
struct SettingsFile {
    kind: String,
    version: String,
    settings: Settings,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    encoder: Option<String>,
    #[serde(default)]
    encoder_sha256: Option<String>,
    #[serde(default)]
    descriptions: Option<String>,
    #[serde(default)]
    backend: Option<String>,
}

/// The settings as JSON, beside what they were used with.
pub(crate) fn json(session: &Session, settings: Settings) -> String {
    let file = SettingsFile {
        kind: KIND.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings,
        files: session
            .dataset
            .as_ref()
            .map_or_else(Vec::new, |dataset| dataset.report.files.clone()),
        encoder: session.vectors.as_ref().map(|vectors| vectors.report.encoder.clone()),
        encoder_sha256: session.vectors.as_ref().map(|vectors| vectors.report.encoder_hash.clone()),
        descriptions: session.genes.as_ref().map(|genes| genes.report.source.clone()),
        backend: Some(format!("{:?}", session.compute.report.backend)),
    };
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

/// Reads settings back; the reason if the file is something else.
pub(crate) fn settings_from(bytes: &[u8]) -> Result<Settings, String> {
    let file: SettingsFile = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if file.kind == KIND {
        Ok(file.settings)
    } else {
        Err(format!("a file of kind {:?}", file.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_json_is_not_taken_for_settings() {
        assert!(
            settings_from(b"{\"kind\": \"else\", \"version\": \"1\", \"settings\": {}}").is_err()
        );
        assert!(settings_from(b"{}").is_err());
        let read = settings_from(
            b"{\"kind\": \"lexicell-settings\", \"version\": \"0.1.0\", \"settings\": {}}",
        );
        assert_eq!(read, Ok(Settings::default()));
    }
}
