//! Names put where they cover no other.

use super::mark::Place;

/// A name that is to stand near a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    /// Where its middle would lie if nothing else were there.
    pub(super) at: Place,
    /// Half of its width and of its height.
    pub(super) half: Place,
    /// Who is placed first keeps its place: the greater, the earlier.
    pub(super) weight: f64,
}

/// Steps of a search, in pixels, and ways that each step looks in.
const STEP: f64 = 7.0;
const WAYS: usize = 24;
/// Steps after which a name may cover a disc, but never a name.
const POLITE_STEPS: usize = 14;

/// Where each name stands: within the field from `low` to `high`, pushed off the names before it to the
/// nearest free place; none where the field is full. Discs are a middle and a radius.
pub(super) fn apart(
    wishes: &[Wish],
    discs: &[(Place, f64)],
    low: Place,
    high: Place,
) -> Vec<Option<Place>> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|&a, &b| wishes[b].weight.total_cmp(&wishes[a].weight));
    let mut placed: Vec<Option<Place>> = vec![None; wishes.len()];
    for &name in &order {
        let own = wishes[name];
        let taken: Vec<(Place, Place)> = (0..wishes.len())
            .filter_map(|other| Some((placed[other]?, wishes[other].half)))
            .collect();
        let is_free =
            |at: &Place| taken.iter().all(|&(other, half)| !is_overlap(*at, own.half, other, half));
        let is_open = |at: &Place| {
            discs.iter().all(|&(disc, radius)| !is_overlap(*at, own.half, disc, (radius, radius)))
        };
        let within = |at: Place| {
            let inside = |value: f64, low: f64, high: f64, half: f64| {
                value.clamp(low + half, (high - half).max(low + half))
            };
            (inside(at.0, low.0, high.0, own.half.0), inside(at.1, low.1, high.1, own.half.1))
        };
        let reach = ((high.0 - low.0).hypot(high.1 - low.1) / STEP) as usize;
        let ring = move |step: usize| {
            let n = if step == 0 { 1 } else { WAYS };
            (0..n).map(move |way| {
                // Upwards first, then to both sides in turn.
                let turn = way.div_ceil(2) as f64 * if way % 2 == 0 { 1.0 } else { -1.0 };
                let angle = std::f64::consts::TAU * turn / WAYS as f64;
                let length = STEP * step as f64;
                (own.at.0 + length * angle.sin(), own.at.1 - length * angle.cos())
            })
        };
        let polite = (0..POLITE_STEPS).flat_map(ring).map(within);
        let any = (0..=reach).flat_map(ring).map(within);
        placed[name] = polite
            .into_iter()
            .find(|at| is_free(at) && is_open(at))
            .or_else(|| any.into_iter().find(is_free));
    }
    placed
}

/// Whether two boxes, by middle and half size, have more than an edge in common.
pub(super) fn is_overlap(a: Place, a_half: Place, b: Place, b_half: Place) -> bool {
    (a.0 - b.0).abs() < a_half.0 + b_half.0 && (a.1 - b.1).abs() < a_half.1 + b_half.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIGH: Place = (720.0, 470.0);

    fn check(wishes: &[Wish], placed: &[Option<Place>]) {
        for (at, (own, place)) in wishes.iter().zip(placed).enumerate() {
            let Some(place) = *place else { continue };
            let inside = place.0 >= own.half.0 && place.0 <= HIGH.0 - own.half.0;
            assert!(inside && place.1 >= own.half.1 && place.1 <= HIGH.1 - own.half.1);
            for (other, second) in wishes.iter().zip(placed).skip(at + 1) {
                if let Some(second) = *second {
                    assert!(
                        !is_overlap(place, own.half, second, other.half),
                        "{place:?} {second:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_name_alone_stays_and_the_heavier_of_two_does() {
        let wish = |x: f64, weight| Wish { at: (x, 100.0), half: (40.0, 7.0), weight };
        let placed = apart(&[wish(200.0, 1.0), wish(210.0, 2.0)], &[], (0.0, 0.0), HIGH);
        assert_eq!(placed[1], Some((210.0, 100.0)));
        let moved = placed[0].expect("there is room");
        assert!((moved.1 - 100.0).abs() >= 14.0 || (moved.0 - 210.0).abs() >= 80.0);
        // It lies no farther than it must.
        assert!((moved.0 - 200.0).hypot(moved.1 - 100.0) < 25.0, "{moved:?}");
    }

    #[test]
    fn no_two_names_of_a_crowd_cover_each_other_and_the_order_is_the_same_each_time() {
        let wishes: Vec<Wish> = (0..60)
            .map(|place| Wish {
                at: (350.0 + f64::from(place % 8) * 3.0, 200.0 + f64::from(place / 8) * 2.0),
                half: (20.0 + f64::from(place % 5) * 14.0, 7.0),
                weight: f64::from(place % 7),
            })
            .collect();
        let discs: Vec<(Place, f64)> =
            wishes.iter().map(|own| ((own.at.0, own.at.1 + 20.0), 9.0)).collect();
        let placed = apart(&wishes, &discs, (0.0, 0.0), HIGH);
        assert!(placed.iter().all(Option::is_some));
        check(&wishes, &placed);
        assert_eq!(placed, apart(&wishes, &discs, (0.0, 0.0), HIGH));
    }

    #[test]
    fn a_full_field_leaves_names_out_and_covers_none() {
        let wish = Wish { at: (360.0, 200.0), half: (90.0, 7.0), weight: 1.0 };
        let wishes = vec![wish; 300];
        let placed = apart(&wishes, &[], (0.0, 0.0), HIGH);
        let n = placed.iter().flatten().count();
        assert!((60..300).contains(&n), "{n}");
        check(&wishes, &placed);
    }
}
