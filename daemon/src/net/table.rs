//! The frame of the tables that Windows' own command prints.

pub(crate) const RULE: &str =
    "-------------------------------------------------------------------------------";

pub(crate) const COMPLETED: &str = "The command completed successfully.";

pub(crate) const NO_ENTRIES: &str = "There are no entries in the list.";
