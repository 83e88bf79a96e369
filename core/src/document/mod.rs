//! How a document that a merchant wrote is read: everything that is wrong with it is said at once, each with the path of its
//! field and with what would be right.

mod node;
mod problems;
mod read;
mod reader;
#[macro_use]
pub mod text;

pub(crate) use node::Node;
pub use problems::Problems;
pub use read::read;
pub(crate) use read::{checked, read_checked, read_exactly, read_node, text_of};
