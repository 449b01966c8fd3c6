//! States that can be gone back to.

use std::collections::VecDeque;

use super::Marks;

/// Most changes that can be taken back.
const MOST: usize = 50;

/// What is marked now, with the states before and after it.
#[derive(Debug, Default)]
pub(crate) struct History {
    now: Marks,
    /// What was done, and the state before it.
    past: VecDeque<(String, Marks)>,
    /// What was taken back, and the state after it.
    future: Vec<(String, Marks)>,
}

impl History {
    /// What is marked now.
    pub(crate) fn now(&self) -> &Marks {
        &self.now
    }

    /// Changes what is marked; a change that changes nothing is not kept.
    pub(crate) fn change(&mut self, what: String, edit: impl FnOnce(&mut Marks)) {
        let mut next = self.now.clone();
        edit(&mut next);
        if next == self.now {
            return;
        }
        let before = std::mem::replace(&mut self.now, next);
        self.past.push_back((what, before));
        if self.past.len() > MOST {
            self.past.pop_front();
        }
        self.future.clear();
    }

    /// Takes the last change back.
    pub(crate) fn undo(&mut self) {
        if let Some((what, before)) = self.past.pop_back() {
            let after = std::mem::replace(&mut self.now, before);
            self.future.push((what, after));
        }
    }

    /// Makes the change again that was taken back last.
    pub(crate) fn redo(&mut self) {
        if let Some((what, after)) = self.future.pop() {
            let before = std::mem::replace(&mut self.now, after);
            self.past.push_back((what, before));
        }
    }

    /// What would be taken back.
    pub(crate) fn undoes(&self) -> Option<String> {
        self.past.back().map(|(what, _)| what.clone())
    }

    /// What would be made again.
    pub(crate) fn redoes(&self) -> Option<String> {
        self.future.last().map(|(what, _)| what.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn select(history: &mut History, cell: u32) {
        history.change(format!("select {cell}"), |marks| marks.selected = Rc::new(vec![cell]));
    }

    #[test]
    fn a_change_is_taken_back_and_made_again() {
        let mut history = History::default();
        select(&mut history, 1);
        select(&mut history, 2);
        history.undo();
        assert_eq!(*history.now().selected, [1]);
        assert_eq!(history.undoes().as_deref(), Some("select 1"));
        assert_eq!(history.redoes().as_deref(), Some("select 2"));
        history.redo();
        assert_eq!(*history.now().selected, [2]);
        assert_eq!(history.redoes(), None);
    }

    #[test]
    fn a_new_change_forgets_what_was_taken_back() {
        let mut history = History::default();
        select(&mut history, 1);
        history.undo();
        select(&mut history, 3);
        history.redo();
        assert_eq!(*history.now().selected, [3]);
        history.undo();
        history.undo();
        assert_eq!(*history.now(), Marks::default());
    }

    #[test]
    fn what_changes_nothing_is_not_kept() {
        let mut history = History::default();
        select(&mut history, 1);
        select(&mut history, 1);
        history.undo();
        assert_eq!(history.undoes(), None);
    }

    #[test]
    fn the_oldest_states_are_forgotten_and_the_parts_are_shared() {
        let mut history = History::default();
        for cell in 0..80 {
            select(&mut history, cell);
        }
        let mut n = 0;
        while history.undoes().is_some() {
            history.undo();
            n += 1;
        }
        assert_eq!((n, &**history.now().selected), (MOST, &[29][..]));
        let cells = Rc::clone(&history.now().selected);
        history.change("keep".to_owned(), |marks| {
            marks.sets.push(crate::marks::NamedSet { name: "a".into(), cells: cells.clone() });
        });
        assert!(Rc::ptr_eq(&history.now().selected, &history.now().sets[0].cells));
    }
}
