/// A descriptor string ([MS-RAP] 2.5.1): letters, each for an item, some with a number behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Descriptor<'a>(pub &'a [u8]);

/// One item of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Item {
    /// The letter.
    pub letter: u8,
    /// How many of them there are: 1 unless the descriptor says otherwise.
    pub count: usize,
}

/// The highest count of an item that is believed; buffers have 65535 bytes at most.
const MAX_COUNT: usize = 0xffff;

impl<'a> Descriptor<'a> {
    /// A descriptor that is known.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self(text.as_bytes())
    }

    /// Its items. What is no letter and no number is an item nobody knows.
    pub fn items(self) -> impl Iterator<Item = Item> + 'a {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (letter, behind) = rest.split_first()?;
            let digits = behind.iter().take_while(|b| b.is_ascii_digit()).count();
            let (number, next) = behind.split_at_checked(digits)?;
            rest = next;
            let value = number.iter().fold(0_usize, |value, digit| {
                value
                    .saturating_mul(10)
                    .saturating_add(usize::from(digit.saturating_sub(b'0')))
                    .min(MAX_COUNT)
            });
            Some(Item { letter: *letter, count: if number.is_empty() { 1 } else { value } })
        })
    }

    /// Bytes of a structure without what its pointers lead to ([MS-RAP] 2.5.11 fixed-size items).
    #[must_use]
    pub fn fixed_length(self) -> usize {
        self.items().map(Item::fixed_length).fold(0, usize::saturating_add)
    }
}

impl Item {
    /// Bytes of the item in a structure.
    #[must_use]
    pub const fn fixed_length(self) -> usize {
        match self.letter {
            b'B' | b'F' => self.count,
            b'W' => self.count.saturating_mul(2),
            b'D' => self.count.saturating_mul(4),
            b'N' => 2,
            // A pointer, to a string, to bytes or to nothing.
            b'z' | b'b' | b'l' | b'O' => 4,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_and_lengths() {
        let items: Vec<_> =
            Descriptor::new("B13BWz").items().map(|i| (char::from(i.letter), i.count)).collect();
        assert_eq!(items, [('B', 13), ('B', 1), ('W', 1), ('z', 1)]);
        let lengths = [
            ("", 0),
            ("B13", 13),
            ("B13BWz", 20),
            ("B13BWzWWWzB9B", 40),
            ("B16BBDz", 26),
            ("DDBBBBWWBBWB", 21),
            ("zzzBBzz", 22),
            ("B21BB16DWzzWz", 58),
            ("Wb21W", 8),
        ];
        for (text, length) in lengths {
            assert_eq!(Descriptor::new(text).fixed_length(), length, "{text}");
        }
        assert_eq!(Descriptor::new("B99999999999999999999W0").fixed_length(), MAX_COUNT);
        assert_eq!(Descriptor(b"12\xff").items().count(), 2, "nonsense is items nobody knows");
    }
}
