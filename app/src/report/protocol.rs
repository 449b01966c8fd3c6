use lexicell_protocol::{Backend, Settings};
use serde::Serialize;

use super::findings::Findings;

/// What the worker takes for settings that are dropped back.
const KIND: &str = "lexicell-settings";

/// The protocol of a score: all settings as they were used, beside what they were used on.
#[derive(Serialize)]
struct Protocol<'a> {
    kind: &'static str,
    version: &'a str,
    saved: &'a str,
    settings: Settings,
    files: &'a [String],
    n_obs: Option<u64>,
    n_vars: Option<u64>,
    matrix: Option<&'a str>,
    descriptions: Option<&'a str>,
    encoder: Option<&'a str>,
    encoder_sha256: Option<&'a str>,
    backend: Option<String>,
}

/// The protocol as JSON, to be dropped back on the page together with the data.
pub(super) fn json(findings: &Findings) -> Result<String, String> {
    let data = findings.data.as_ref();
    let protocol = Protocol {
        kind: KIND,
        version: &findings.version,
        saved: &findings.date,
        settings: used(findings),
        files: data.map_or(&[], |data| &data.files),
        n_obs: data.map(|data| data.n_obs),
        n_vars: data.map(|data| data.n_vars),
        matrix: data.and_then(|data| Some(data.matrices.get(data.chosen)?.name.as_str())),
        descriptions: findings.genes.as_ref().map(|genes| genes.source.as_str()),
        encoder: findings.embed.as_ref().map(|embed| embed.encoder.as_str()),
        encoder_sha256: findings.embed.as_ref().map(|embed| embed.encoder_hash.as_str()),
        backend: findings.backend.as_ref().map(|backend| match &backend.backend {
            Backend::Cpu => "CPU".to_owned(),
            Backend::WebGpu { adapter, .. } => format!("WebGPU {adapter}"),
        }),
    };
    serde_json::to_string_pretty(&protocol)
        .map_err(|error| format!("The protocol could not be written: {error}"))
}

/// The settings with what training and score were really run with.
pub(super) fn used(findings: &Findings) -> Settings {
    let mut settings = findings.settings.clone();
    if let Some(score) = &findings.score {
        settings.score = Some(score.settings.clone());
    }
    if let Some(refine) = &findings.refine {
        settings.refine = refine.settings.clone();
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::super::samples::findings;
    use super::*;
    use lexicell_protocol::{Method, RefineSettings, RefineSpace, ScoreSettings};

    #[test]
    fn a_protocol_holds_what_was_run_and_can_be_read_back() {
        let mut findings = findings();
        findings.settings.score = None;
        let json = json(&findings).expect("it can be written");
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["kind"], "lexicell-settings");
        let settings: Settings =
            serde_json::from_value(value["settings"].clone()).expect("settings");
        assert_eq!(settings.score, findings.score.map(|score| score.settings));
        assert_eq!(settings.refine, findings.refine.expect("there is one").settings);
    }

    #[test]
    fn settings_saved_before_the_joint_view_refine_the_text() {
        let mut saved = serde_json::to_value(RefineSettings::default()).expect("JSON");
        saved.as_object_mut().expect("an object").remove("space").expect("it is written");
        let read: RefineSettings = serde_json::from_value(saved).expect("older settings");
        assert_eq!(read, RefineSettings::default());
        assert_eq!(read.space, RefineSpace::Text);
    }

    #[test]
    fn the_joint_view_survives_the_way_there_and_back() {
        let refine = RefineSettings { space: RefineSpace::Joint, ..RefineSettings::default() };
        let score = ScoreSettings { methods: vec![Method::Joint], ..ScoreSettings::new("donor") };
        let settings = Settings { refine, score: Some(score), ..Settings::default() };
        let json = serde_json::to_string(&settings).expect("JSON");
        assert_eq!(serde_json::from_str::<Settings>(&json).expect("settings"), settings);
    }
}
