use leptos::prelude::*;

/// A picture of 20 × 20 that goes with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IconName {
    Check,
    Circle,
    Clock,
    Cross,
    Fit,
    Lasso,
    Minus,
    Moon,
    Move,
    Plus,
    Shield,
    Sun,
    Upload,
    Warning,
}

impl IconName {
    fn path(self) -> &'static str {
        match self {
            IconName::Check => "M4 10.5l4 4 8-9",
            IconName::Circle => "M10 4a6 6 0 1 0 0 12a6 6 0 1 0 0-12z",
            IconName::Clock => "M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14zM10 6v4l3 2",
            IconName::Cross => "M5 5l10 10M15 5L5 15",
            IconName::Fit => "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
            IconName::Lasso => {
                "M10 4c4.4 0 7.5 2 7.5 4.7S14.400 13.500 10 13.500 2.500 11.400 2.500 8.700 5.600 4 10 4zM6 13c-1.200 1.200-.6 2.600.6 2.600S8 18 6.500 18"
            }
            IconName::Minus => "M4 10h12",
            IconName::Moon => "M16 12.500A6.500 6.500 0 0 1 7.500 4 6.500 6.500 0 1 0 16 12.500z",
            IconName::Move => {
                "M10 3v14M3 10h14M10 3L8 5M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2"
            }
            IconName::Plus => "M10 4v12M4 10h12",
            IconName::Shield => {
                "M10 2.500l6 2.200v4.800c0 3.600-2.500 6.500-6 8-3.500-1.500-6-4.400-6-8V4.700zM7.200 10l2 2 3.600-4"
            }
            IconName::Sun => {
                "M10 6.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 1 0 0-7zM10 2v2M10 16v2M2 10h2M16 10h2M4.300 4.300l1.400 1.400M14.300 14.300l1.400 1.400M15.700 4.300l-1.400 1.400M5.700 14.300l-1.400 1.400"
            }
            IconName::Upload => "M10 13V3M6 7l4-4 4 4M3 13v4h14v-4",
            IconName::Warning => "M10 3l7.500 13.500h-15zM10 8v4M10 14v.5",
        }
    }
}

/// Draws an icon; the word beside it, or the control's label, says what it means.
#[component]
pub(crate) fn Icon(name: IconName) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
            <path d=name.path() fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
    }
}
