use leptos::prelude::*;

/// A share of 1 as a bar; the number beside it says the same.
#[component]
pub(crate) fn ShareBar(share: f64) -> impl IntoView {
    view! {
        <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="share-ground" width="100" height="8" rx="1" />
            <rect class="share-value" width=width(share) height="8" rx="1" />
        </svg>
    }
}

/// The length of the bar of 100; what is not nothing is seen.
fn width(share: f64) -> f64 {
    if share.is_finite() && share > 0.0 { (share * 100.0).clamp(0.5, 100.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_within_their_ground() {
        assert_eq!(width(0.5), 50.0);
        assert_eq!(width(1.7), 100.0);
        assert_eq!(width(0.000_1), 0.5);
        assert_eq!(width(0.0), 0.0);
        assert_eq!(width(f64::NAN), 0.0);
    }
}
