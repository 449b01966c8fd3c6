use lexicell_protocol::{Method, View};

use super::mark::{Dash, Paint, Shape};

/// How a method is drawn: its colour, and for who tells colours badly its stroke and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MethodStyle {
    pub(super) paint: Paint,
    pub(super) dash: Dash,
    pub(super) shape: Shape,
}

pub(super) fn style_of(method: Method) -> MethodStyle {
    let (series, dash, shape) = match method {
        Method::View(View::Text) => (0, Dash::Solid, Shape::Disc),
        Method::View(View::Refined) => (1, Dash::Solid, Shape::Diamond),
        Method::Joint => (4, Dash::Solid, Shape::Disc),
        Method::View(View::Pca) => (2, Dash::Solid, Shape::Square),
        Method::RefinedPca => (3, Dash::Solid, Shape::Triangle),
        Method::LogisticPca => (4, Dash::Dashed, Shape::Square),
        Method::DroppedVectors => (0, Dash::Dashed, Shape::Square),
        Method::RandomVectors => (5, Dash::Dashed, Shape::Ring),
        Method::ShuffledTexts => (5, Dash::Dotted, Shape::Triangle),
        Method::NamesOnly => (5, Dash::Solid, Shape::Disc),
        Method::Majority => (5, Dash::Dotted, Shape::Square),
    };
    MethodStyle { paint: Paint::Series(series), dash, shape }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_methods_look_alike() {
        for (place, &method) in Method::ALL.iter().enumerate() {
            for &other in &Method::ALL[..place] {
                assert_ne!(style_of(method), style_of(other), "{method:?} and {other:?}");
            }
        }
    }
}
