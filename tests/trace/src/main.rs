//! `homing-trace FILE…`: takes the steps of traces again. The deployment's keys come as `HOMING_MASTER_KEYS`.

use homing_core::keys::MasterKeys;
use homing_trace::{read, replay};
use std::process::ExitCode;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("HOMING_MASTER_KEYS=… homing-trace FILE…");
        return ExitCode::from(2);
    }
    let keys = std::env::var("HOMING_MASTER_KEYS").unwrap_or_default();
    let Ok(keys) = MasterKeys::parse(&keys) else {
        eprintln!("HOMING_MASTER_KEYS is not id:key pairs");
        return ExitCode::from(2);
    };
    let mut same = true;
    for file in files {
        let found = std::fs::read_to_string(&file)
            .map_err(|error| error.to_string())
            .and_then(|text| read(&text).map_err(|error| error.to_string()))
            .and_then(|entries| replay(&entries, &keys).map_err(|error| error.to_string()));
        match found {
            Ok(done) => println!(
                "{file}: {}: {} steps, {} rows written, {} effects, {} releases, begun {} times, alarm set {} times: the same bytes",
                done.kind,
                done.steps,
                done.written,
                done.effects,
                done.releases,
                done.begun,
                done.armed
            ),
            Err(reason) => {
                eprintln!("{file}: {reason}");
                same = false;
            }
        }
    }
    ExitCode::from(u8::from(!same))
}
