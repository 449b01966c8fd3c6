use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};

/// The element that an event came from.
fn target<T: JsCast>(event: &web_sys::Event) -> Option<T> {
    event.target().and_then(|target| target.dyn_into().ok())
}

/// A number to set; empty means what `empty` says, where it says something.
#[component]
pub(crate) fn NumberField(
    testid: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] empty: &'static str,
    min: f64,
    max: f64,
    step: f64,
    default: Option<f64>,
    #[prop(into)] value: Signal<Option<f64>>,
    #[prop(into)] set: Callback<Option<f64>>,
) -> impl IntoView {
    let shown = move || value.get().map(|number| number.to_string()).unwrap_or_default();
    let take = move |event: web_sys::Event| {
        let Some(input) = target::<HtmlInputElement>(&event) else { return };
        let number = input.value_as_number();
        if input.value().is_empty() && !empty.is_empty() {
            set.run(None);
        } else if number.is_finite() {
            let bounded = number.clamp(min, max);
            let whole = if step >= 1.0 { bounded.round() } else { bounded };
            input.set_value(&whole.to_string());
            set.run(Some(whole));
        } else {
            input.set_value(&shown());
        }
    };
    let spoken_default = default.map_or(empty.to_owned(), |number| number.to_string());
    view! {
        <div class="field">
            <label for=testid>{label}</label>
            <input
                id=testid
                data-testid=testid
                type="number"
                inputmode="decimal"
                min=min
                max=max
                step=step
                placeholder=empty
                prop:value=shown
                on:change=take
                aria-describedby=format!("{testid}-hint")
            />
            <p class="hint" id=format!("{testid}-hint")>{hint}</p>
            <Default is_default=Signal::derive(move || value.get() == default) text=spoken_default reset=Callback::new(move |()| set.run(default)) label=label />
        </div>
    }
}

/// Offers the default, where a setting has another value.
#[component]
fn Default(
    is_default: Signal<bool>,
    text: String,
    reset: Callback<()>,
    label: &'static str,
) -> impl IntoView {
    let text = StoredValue::new(text);
    view! {
        <Show when=move || !is_default.get()>
            <button type="button" class="link reset" on:click=move |_| reset.run(()) aria-label=format!("{label}: back to the default, {}", text.get_value())>
                {format!("default: {}", text.get_value())}
            </button>
        </Show>
    }
}

/// One of a [`ChoiceField`]'s choices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice<T> {
    pub(crate) value: T,
    pub(crate) text: String,
    /// A name that stays, for tests: the option's value.
    pub(crate) key: String,
}

impl<T> Choice<T> {
    pub(crate) fn new(value: T, text: &str) -> Self {
        Self { value, text: text.to_owned(), key: text.to_owned() }
    }

    /// The choice under a key that is not its text.
    pub(crate) fn keyed(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }
}

/// One of several values.
#[component]
pub(crate) fn ChoiceField<T>(
    testid: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(into)] choices: Signal<Vec<Choice<T>>>,
    #[prop(into)] value: Signal<T>,
    #[prop(into)] set: Callback<T>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let take = move |event: web_sys::Event| {
        let Some(select) = target::<HtmlSelectElement>(&event) else { return };
        let place = usize::try_from(select.selected_index()).unwrap_or(0);
        if let Some(choice) = choices.with_untracked(|choices| choices.get(place).cloned()) {
            set.run(choice.value);
        }
    };
    let options = move || {
        let current = value.get();
        choices
            .get()
            .into_iter()
            .map(|choice| view! { <option value=choice.key prop:selected=choice.value == current>{choice.text}</option> })
            .collect_view()
    };
    view! {
        <div class="field choice">
            <label for=testid>{label}</label>
            <select id=testid data-testid=testid on:change=take aria-describedby=format!("{testid}-hint")>{options}</select>
            <p class="hint" id=format!("{testid}-hint")>{hint}</p>
        </div>
    }
}

/// Several whole numbers, with commas between.
#[component]
pub(crate) fn ListField(
    testid: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(into)] value: Signal<Vec<u32>>,
    #[prop(into)] set: Callback<Vec<u32>>,
) -> impl IntoView {
    let shown = move || value.with(|numbers| written(numbers));
    let take = move |event: web_sys::Event| {
        let Some(input) = target::<HtmlInputElement>(&event) else { return };
        match numbers_of(&input.value()) {
            Some(numbers) if numbers != value.get_untracked() => set.run(numbers),
            _ => input.set_value(&untrack(shown)),
        }
    };
    view! {
        <div class="field list">
            <label for=testid>{label}</label>
            <input id=testid data-testid=testid type="text" inputmode="numeric" prop:value=shown on:change=take aria-describedby=format!("{testid}-hint") />
            <p class="hint" id=format!("{testid}-hint")>{hint}</p>
        </div>
    }
}

fn written(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The numbers of a list, from small to large and each once; nothing where one is no number above 0.
fn numbers_of(text: &str) -> Option<Vec<u32>> {
    let parts = text.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let mut numbers: Vec<u32> =
        parts.map(|part| part.parse().ok().filter(|&n| n > 0)).collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    (!numbers.is_empty()).then_some(numbers)
}

/// Something to turn on or off.
#[component]
pub(crate) fn SwitchField(
    testid: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(into)] value: Signal<bool>,
    #[prop(into)] set: Callback<bool>,
) -> impl IntoView {
    let take = move |event: web_sys::Event| {
        if let Some(input) = target::<HtmlInputElement>(&event) {
            set.run(input.checked());
        }
    };
    view! {
        <div class="field switch">
            <input id=testid data-testid=testid type="checkbox" prop:checked=value on:change=take aria-describedby=format!("{testid}-hint") />
            <label for=testid>{label}</label>
            <p class="hint" id=format!("{testid}-hint")>{hint}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_is_sorted_and_anything_else_refused() {
        assert_eq!(numbers_of("10, 1,5 5"), Some(vec![1, 5, 10]));
        assert_eq!(numbers_of("1, two"), None);
        assert_eq!(numbers_of("0, 1"), None);
        assert_eq!(numbers_of(" "), None);
        assert_eq!(written(&[1, 5]), "1, 5");
    }
}
