//! Named pipes: a fixed table of services and the message queue between a client and one instance of them.

mod activity;
mod open;
mod registry;

pub use activity::PipeActivity;
pub use open::{PipeMode, PipeOpen, PipePeek, PipeRead};
pub use registry::{Caller, Conversing, PipeInstance, PipeRegistry, PipeService};
