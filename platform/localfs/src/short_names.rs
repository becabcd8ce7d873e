//! Which of a directory's names have 8.3 names: those that are made depend on the long name alone, so two can be the same. Then the first by
//! name without its case has it and the others have none, and something whose own name it is comes before all.

use crate::depot;
use crate::index::{Folded, matches};
use crate::name::decode;
use lanward_nt::{NtString, ShortName};
use lanward_vfs::Result;
use std::collections::{HashMap, HashSet};

/// Names of a directory in which 8.3 names are told apart; in a larger one a listing shows none.
const MOST: usize = 1 << 18;

/// Shows each name of a directory to whom it is given.
pub(crate) type Names<'a> = dyn FnMut(&mut dyn FnMut(&[u8])) -> Result<()> + 'a;

/// The names in a directory that have no 8.3 name though they are none.
#[derive(Debug, Clone)]
pub(crate) enum Without {
    These(HashSet<Box<[u8]>>),
    All,
}

impl Without {
    /// Goes through `names` once, and once more if two want the same. `at_root`: the directory is the root, in which the depot is no name.
    pub(crate) fn among(
        names: &mut Names<'_>,
        at_root: bool,
        folded: impl Fn(&[u16]) -> Folded,
    ) -> Result<Self> {
        let wanted = |own: &[u8]| (!is_depot(own, at_root)).then(|| made(&decode(own))).flatten();
        let (mut seen, mut count) = (Vec::new(), 0);
        names(&mut |own| {
            count += 1;
            if count <= MOST {
                seen.extend(wanted(own).map(|short| folded(short.units())));
            }
        })?;
        if count > MOST {
            return Ok(Self::All);
        }
        seen.sort_unstable();
        let twice: HashSet<_> = seen.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
        if twice.is_empty() {
            return Ok(Self::These(HashSet::new()));
        }
        let mut rivals: HashMap<ShortName, Vec<Box<[u8]>>> = HashMap::new();
        names(&mut |own| {
            if let Some(short) = wanted(own).filter(|short| twice.contains(&folded(short.units()))) {
                rivals.entry(short).or_default().push(own.into());
            }
        })?;
        let losers = |(short, mut rivals): (ShortName, Vec<Box<[u8]>>)| {
            rivals.sort_by_cached_key(|own| (!matches(own, short.units()), rank(own)));
            rivals.into_iter().skip(1)
        };
        Ok(Self::These(rivals.into_iter().flat_map(losers).collect()))
    }

    /// The 8.3 name a listing shows beside a name.
    pub(crate) fn beside(&self, own: &[u8], name: &NtString) -> ShortName {
        match self {
            Self::These(these) if !these.contains(own) => ShortName::beside(name.units()),
            _ => ShortName::default(),
        }
    }
}

/// What comes first of two names that would have the same 8.3 name.
pub(crate) fn rank(own: &[u8]) -> (NtString, Box<[u8]>) {
    (decode(own).to_uppercase(), own.into())
}

pub(crate) fn is_depot(own: &[u8], at_root: bool) -> bool {
    at_root && own == depot::NAME
}

/// The 8.3 name that a name has or would have, if it is of those that are made.
fn made(name: &NtString) -> Option<ShortName> {
    Some(ShortName::of(name.units())).filter(|short| ShortName::is_made(short.units()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::hash_map::RandomState;

    fn without(names: &[&str], at_root: bool) -> Without {
        let keys = RandomState::new();
        let mut each = |show: &mut dyn FnMut(&[u8])| {
            names.iter().for_each(|name| show(name.as_bytes()));
            Ok(())
        };
        Without::among(&mut each, at_root, |units| Folded::new(units, &keys)).unwrap()
    }

    fn short(name: &str) -> String {
        NtString::from(ShortName::beside(NtString::from(name).units())).to_string_lossy()
    }

    #[test]
    fn one_of_several_has_it() {
        let own = short("some long name");
        for names in
            [["some long name", "Some Long Name", "other"], ["Some Long Name", "other", "some long name"]]
        {
            let without = without(&names, false);
            let shown: Vec<_> = names
                .iter()
                .filter(|n| !without.beside(n.as_bytes(), &(**n).into()).units().is_empty())
                .collect();
            assert_eq!(shown, [&"Some Long Name"], "the first, and none for what is short itself");
        }
        let without = without(&["some long name", &own.to_lowercase()], false);
        assert!(without.beside(b"some long name", &"some long name".into()).units().is_empty());
    }

    #[test]
    fn the_depot_takes_none() {
        let taken = short(".lanward");
        let names = [".lanward", ".LANWARD"];
        let shown = |at_root| without(&names, at_root).beside(b".lanward", &".lanward".into());
        assert!(
            !taken.is_empty() && shown(false) == ShortName::default() && shown(true) != ShortName::default()
        );
    }
}
