use crate::gpu::Gpu;

/// Learns how much work a device does in a second, so that no submission runs long.
///
/// Drivers reset a device that is busy for one or two seconds, and a cancelled run must stop soon:
/// a submission should take 0.1 s, never more than 0.5 s.
#[derive(Clone, Debug)]
pub struct Pace {
    per_second: f64,
}

/// Seconds that one submission should take.
const TARGET_SECONDS: f64 = 0.1;
/// A first guess that the slowest integrated GPU meets, in operations per second.
const HARDWARE: f64 = 5e10;
const SOFTWARE: f64 = 1e9;

impl Pace {
    /// Starts with a cautious guess for this device.
    pub fn new(gpu: &Gpu) -> Self {
        Self { per_second: if gpu.info().is_software { SOFTWARE } else { HARDWARE } }
    }

    /// The work (in the unit of [`crate::Batch::cost`]) that one submission should hold.
    pub fn limit(&self) -> f64 {
        self.per_second * TARGET_SECONDS
    }

    /// Tells the time from a submission to the arrival of its result; the caller owns the clock.
    pub fn observe(&mut self, cost: f64, seconds: f64) {
        if cost > 0.0 && seconds > 0.0 {
            // At most a doubling at a time: one short reading must not lead to a long submission.
            self.per_second = (cost / seconds).clamp(self.per_second / 4.0, self.per_second * 2.0);
        }
    }

    /// The seconds that this work is expected to take.
    pub fn seconds(&self, cost: f64) -> f64 {
        cost / self.per_second
    }
}
