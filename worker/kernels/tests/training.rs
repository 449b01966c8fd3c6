//! The CPU twins of training against literal values of PyTorch in double precision.

use lexicell_kernels::cpu::{self, Epilogue};
use lexicell_kernels::ops::{AdamWStep, NO_GROUP};

fn assert_close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (&x, &y)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(x) - y).abs();
        assert!(error <= 2e-6 * y.abs().max(1.0), "at {i}: {x} instead of {y}");
    }
}

/// The losses of the rows, and the gradient of their mean with respect to `y`, not scaled.
fn supcon(y: &[f32], d: usize, groups: &[u32], n_anchors: usize) -> (Vec<f32>, Vec<f32>) {
    let (n, temperature) = (groups.len(), 0.5);
    let mut z = y.to_vec();
    cpu::l2_normalize(&mut z, d);
    let mut similarities = vec![0.0; n * n];
    cpu::matmul(&z, &z, None, Epilogue::None, [n, n, d], &mut similarities);
    let (mut rows, mut losses) = (vec![[0.0; 2]; n], vec![0.0; n]);
    cpu::contrastive_rows(&similarities, groups, temperature, 1.0, &mut rows, &mut losses);
    let (mut pairs, scale) = (vec![0.0; n * n], 1.0 / n_anchors as f32);
    cpu::contrastive_gradient(&similarities, groups, &rows, temperature, scale, &mut pairs);
    let mut gradient = vec![0.0; n * d];
    cpu::matmul_backward(&pairs, false, &z, None, [n, d, n], &mut gradient);
    cpu::l2_normalize_backward(y, d, &mut gradient);
    (losses, gradient)
}

#[test]
fn contrastive_losses_and_gradients() {
    // y = (arange(15.) * .7).sin().reshape(5, 3); z = F.normalize(y); s = z @ z.T / .5
    // loss_i = logsumexp(s[i, others]) - s[i, positives].mean(); stack(losses).mean().backward()
    let y: Vec<f32> = (0..15).map(|i| (f64::from(i) * 0.7).sin() as f32).collect();
    let (losses, gradient) = supcon(&y, 3, &[0, 1, 0, 1, 0], 5);
    assert_close(
        &losses,
        &[
            3.0833158029745213,
            2.422347966350453,
            1.3828285398729414,
            2.413061975095693,
            2.936738080080656,
        ],
    );
    assert_close(
        &gradient,
        &[
            -0.032992424669240634,
            -0.015110475888774844,
            0.00987816580987999,
            -0.07623605175582382,
            -0.4590785942457846,
            -0.6260093005610433,
            0.011178413914590027,
            -0.0013789266135580125,
            -0.013287736409027293,
            -0.540186694728557,
            -0.24196229649389456,
            0.17006075054702074,
            -0.003379023704349726,
            -0.017085168180358046,
            -0.02275589109802828,
        ],
    );
    // The same with the last row taken out of every sum.
    let (losses, gradient) = supcon(&y, 3, &[0, 1, 0, 1, NO_GROUP], 4);
    let expected =
        [3.59353097966401, 0.848323085022288, 1.1907524991602503, 2.323677082790326, 0.0];
    assert_close(&losses, &expected);
    assert_close(
        &gradient,
        &[
            0.623067553582163,
            0.2853639082264533,
            -0.18655084210222184,
            -0.06944368254035949,
            -0.4181762752088392,
            -0.5702340314620579,
            0.3009442742750725,
            -0.03712334076788798,
            -0.35773126857951026,
            -0.6329654078637128,
            -0.28352005923592427,
            0.19926920337364906,
            0.0,
            0.0,
            0.0,
        ],
    );
}

#[test]
fn three_steps_of_adamw() {
    // x = tensor([1., -2, .5, 0]); torch.optim.AdamW([x], lr=.1, weight_decay=.2)
    let mut x = [1.0, -2.0, 0.5, 0.0];
    let (mut first, mut second) = ([0.0; 4], [0.0; 4]);
    let gradients = [[0.5, -1e-3, 3.0, 0.0], [-0.25, 2e-3, 1.0, 0.0], [1.0, 1.0, -1.0, 0.0]];
    let expected = [
        [0.880000002, -1.86000099999, 0.3900000003333333, 0.0],
        [0.8357662986678462, -1.8594111011857886, 0.29509360564386267, 0.0],
        [0.7532398136637328, -1.8861673208721645, 0.2442749190782153, 0.0],
    ];
    for (t, (gradient, expected)) in (1..).zip(gradients.iter().zip(&expected)) {
        let (learning_rate, betas, epsilon, weight_decay) = (0.1, (0.9, 0.999), 1e-8, 0.2);
        let step = AdamWStep { t, learning_rate, betas, epsilon, weight_decay };
        cpu::adamw(gradient, &mut x, &mut first, &mut second, &step);
        assert_close(&x, expected);
    }
}

#[test]
fn products_of_the_way_back() {
    // a = arange(6.).reshape(2, 3) - 2; b = (arange(8.) * .3).cos().reshape(2, 4); a.T @ b
    let a: Vec<f32> = (0..6).map(|i| i as f32 - 2.0).collect();
    let b: Vec<f32> = (0..8).map(|i| (f64::from(i) * 0.3).cos() as f32).collect();
    let expected = [
        -1.6376422455233264,
        -1.8399357765835092,
        -1.8778733245124435,
        -1.7480660411411866,
        -0.27528449104665276,
        -0.8138620857902001,
        -1.279739804295852,
        -1.6313021774703795,
        1.0870732634300209,
        0.2122116050031087,
        -0.6816062840792607,
        -1.5145383137995727,
    ];
    let mut out = [f32::NAN; 12];
    cpu::matmul_backward(&a, true, &b, None, [3, 4, 2], &mut out);
    assert_close(&out, &expected);
    // The transpose as it lies, and only where a ReLU gave something.
    let transposed = [a[0], a[3], a[1], a[4], a[2], a[5]];
    let mask: Vec<f32> = (0..12).map(|i| (i % 2) as f32).collect();
    let masked: Vec<f64> =
        expected.iter().zip(&mask).map(|(x, &mask)| x * f64::from(mask)).collect();
    cpu::matmul_backward(&transposed, false, &b, Some(&mask), [3, 4, 2], &mut out);
    assert_close(&out, &masked);
    let mut sums = [1.0, 2.0, 3.0];
    cpu::column_sums(&a, &mut sums);
    assert_eq!(sums, [0.0, 3.0, 6.0]);
}

#[test]
fn rows_of_a_block() {
    let block = [2.0, 2.5, 3.0, 3.5];
    let mut out = [0.0; 8];
    cpu::gather_rows(&block, 2, &[3, 1, 2, 4], 2, &mut out);
    assert_eq!(out, [3.0, 3.5, 0.0, 0.0, 2.0, 2.5, 0.0, 0.0]);
}
