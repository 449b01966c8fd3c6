use leptos::prelude::*;

use crate::components::percent;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 48.0;

/// The share of variance of each component, as columns.
#[component]
pub(crate) fn Scree(variance_ratio: Vec<f64>) -> impl IntoView {
    let total: f64 = variance_ratio.iter().sum();
    let label =
        format!("{} components hold {} of the variance", variance_ratio.len(), percent(total));
    let columns = columns(&variance_ratio)
        .into_iter()
        .map(|[x, y, width, height]| view! { <rect class="share-value" x=x y=y width=width height=height /> })
        .collect_view();
    view! {
        <figure class="scree">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label.clone()>{columns}</svg>
            <figcaption>{label}</figcaption>
        </figure>
    }
}

/// Columns as x, y, width, height; the largest fills the height.
fn columns(values: &[f64]) -> Vec<[f64; 4]> {
    let largest = values.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return Vec::new();
    }
    let pitch = WIDTH / values.len() as f64;
    let column = |(place, value): (usize, &f64)| {
        let height = (value.max(0.0) / largest * HEIGHT).min(HEIGHT);
        [place as f64 * pitch, HEIGHT - height, pitch * 0.8, height]
    };
    values.iter().enumerate().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_column_fills_the_height_and_all_stand_on_the_ground() {
        let columns = columns(&[0.2, 0.1]);
        assert_eq!(columns[0], [0.0, 0.0, WIDTH / 2.0 * 0.8, HEIGHT]);
        assert!(columns.iter().all(|[_, y, _, height]| (y + height - HEIGHT).abs() < 1e-9));
    }

    #[test]
    fn no_variance_draws_nothing() {
        assert!(columns(&[0.0, 0.0]).is_empty());
        assert!(columns(&[]).is_empty());
    }
}
