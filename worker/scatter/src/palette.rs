/// A colour in sRGB.
pub type Rgb = [u8; 3];

/// The colour of cells without a value.
pub const GREY: Rgb = [158, 163, 170];

/// Colours of classes and of values, told apart with any common colour blindness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colors {
    classes: &'static [Rgb],
    /// From low to high at equal steps.
    scale: &'static [Rgb; 9],
}

/// Okabe and Ito's colours (2008), black replaced by a violet that shows on both themes, then those of Tol's
/// (2021) muted and light schemes, the strong ones first; viridis (Smith and van der Walt 2015).
pub const OKABE_ITO: Colors = Colors {
    classes: &[
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
    ],
    scale: &[
        [68, 1, 84],
        [71, 44, 122],
        [59, 81, 139],
        [44, 113, 142],
        [33, 144, 141],
        [39, 173, 129],
        [92, 200, 99],
        [170, 220, 50],
        [253, 231, 37],
    ],
};

/// Tol's muted scheme (2021), then his bright one; cividis (Nuñez, Anderton and Renslow 2018).
pub const TOL_MUTED: Colors = Colors {
    classes: &[
        [204, 102, 119],
        [51, 34, 136],
        [221, 204, 119],
        [17, 119, 51],
        [136, 204, 238],
        [136, 34, 85],
        [68, 170, 153],
        [153, 153, 51],
        [170, 68, 153],
        [68, 119, 170],
        [238, 102, 119],
        [34, 136, 51],
        [204, 187, 68],
        [102, 204, 238],
        [170, 51, 119],
        [187, 187, 187],
    ],
    scale: &[
        [0, 34, 78],
        [26, 56, 111],
        [67, 78, 108],
        [97, 101, 111],
        [125, 124, 120],
        [155, 148, 118],
        [188, 174, 108],
        [222, 201, 88],
        [254, 232, 56],
    ],
};

/// Tol's bright scheme (2021), then his muted one; matplotlib's magma.
pub const TOL_BRIGHT: Colors = Colors {
    classes: &[
        [68, 119, 170],
        [238, 102, 119],
        [34, 136, 51],
        [204, 187, 68],
        [102, 204, 238],
        [170, 51, 119],
        [187, 187, 187],
        [51, 34, 136],
        [221, 204, 119],
        [17, 119, 51],
        [136, 204, 238],
        [136, 34, 85],
        [68, 170, 153],
        [153, 153, 51],
        [170, 68, 153],
        [204, 102, 119],
    ],
    scale: &[
        [0, 0, 4],
        [29, 17, 71],
        [81, 18, 124],
        [131, 38, 129],
        [183, 55, 121],
        [231, 82, 99],
        [252, 137, 97],
        [254, 196, 136],
        [252, 253, 191],
    ],
};

impl Colors {
    /// The colour of a class. Past the list it starts again, lighter then darker by turns.
    #[must_use]
    pub fn class(&self, code: usize) -> Rgb {
        let color = self.classes[code % self.classes.len()];
        match (code / self.classes.len()) % 3 {
            0 => color,
            1 => color.map(|part| part / 2 + 127),
            _ => color.map(|part| part / 5 * 3),
        }
    }

    /// The colour of a value between 0 (low) and 1 (high); values outside take the nearest end.
    #[must_use]
    pub fn value(&self, value: f32) -> Rgb {
        if !value.is_finite() {
            return GREY;
        }
        let last = self.scale.len() - 1;
        let place = value.clamp(0.0, 1.0) * last as f32;
        let below = (place as usize).min(last - 1);
        let share = place - below as f32;
        let mix = |part: usize| {
            let (low, high) =
                (f32::from(self.scale[below][part]), f32::from(self.scale[below + 1][part]));
            (low + (high - low) * share).round() as u8
        };
        [mix(0), mix(1), mix(2)]
    }

    /// The colours from low to high at equal steps.
    #[must_use]
    pub fn scale(&self) -> &'static [Rgb] {
        self.scale
    }
}

/// The colour as `#rrggbb`.
#[must_use]
pub fn css([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Colors; 3] = [OKABE_ITO, TOL_MUTED, TOL_BRIGHT];

    #[test]
    fn every_scale_meets_its_ends_and_grows_lighter() {
        for colors in ALL {
            assert_eq!(colors.value(-1.0), colors.scale[0]);
            assert_eq!(colors.value(1.0), colors.scale[8]);
            assert_eq!(colors.value(f32::NAN), GREY);
            let light = |color: Rgb| {
                0.2126 * f32::from(color[0])
                    + 0.7152 * f32::from(color[1])
                    + 0.0722 * f32::from(color[2])
            };
            let lights: Vec<f32> =
                (0..=20).map(|step| light(colors.value(step as f32 / 20.0))).collect();
            assert!(lights.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn classes_past_the_list_have_colours_of_their_own() {
        for palette in ALL {
            let n = palette.classes.len() * 3;
            let mut colors: Vec<Rgb> = (0..n).map(|code| palette.class(code)).collect();
            colors.sort_unstable();
            colors.dedup();
            assert_eq!(colors.len(), n);
        }
    }
}
