/// A stretch that has been before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// Bytes, at least 3.
    pub(super) length: usize,
    /// How far back.
    pub(super) distance: usize,
}

const BITS: u32 = 14;
/// Shortest stretch worth naming, which is also what is hashed.
const SHORTEST: usize = 3;

/// [MS-XCA] 2.1.4.1: where each three bytes were seen last.
#[derive(Debug)]
pub(super) struct Matcher {
    /// Positions plus one; 0 for none.
    last: Vec<u32>,
}

impl Matcher {
    pub(super) fn new() -> Self {
        Self { last: vec![0; 1 << BITS] }
    }

    /// The stretch at `at` as it was last seen within `window` bytes, at most `longest` long.
    pub(super) fn find(&mut self, data: &[u8], at: usize, window: usize, longest: usize) -> Option<Match> {
        let here = data.get(at..)?;
        let three: [u8; SHORTEST] = *here.first_chunk()?;
        let slot = self.last.get_mut(hash(three))?;
        let before = usize::try_from(*slot).ok()?.checked_sub(1);
        *slot = u32::try_from(at).ok()?.saturating_add(1);
        let before = before?;
        let distance = at.checked_sub(before).filter(|d| (1..=window).contains(d))?;
        let here = here.get(..longest).unwrap_or(here);
        let length = common(data.get(before..)?, here);
        (length >= SHORTEST).then_some(Match { length, distance })
    }
}

fn hash([a, b, c]: [u8; SHORTEST]) -> usize {
    let mixed = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9e37_79b1) >> 32_u32.saturating_sub(BITS);
    usize::try_from(mixed).unwrap_or(0)
}

/// How many bytes two slices begin with in common.
fn common(a: &[u8], b: &[u8]) -> usize {
    let (a8, b8) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let whole = a8.iter().zip(b8).take_while(|(x, y)| x == y).count().saturating_mul(8);
    let rest = |s: &[u8]| s.len().min(whole);
    let (a, b) = (a.get(rest(a)..).unwrap_or_default(), b.get(rest(b)..).unwrap_or_default());
    whole.saturating_add(a.iter().zip(b).take_while(|(x, y)| x == y).count())
}
