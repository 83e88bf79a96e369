//! Writes the published documents: `cargo run -p homing-documents --bin schemas`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
    fs::create_dir_all(&folder)?;
    for (name, text) in homing_documents::published()? {
        fs::write(folder.join(name), text)?;
    }
    let path = folder.join("../channels.md");
    let text = homing_documents::channels::with_table(&fs::read_to_string(&path)?)
        .ok_or("docs/channels.md has no place for its table")?;
    fs::write(path, text)?;
    Ok(())
}
