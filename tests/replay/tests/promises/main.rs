//! What a replay promises.

#[cfg(test)]
mod replays;
