// The sum over a workgroup of 64 threads, for the kernels that work on one row per workgroup.

var<workgroup> partial: array<f32, 64>;
var<workgroup> eighths: array<f32, 8>;

// Every thread gets the sum. Two short sums: a tree would wait six times.
fn sum_over_group(value: f32, thread: u32) -> f32 {
    partial[thread] = value;
    workgroupBarrier();
    if (thread < 8u) {
        var sum = 0.0;
        for (var i = 0u; i < 8u; i++) {
            sum += partial[thread + 8u * i];
        }
        eighths[thread] = sum;
    }
    workgroupBarrier();
    return (eighths[0] + eighths[1]) + (eighths[2] + eighths[3])
        + ((eighths[4] + eighths[5]) + (eighths[6] + eighths[7]));
}
