use lexicell_protocol::{
    AskSettings, AxisSettings, CellSet, CompareSettings, MOST_TEXTS, PathSettings, View,
};

use super::pick::{Pick, Source};

/// Exchanges of cells between two sets, unless another number is wished.
pub(crate) const EXCHANGES_OF_CELLS: u32 = 200;
/// Exchanges of texts between genes: many, so that a class among dozens can still stand out.
pub(crate) const EXCHANGES_OF_TEXTS: u32 = 1000;
/// Assignments of units to groups, where not all of them are tried.
pub(crate) const ASSIGNMENTS: u32 = 10_000;
/// Diffusion components, as scanpy's `tl.dpt` counts them.
pub(crate) const N_DCS: u32 = 10;

/// What is compared with what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CompareForm {
    pub(crate) first: Pick,
    pub(crate) second: Pick,
    pub(crate) n_permutations: u32,
    pub(crate) seed: u64,
}

impl Default for CompareForm {
    fn default() -> Self {
        Self {
            first: Pick::default(),
            second: Pick::whole(Source::Rest),
            n_permutations: EXCHANGES_OF_CELLS,
            seed: 0,
        }
    }
}

impl CompareForm {
    /// What is asked, or what is missing.
    pub(crate) fn settings(&self) -> Result<CompareSettings, &'static str> {
        let first = self.first.cells().ok_or("Choose the cells that you ask about.")?;
        let second = self.second.cells().ok_or("Choose the cells to hold them against.")?;
        if first == second {
            return Err("Both sets are the same: choose two different ones.");
        }
        let (n_permutations, seed) = (self.n_permutations, self.seed);
        Ok(CompareSettings { first, second, n_permutations, seed })
    }
}

/// What is asked in words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AskForm {
    pub(crate) text: String,
    pub(crate) by: Option<String>,
    pub(crate) n_permutations: u32,
    pub(crate) seed: u64,
}

impl Default for AskForm {
    fn default() -> Self {
        Self { text: String::new(), by: None, n_permutations: EXCHANGES_OF_TEXTS, seed: 0 }
    }
}

impl AskForm {
    /// How many texts it holds.
    pub(crate) fn n_lines(&self) -> u64 {
        self.text.lines().filter(|line| !line.trim().is_empty()).count() as u64
    }

    /// What is asked, or what is missing.
    pub(crate) fn settings(&self) -> Result<AskSettings, &'static str> {
        let text = self.text.trim();
        if text.is_empty() {
            return Err("Write a sentence, or one type in each line.");
        }
        if self.n_lines() > MOST_TEXTS {
            return Err("More lines than can be asked about at once: at most 300.");
        }
        Ok(AskSettings {
            text: text.to_owned(),
            by: self.by.clone(),
            n_permutations: self.n_permutations,
            seed: self.seed,
        })
    }
}

/// Which units are of which group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AxisForm {
    pub(crate) view: View,
    pub(crate) column: Option<String>,
    /// The units of each group.
    pub(crate) groups: [Vec<String>; 2],
    /// What the scientist calls the groups.
    pub(crate) names: [String; 2],
    pub(crate) n_permutations: u32,
    pub(crate) seed: u64,
}

impl Default for AxisForm {
    fn default() -> Self {
        Self {
            view: View::Text,
            column: None,
            groups: Default::default(),
            names: ["resilient".to_owned(), "vulnerable".to_owned()],
            n_permutations: ASSIGNMENTS,
            seed: 0,
        }
    }
}

impl AxisForm {
    /// The group of a unit.
    pub(crate) fn group_of(&self, unit: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.iter().any(|own| own == unit))
    }

    /// Puts a unit into a group, or into none.
    pub(crate) fn assign(&mut self, unit: &str, group: Option<usize>) {
        for own in &mut self.groups {
            own.retain(|other| other != unit);
        }
        if let Some(own) = group.and_then(|group| self.groups.get_mut(group)) {
            own.push(unit.to_owned());
        }
    }

    /// What is asked, or what is missing.
    pub(crate) fn settings(&self) -> Result<AxisSettings, &'static str> {
        let column = self.column.clone().ok_or("Choose the column whose values are the units.")?;
        let [first, second] = self.groups.clone();
        if first.is_empty() || second.is_empty() {
            return Err("Put at least one value into each group.");
        }
        let (view, n_permutations, seed) = (self.view, self.n_permutations, self.seed);
        Ok(AxisSettings { view, column, first, second, n_permutations, seed })
    }

    /// What a group is called, be it left without a name.
    pub(crate) fn name(&self, group: usize) -> String {
        match self.names.get(group).map(|name| name.trim()) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ if group == 0 => "first group".to_owned(),
            _ => "second group".to_owned(),
        }
    }
}

