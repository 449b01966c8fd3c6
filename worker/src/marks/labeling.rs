//! A column of `obs` that the scientist makes.

use std::rc::Rc;

use lexicell_matrix::{Categorical, MISSING_CODE};
use lexicell_protocol::LabelingReport;

use super::stamp;

/// Labels of the cells, given by hand.
///
/// A class that lost its cells keeps its code, so that the others keep their colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labeling {
    /// Name of the column of `obs`.
    pub(crate) column: String,
    pub(crate) classes: Rc<Categorical>,
}

impl Labeling {
    pub(super) fn new(column: String, classes: Categorical) -> Self {
        Self { column, classes: Rc::new(classes) }
    }

    /// Labels for `n` cells, all of them missing.
    pub(super) fn empty(column: String, n: usize) -> Self {
        let classes = Categorical { codes: vec![MISSING_CODE; n], categories: Vec::new() };
        Self::new(column, classes)
    }

    /// The classes that have cells, as they are compared and saved.
    pub(crate) fn compact(&self) -> Categorical {
        let mut categories = Vec::new();
        let counts = self.classes.counts();
        let codes: Vec<u32> = counts
            .iter()
            .zip(&self.classes.categories)
            .map(|(&n, name)| {
                if n == 0 {
                    return MISSING_CODE;
                }
                categories.push(name.clone());
                categories.len() as u32 - 1
            })
            .collect();
        let code = |code: &u32| codes.get(*code as usize).copied().unwrap_or(MISSING_CODE);
        Categorical { codes: self.classes.codes.iter().map(code).collect(), categories }
    }

    /// Gives a class another name; under the name of another class both become one. Whether there is
    /// such a class.
    pub(super) fn rename_class(&mut self, from: &str, to: &str) -> bool {
        let Some(old) = self.code_of(from) else { return false };
        if from == to {
            return true;
        }
        let new = self.code_of(to);
        let classes = Rc::make_mut(&mut self.classes);
        match new {
            None => classes.categories[old as usize] = to.to_owned(),
            Some(new) => {
                for code in classes.codes.iter_mut().filter(|code| **code == old) {
                    *code = new;
                }
            }
        }
        true
    }

    /// Gives cells a class, be it new or not, or none.
    pub(super) fn assign(&mut self, cells: &[u32], class: Option<&str>) {
        let known = class.map(|class| self.code_of(class));
        let classes = Rc::make_mut(&mut self.classes);
        let code = match (known, class) {
            (Some(Some(code)), _) => code,
            (Some(None), Some(class)) => {
                classes.categories.push(class.to_owned());
                classes.categories.len() as u32 - 1
            }
            _ => MISSING_CODE,
        };
        for &cell in cells {
            if let Some(own) = classes.codes.get_mut(cell as usize) {
                *own = code;
            }
        }
    }

    pub(super) fn report(&self) -> LabelingReport {
        let counts = self.classes.counts();
        let n_labelled: usize = counts.iter().sum();
        let named = self.classes.categories.iter().cloned().zip(counts.iter().map(|&n| n as u64));
        let names = self.classes.categories.iter().flat_map(|name| name.bytes().map(u32::from));
        let names: Vec<u32> = names.collect();
        LabelingReport {
            column: self.column.clone(),
            classes: named.filter(|(_, n)| *n > 0).collect(),
            n_missing: (self.classes.codes.len() - n_labelled) as u64,
            stamp: stamp(&[stamp(&self.classes.codes), stamp(&names)]),
        }
    }

    fn code_of(&self, class: &str) -> Option<u32> {
        let place = self.classes.categories.iter().position(|own| own == class);
        place.map(|place| place as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labeling() -> Labeling {
        let categories = vec!["B".to_owned(), "T".to_owned(), "NK".to_owned()];
        let codes = vec![0, 1, 1, 2, MISSING_CODE, 0];
        Labeling::new("by_hand".to_owned(), Categorical { codes, categories })
    }

    #[test]
    fn a_class_gets_another_name_and_keeps_its_colour() {
        let mut own = labeling();
        assert!(own.rename_class("T", "T cell"));
        assert_eq!(own.classes.categories, ["B", "T cell", "NK"]);
        assert_eq!(own.classes.codes, labeling().classes.codes);
        assert!(!own.rename_class("T", "x"));
    }

    #[test]
    fn two_classes_become_one_under_one_name() {
        let mut own = labeling();
        assert!(own.rename_class("NK", "T"));
        assert_eq!(own.classes.codes, [0, 1, 1, 1, MISSING_CODE, 0]);
        assert_eq!(own.report().classes, [("B".to_owned(), 2), ("T".to_owned(), 3)]);
        assert_eq!(own.compact().categories, ["B", "T"]);
    }

    #[test]
    fn a_class_is_split_by_labelling_some_of_its_cells() {
        let mut own = labeling();
        own.assign(&[1, 4], Some("CD8"));
        assert_eq!(own.classes.codes, [0, 3, 1, 2, 3, 0]);
        own.assign(&[1], Some("B"));
        own.assign(&[0, 99], None);
        assert_eq!(own.classes.codes, [MISSING_CODE, 0, 1, 2, 3, 0]);
        assert_eq!(own.report().n_missing, 1);
    }

    #[test]
    fn a_class_without_cells_is_not_saved_and_the_others_keep_their_codes_until_then() {
        let mut own = labeling();
        own.assign(&[0, 5], None);
        assert_eq!(own.classes.codes[3], 2);
        let saved = own.compact();
        assert_eq!(saved.categories, ["T", "NK"]);
        let none = MISSING_CODE;
        assert_eq!(saved.codes, [none, 0, 0, 1, none, none]);
    }

    #[test]
    fn an_edit_leaves_the_earlier_state_as_it_was() {
        let before = labeling();
        let mut after = before.clone();
        after.assign(&[0], Some("T"));
        assert_eq!(before, labeling());
        assert_ne!(before.report().stamp, after.report().stamp);
    }

    #[test]
    fn a_new_labelling_has_no_labels() {
        let own = Labeling::empty("x".to_owned(), 3);
        assert_eq!(own.report().n_missing, 3);
        assert!(own.report().classes.is_empty());
    }
}
