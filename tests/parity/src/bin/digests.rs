//! Prints the native digests of the seeds below the number it is given, one a line.

fn main() {
    let seeds = std::env::args()
        .nth(1)
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    for seed in 0..seeds {
        println!("{}", homing_parity::digest(seed));
    }
}