/// Where a path begins, and what is followed along it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PathForm {
    pub(crate) view: View,
    pub(crate) root: Pick,
    pub(crate) n_dcs: u32,
    pub(crate) by: Option<String>,
    /// Names of genes, with commas between.
    pub(crate) genes: String,
    pub(crate) to: Option<String>,
}

impl Default for PathForm {
    fn default() -> Self {
        Self {
            view: View::Text,
            root: Pick::default(),
            n_dcs: N_DCS,
            by: None,
            genes: String::new(),
            to: None,
        }
    }
}

impl PathForm {
    /// What is asked, or what is missing.
    pub(crate) fn settings(&self) -> Result<PathSettings, &'static str> {
        let root = self.root.cells().ok_or("Choose the cells that the path begins among.")?;
        Ok(PathSettings {
            view: self.view,
            root,
            n_dcs: self.n_dcs,
            by: self.by.clone(),
            genes: names_of(&self.genes),
            to: self.to.clone(),
        })
    }
}

/// The names of a list, each once.
pub(super) fn names_of(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
        if names.iter().all(|other| other != name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// A set of cells within a sentence.
pub(crate) fn set_in_words(set: &CellSet) -> String {
    match set {
        CellSet::Class { value, .. } => value.clone(),
        CellSet::Cluster { cluster, .. } => format!("cluster {cluster}"),
        CellSet::Named(name) => name.clone(),
        CellSet::Like(column) => {
            format!("the 1\u{202f}% of cells most like “{}”", CellSet::text_of(column))
        }
        CellSet::Selected => "the selected cells".to_owned(),
        CellSet::Rest => "the rest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_held_against_the_rest_unless_another_is_chosen() {
        let mut form = CompareForm::default();
        assert!(form.settings().is_err());
        form.first = Pick::whole(Source::Selected);
        assert_eq!(form.settings(), Ok(CompareSettings::against_rest(CellSet::Selected)));
        form.second = Pick::whole(Source::Selected);
        assert!(form.settings().is_err_and(|why| why.contains("same")));
    }

    #[test]
    fn a_unit_is_of_one_group_at_most() {
        let mut form = AxisForm { column: Some("type".to_owned()), ..AxisForm::default() };
        form.assign("a", Some(0));
        form.assign("a", Some(1));
        assert_eq!((form.group_of("a"), form.groups[0].len()), (Some(1), 0));
        assert!(form.settings().is_err());
        form.assign("b", Some(0));
        assert_eq!(form.settings().map(|settings| settings.second), Ok(vec!["a".to_owned()]));
        form.assign("b", None);
        assert_eq!(form.group_of("b"), None);
    }

    #[test]
    fn a_group_without_a_name_has_one_all_the_same() {
        let mut form = AxisForm::default();
        assert_eq!((form.name(0), form.name(1)), ("resilient".into(), "vulnerable".into()));
        form.names[1] = "  ".to_owned();
        assert_eq!(form.name(1), "second group");
    }

    #[test]
    fn genes_are_named_once_and_blanks_are_none() {
        assert_eq!(names_of("CD3E, , MS4A1;CD3E\nHLA-DRA"), ["CD3E", "MS4A1", "HLA-DRA"]);
        let form = |text: &str| AskForm { text: text.to_owned(), ..AskForm::default() };
        assert!(form(" \n").settings().is_err());
        let most = MOST_TEXTS as usize;
        assert!(form(&"a\n\n".repeat(most)).settings().is_ok());
        let why = form(&"a\n".repeat(most + 1)).settings();
        assert!(why.is_err_and(|why| why.contains(&MOST_TEXTS.to_string())));
    }
}
