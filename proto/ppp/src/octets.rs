//! Octets as tables of tests write them: hexadecimal digits, and `[hh*n]` for an octet n times.

/// What `text` stands for; blanks mean nothing.
///
/// # Panics
/// If it is nothing of that: tables are part of the project.
pub(crate) fn octets(text: &str) -> Vec<u8> {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let mut all = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let times = rest.strip_prefix('[').map(|fill| fill.split_once(']').expect("a fill ends"));
        if let Some((fill, after)) = times {
            let (octet, count) = fill.split_once('*').expect("a fill has a count");
            let octet = u8::from_str_radix(octet, 16).expect("two digits");
            all.resize(all.len() + count.parse::<usize>().expect("a count"), octet);
            rest = after;
        } else {
            let (octet, after) = rest.split_at(2);
            all.push(u8::from_str_radix(octet, 16).expect("two digits"));
            rest = after;
        }
    }
    all
}

#[test]
fn digits_and_fills() {
    assert_eq!(octets("00 f f [7f*3] 01"), [0, 0xff, 0x7f, 0x7f, 0x7f, 1]);
    assert_eq!(octets(""), Vec::<u8>::new());
}
