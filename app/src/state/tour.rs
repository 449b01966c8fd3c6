//! The guided tour of the demo: where it stands, and what each stop prepares.

use leptos::prelude::*;

use super::{AppState, Inquiry, Opened, Pick, Source, Stage};

/// The demo's column of labels, and the class that the tour asks about.
const LABELS: &str = "bulk_labels";
const ASKED_ABOUT: &str = "CD19+ B";
/// What the tour would ask in words.
const SENTENCE: &str =
    "B cell receptor signalling, immunoglobulin and antigen presentation by MHC class II";

/// Where the tour stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tour {
    /// Offered, not begun.
    #[default]
    Offered,
    /// Not wished, or at its end.
    Closed,
    At(Stop),
}

/// A stop of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Map,
    Score,
    Compare,
    Ask,
    Privacy,
}

impl Stop {
    /// The stops from first to last.
    pub(crate) const ALL: [Self; 5] =
        [Self::Map, Self::Score, Self::Compare, Self::Ask, Self::Privacy];

    /// Its place, from 1.
    pub(crate) fn number(self) -> usize {
        Self::ALL.iter().position(|&own| own == self).map_or(0, |place| place + 1)
    }

    /// A name that stays, for tests and for what is outlined.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Score => "score",
            Self::Compare => "compare",
            Self::Ask => "ask",
            Self::Privacy => "privacy",
        }
    }

    /// The stage that it is on.
    fn stage(self) -> Stage {
        match self {
            Self::Map | Self::Privacy => Stage::Map,
            Self::Score => Stage::Score,
            Self::Compare | Self::Ask => Stage::Explore,
        }
    }
}

impl Tour {
    /// The stop, while the tour is on.
    pub(crate) fn stop(self) -> Option<Stop> {
        match self {
            Self::At(stop) => Some(stop),
            Self::Offered | Self::Closed => None,
        }
    }

    /// One stop on; after the last the tour is over.
    fn next(self) -> Self {
        self.moved(|place| place.checked_add(1)).unwrap_or(Self::Closed)
    }

    /// One stop back; before the first there is none.
    fn back(self) -> Self {
        self.moved(|place| place.checked_sub(1)).unwrap_or(self)
    }

    fn moved(self, by: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        let place = Stop::ALL.iter().position(|&own| Some(own) == self.stop())?;
        Stop::ALL.get(by(place)?).copied().map(Self::At)
    }
}

impl AppState {
    /// Whether the demo is open, which the tour is about.
    pub(crate) fn is_demo(self) -> bool {
        self.has_data() && self.opened.with_value(|opened| matches!(opened, Opened::Demo))
    }

    /// Whether the tour is on.
    pub(crate) fn is_touring(self) -> bool {
        untrack(|| self.is_demo() && self.tour.get().stop().is_some())
    }

    /// Begins the tour.
    pub(crate) fn start_tour(self) {
        self.go_to(Tour::At(Stop::Map));
    }

    /// Goes one stop on; the tour is over after the last.
    pub(crate) fn next_stop(self) {
        self.go_to(self.tour.get_untracked().next());
    }

    /// Goes one stop back.
    pub(crate) fn last_stop(self) {
        self.go_to(self.tour.get_untracked().back());
    }

    /// Ends the tour, or the offer of one.
    pub(crate) fn close_tour(self) {
        self.tour.set(Tour::Closed);
    }

    /// Shows a stop and prepares what it speaks of. It runs nothing.
    fn go_to(self, tour: Tour) {
        if let Tour::At(stop) = tour {
            self.stage.set(stop.stage());
            self.prepare(stop);
        }
        self.tour.set(tour);
    }

    fn prepare(self, stop: Stop) {
        let explore = self.explore;
        match stop {
            Stop::Map | Stop::Score | Stop::Privacy => {}
            Stop::Compare => {
                explore.inquiry.set(Inquiry::Compare);
                // What the scientist chose already stays.
                if explore.compare.with_untracked(|form| form.first.source.is_none()) {
                    self.look_up_classes(LABELS);
                    let source = Source::Column(LABELS.to_owned());
                    let (first, second) =
                        (Pick::class(source, ASKED_ABOUT.to_owned()), Pick::whole(Source::Rest));
                    explore.compare.update(|form| (form.first, form.second) = (first, second));
                }
            }
            Stop::Ask => {
                explore.inquiry.set(Inquiry::Ask);
                if explore.ask.with_untracked(|form| form.text.trim().is_empty()) {
                    explore.ask.update(|form| {
                        (form.text, form.by) = (SENTENCE.to_owned(), Some(LABELS.to_owned()));
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_has_five_stops_and_ends_after_the_last() {
        let mut tour = Tour::At(Stop::Map);
        let mut seen = vec![];
        while let Some(stop) = tour.stop() {
            seen.push(stop.number());
            tour = tour.next();
        }
        assert_eq!((seen, tour), (vec![1, 2, 3, 4, 5], Tour::Closed));
    }

    #[test]
    fn there_is_a_way_back_to_the_first_stop_and_not_before_it() {
        assert_eq!(Tour::At(Stop::Ask).back(), Tour::At(Stop::Compare));
        assert_eq!(Tour::At(Stop::Map).back(), Tour::At(Stop::Map));
        assert_eq!(Tour::Offered.back(), Tour::Offered);
        assert_eq!(Tour::default().stop(), None);
    }
}
