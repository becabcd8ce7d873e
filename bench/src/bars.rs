//! What Lanward set out to reach: server CPU (or memory) as a ratio of the tuned reference.

/// The bar of one kind of work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bar {
    /// At most this share of the reference's cost.
    Ratio(f64),
    /// At most this many KiB, whatever the reference needs.
    KiB(f64),
    /// Measured, with nothing promised.
    None,
}

/// The bar of a work by its name in the tables.
pub(crate) fn bar(work: &str) -> Bar {
    let (kind, rest) = work.split_once(' ').unwrap_or((work, ""));
    match (kind, rest) {
        ("read-blocks" | "read-seq", "plain") => Bar::Ratio(0.9),
        ("write-blocks" | "write-seq", "plain") => Bar::Ratio(1.0),
        ("read-blocks" | "write-blocks" | "read-seq" | "write-seq", _) => Bar::Ratio(0.6),
        ("create", _) => Bar::Ratio(0.17),
        ("stat" | "open-read-close", _) => Bar::Ratio(0.5),
        ("overwrite", _) => Bar::Ratio(0.4),
        ("unlink", _) => Bar::Ratio(0.28),
        ("rename-twice", _) => Bar::Ratio(0.1),
        ("share-enum", _) => Bar::Ratio(0.1),
        ("connect", _) => Bar::Ratio(0.03),
        ("read-4k", _) => Bar::Ratio(0.9),
        ("write-4k", _) => Bar::Ratio(0.53),
        ("list-3001" | "list-100000", _) => Bar::Ratio(0.13),
        // Large unsigned work is the kernel's, nearly all of it, on either server.
        (kind, "plain") if kind.starts_with("smb1-") => Bar::None,
        (kind, _) if kind.starts_with("smb1-") => Bar::Ratio(0.5),
        (kind, _) if kind.contains("bench") => Bar::Ratio(0.5),
        ("idle-session", _) => Bar::KiB(14.0),
        _ => Bar::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_choose_the_bar() {
        assert_eq!(bar("read-blocks plain"), Bar::Ratio(0.9));
        assert_eq!(bar("read-blocks sealed"), Bar::Ratio(0.6));
        assert_eq!(bar("stat"), Bar::Ratio(0.5));
        assert_eq!(bar("idle-session at 1000"), Bar::KiB(14.0));
        assert_eq!(bar("echo"), Bar::None);
    }
}
