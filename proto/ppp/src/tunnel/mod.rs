//! A control connection, its calls and their links, as one.
