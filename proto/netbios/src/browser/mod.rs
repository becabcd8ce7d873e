//! The CIFS Browser Protocol ([MS-BRWS]): its frames, and what a browser does with them on one subnet.

mod frame;
mod lists;
mod machine;
#[cfg(test)]
mod tests;

pub use frame::{Announcement, BrowserFrame, Election, ResetState, server_type};
pub use lists::{BrowserList, KnownServer};
pub use machine::{Browser, BrowserAction, BrowserConfig, BrowserRole, Mailslot};
