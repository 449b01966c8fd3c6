use lexicell_protocol::CellSet;

use super::super::explore::Explored;

/// What must be known of the answers: what applies.
pub(super) fn caveats(explored: &Explored) -> Vec<String> {
    let mut caveats = Vec::new();
    let mut say = |text: &str| caveats.push(text.to_owned());
    if let Some(report) = &explored.compared {
        say(
            "Every p of a comparison of cells takes cells for independent. Cells of one donor are not: it says nothing of other donors.",
        );
        if explored.is_earlier {
            say(
                "The comparison is of cells that were selected earlier: other cells are selected now, as the map and the saved columns have it.",
            );
        }
        let settings = &report.settings;
        if [&settings.first, &settings.second].into_iter().any(was_found_here) {
            say(
                "Clusters and selections were compared in the space that they were found in, or with expression that this space is made of: that they differ is no finding, and their p are too small. The order of genes tells what holds them together.",
            );
        }
        if report.genes.iter().any(|gene| gene.contribution.is_some()) {
            say(
                "A gene’s part of a difference of text vectors says what its description does in this space; descriptions know only what was written, most of it of well-studied genes.",
            );
        }
    }
    if let Some(report) = &explored.asked {
        say(
            "Likeness to a text ranks classes of this data set among each other; it is no probability, and it hangs on the words chosen.",
        );
        if report.labels.as_ref().is_some_and(|labels| labels.against.is_none()) {
            say(
                "The types told from their texts alone were not held against any labels: how many of them are right is not known.",
            );
        }
    }
    if let Some(report) = &explored.fitted {
        say(
            "An axis shows that two groups of values differ, not why: tissue, technique or donor may go with the groups.",
        );
        if report.p.is_none_or(|_| report.least_p > 0.05) {
            say("With so few values in its groups the axis cannot be shown to differ from chance.");
        }
    }
    if explored.found.is_some() {
        say(
            "Pseudotime has no clock and no direction of its own: it orders cells by likeness from a root that was chosen. The tests of genes along it reuse the cells that it was made from.",
        );
    }
    caveats
}

fn was_found_here(set: &CellSet) -> bool {
    matches!(set, CellSet::Cluster { .. } | CellSet::Selected)
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::explored;
    use super::*;

    #[test]
    fn only_what_applies_to_the_answers_is_said() {
        let has = |explored: &Explored, part: &str| {
            caveats(explored).iter().any(|caveat| caveat.contains(part))
        };
        let mut all = explored();
        for part in [
            "says nothing of other donors",
            "were found in",
            "not held against",
            "so few values",
            "no clock",
        ] {
            assert!(has(&all, part), "{part}");
        }
        if let Some(report) = &mut all.compared {
            let mut own = (**report).clone();
            own.settings.first =
                CellSet::Class { column: "type".to_owned(), value: "B".to_owned() };
            *report = own.into();
        }
        assert!(!has(&all, "were found in") && has(&all, "other donors"));
        assert_eq!(caveats(&Explored::default()), Vec::<String>::new());
    }
}
