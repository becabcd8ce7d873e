//! The names of one directory, found without regard to case.

use crate::name::decode;
use crate::short_names::{is_depot, rank};
use lanward_nt::{ShortName, upcase};
use std::collections::hash_map::{Entry, RandomState};
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hasher as _};

/// A name with its case folded, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Folded(u64);

/// The names of the disk behind one folded hash.
#[derive(Debug)]
enum Names {
    One(Box<[u8]>),
    Several(Vec<Box<[u8]>>),
}

/// All names of a directory by their folded hash.
#[derive(Debug, Default)]
pub(crate) struct Index {
    names: HashMap<Folded, Names>,
    /// The 8.3 names that names would have beside them, each with the name.
    short_names: BTreeSet<(Folded, Folded)>,
    count: usize,
}

impl Folded {
    pub(crate) fn new(units: &[u16], keys: &RandomState) -> Self {
        let mut bytes = [0; 512];
        let mut hasher = keys.build_hasher();
        for part in units.chunks(bytes.len() / 2) {
            for (two, unit) in bytes.chunks_exact_mut(2).zip(part) {
                two.copy_from_slice(&upcase(*unit).to_le_bytes());
            }
            hasher.write(&bytes[..part.len() * 2]);
        }
        Self(hasher.finish())
    }

    /// One of `count` heaps it falls on.
    pub(crate) fn stripe(self, count: usize) -> usize {
        usize::try_from(self.0 >> 32).unwrap_or_default() % count.max(1)
    }
}

impl Names {
    fn as_slice(&self) -> &[Box<[u8]>] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Whether a name of the disk is the one a client asks for.
pub(crate) fn matches(name: &[u8], units: &[u16]) -> bool {
    let shown = decode(name);
    shown.units().len() == units.len()
        && shown.units().iter().zip(units).all(|(a, b)| upcase(*a) == upcase(*b))
}

impl Index {
    /// How many names there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn insert(&mut self, name: &[u8], keys: &RandomState) {
        let shown = decode(name);
        let folded = Folded::new(shown.units(), keys);
        self.insert_folded(folded, name);
        let short = ShortName::beside(shown.units());
        if !short.units().is_empty() {
            self.short_names.insert((Folded::new(short.units(), keys), folded));
        }
    }

    fn insert_folded(&mut self, folded: Folded, name: &[u8]) {
        match self.names.entry(folded) {
            Entry::Vacant(vacant) => {
                vacant.insert(Names::One(name.into()));
            }
            Entry::Occupied(mut occupied) => {
                if occupied.get().as_slice().iter().any(|n| **n == *name) {
                    return;
                }
                let mut names = occupied.get().as_slice().to_vec();
                names.push(name.into());
                occupied.insert(Names::Several(names));
            }
        }
        self.count += 1;
    }

    pub(crate) fn remove(&mut self, name: &[u8], keys: &RandomState) {
        let shown = decode(name);
        let folded = Folded::new(shown.units(), keys);
        let Entry::Occupied(mut occupied) = self.names.entry(folded) else { return };
        let mut rest = occupied.get().as_slice().to_vec();
        let before = rest.len();
        rest.retain(|n| **n != *name);
        self.count -= before - rest.len();
        match rest.len() {
            0 => {
                occupied.remove();
                let short = ShortName::beside(shown.units());
                self.short_names.remove(&(Folded::new(short.units(), keys), folded));
            }
            1 => {
                occupied.insert(Names::One(rest.swap_remove(0)));
            }
            _ => {
                occupied.insert(Names::Several(rest));
            }
        }
    }

    /// The name on the disk that `units` means, `exact` itself if it is among several.
    pub(crate) fn find(&self, folded: Folded, units: &[u16], exact: &[u8]) -> Option<&[u8]> {
        let names = self.names.get(&folded)?.as_slice();
        let same = names.iter().find(|n| ***n == *exact);
        same.or_else(|| names.iter().find(|n| matches(n, units))).map(|n| &**n)
    }

    /// The name on the disk that has an 8.3 name, as long as nothing has that for its name. `at_root`: the directory is the root.
    pub(crate) fn find_short(&self, folded: Folded, short: ShortName, at_root: bool) -> Option<&[u8]> {
        let rivals = self.short_names.range((folded, Folded(0))..=(folded, Folded(u64::MAX)));
        let names = rivals.filter_map(|(_, name)| self.names.get(name)).flat_map(Names::as_slice);
        let mut having =
            names.filter(|own| ShortName::beside(decode(own).units()) == short && !is_depot(own, at_root));
        let first = having.next()?;
        Some(having.fold(first, |first, own| if rank(own) < rank(first) { own } else { first }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::NtString;

    fn find<'a>(index: &'a Index, name: &str, keys: &RandomState) -> Option<&'a [u8]> {
        let units = NtString::from(name);
        index.find(Folded::new(units.units(), keys), units.units(), name.as_bytes())
    }

    #[test]
    fn names_come_and_go() {
        let keys = RandomState::new();
        let mut index = Index::default();
        for name in ["ReadMe", "readme", "Überall", "readme"] {
            index.insert(name.as_bytes(), &keys);
        }
        assert_eq!(index.count(), 3);
        assert_eq!(find(&index, "readme", &keys), Some(&b"readme"[..]));
        assert_eq!(find(&index, "README", &keys), Some(&b"ReadMe"[..]));
        assert_eq!(find(&index, "üBERALL", &keys), Some("Überall".as_bytes()));
        index.remove(b"ReadMe", &keys);
        index.remove(b"never", &keys);
        assert_eq!(find(&index, "README", &keys), Some(&b"readme"[..]));
        index.remove(b"readme", &keys);
        assert_eq!(find(&index, "README", &keys), None);
        assert_eq!(index.count(), 1);
    }
}
