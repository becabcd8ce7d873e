//! The key somebody may have meant.

/// The name nearest to `wrong`, if any is near enough to be a slip.
pub(super) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase().replace('_', "-");
    let limit = wrong.chars().count() / 3 + 1;
    let ranked = known.into_iter().map(|name| (distance(&wrong, name), name));
    ranked.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name)
}

/// How many characters must be put in, left out or exchanged.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let keys = ["path", "comment", "read-only", "guests", "users"];
        let cases = [
            ("pth", Some("path")),
            ("read_only", Some("read-only")),
            ("readonly", Some("read-only")),
            ("Guests", Some("guests")),
            ("user", Some("users")),
            ("encryption", None),
        ];
        for (wrong, meant) in cases {
            assert_eq!(nearest(wrong, keys), meant, "{wrong}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, d) in [("", "abc", 3), ("kitten", "sitting", 3), ("abc", "abc", 0), ("ab", "ba", 2)] {
            assert_eq!(distance(a, b), d, "{a} {b}");
        }
    }
}
