/// A colour in sRGB.
pub type Rgb = [u8; 3];

/// The colour of cells without a value.
pub const GREY: Rgb = [158, 163, 170];

/// Colours of classes. The first eight are Okabe and Ito's (2008), told apart with any common colour
/// blindness, black replaced by a violet that shows on both themes; the rest are Tol's (2021) muted
/// and light schemes, the strong ones first.
pub const CATEGORY_COLORS: [Rgb; 24] = [
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [213, 94, 0],
    [240, 228, 66],
    [117, 80, 165],
    [51, 34, 136],
    [17, 119, 51],
    [136, 34, 85],
    [153, 153, 51],
    [170, 68, 153],
    [68, 170, 153],
    [204, 102, 119],
    [221, 204, 119],
    [102, 37, 6],
    [136, 204, 238],
    [187, 204, 51],
    [238, 136, 102],
    [119, 170, 221],
    [170, 170, 0],
    [255, 170, 187],
    [68, 187, 153],
];

/// Colours from low to high: matplotlib's viridis (Smith and van der Walt 2015) at equal steps.
pub const SCALE_COLORS: [Rgb; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// The colour of a class. Past the list it starts again, lighter then darker by turns.
#[must_use]
pub fn category_color(code: usize) -> Rgb {
    let color = CATEGORY_COLORS[code % CATEGORY_COLORS.len()];
    match (code / CATEGORY_COLORS.len()) % 3 {
        0 => color,
        1 => color.map(|part| part / 2 + 127),
        _ => color.map(|part| part / 5 * 3),
    }
}

/// The colour of a value between 0 (low) and 1 (high); values outside take the nearest end.
#[must_use]
pub fn scale_color(value: f32) -> Rgb {
    if !value.is_finite() {
        return GREY;
    }
    let last = SCALE_COLORS.len() - 1;
    let place = value.clamp(0.0, 1.0) * last as f32;
    let below = (place as usize).min(last - 1);
    let share = place - below as f32;
    let mix = |part: usize| {
        let (low, high) =
            (f32::from(SCALE_COLORS[below][part]), f32::from(SCALE_COLORS[below + 1][part]));
        (low + (high - low) * share).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// The colour as `#rrggbb`.
#[must_use]
pub fn css([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_meets_its_ends_and_grows_lighter() {
        assert_eq!(scale_color(-1.0), SCALE_COLORS[0]);
        assert_eq!(scale_color(1.0), SCALE_COLORS[8]);
        assert_eq!(scale_color(f32::NAN), GREY);
        let light = |color: Rgb| {
            0.2126 * f32::from(color[0])
                + 0.7152 * f32::from(color[1])
                + 0.0722 * f32::from(color[2])
        };
        let lights: Vec<f32> =
            (0..=20).map(|step| light(scale_color(step as f32 / 20.0))).collect();
        assert!(lights.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn seventy_two_classes_have_distinct_colours() {
        let mut colors: Vec<Rgb> = (0..72).map(category_color).collect();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), 72);
    }
}
