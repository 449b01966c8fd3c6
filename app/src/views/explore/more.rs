use leptos::prelude::*;

use crate::components::NumberField;

const MOST_SEED: f64 = 4_294_967_295.0;

/// How often chance is tried, and with which seed: rarely changed.
#[component]
pub(super) fn Chance(
    label: &'static str,
    hint: &'static str,
    default: u32,
    most: f64,
    n: Signal<u32>,
    set_n: Callback<u32>,
    seed: Signal<u64>,
    set_seed: Callback<u64>,
    /// Names for tests: of the details, the number and the seed.
    #[prop(default = ["explore-more", "explore-permutations", "explore-seed"])]
    ids: [&'static str; 3],
) -> impl IntoView {
    view! {
        <details class="more">
            <summary data-testid=ids[0]>"More settings"</summary>
            <div class="more-fields">
                <NumberField
                    testid=ids[1] label=label hint=hint min=1.0 max=most step=1.0 default=Some(f64::from(default))
                    value=Signal::derive(move || Some(f64::from(n.get())))
                    set=Callback::new(move |n: Option<f64>| set_n.run(n.map_or(default, |n| n as u32)))
                />
                <NumberField
                    testid=ids[2] label="Seed" min=0.0 max=MOST_SEED step=1.0 default=Some(0.0)
                    value=Signal::derive(move || Some(seed.get() as f64))
                    set=Callback::new(move |seed: Option<f64>| set_seed.run(seed.unwrap_or(0.0) as u64))
                />
            </div>
        </details>
    }
}
