//! [MS-FSCC]: the information classes of files and file systems, as bytes and as values.

mod class;

pub use class::{FileInformationClass, FsInformationClass};
