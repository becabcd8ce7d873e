//! Named pipes: a fixed table of services and the message queue between a client and one instance of them.

mod activity;
mod open;
mod outlet;
mod registry;
mod wait;

pub use activity::{HeldOpen, Holding, PipeActivity};
pub use open::{PipeMode, PipeOpen, PipePeek, PipeRead};
pub use outlet::PipeOutlet;
pub use registry::{Caller, Conversing, PipeInstance, PipeRegistry, PipeService};
