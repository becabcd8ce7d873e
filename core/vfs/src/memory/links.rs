use lanward_nt::{NtString, ShortName};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// One name in a directory.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) name: NtString,
    pub(super) node: u64,
}

/// The names in a directory.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// By upper-cased name.
    by_name: BTreeMap<NtString, Link>,
    /// Upper-cased names by the 8.3 names they would have beside theirs.
    by_short_name: BTreeSet<(ShortName, NtString)>,
}

impl Links {
    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn get(&self, name: &NtString) -> Option<&Link> {
        self.by_name.get(&name.to_uppercase())
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Link> {
        self.by_name.values()
    }

    /// Upper-cased names and what they are of, behind one of them or from the first on.
    pub(super) fn behind(&self, name: Option<&NtString>) -> impl Iterator<Item = (&NtString, &Link)> {
        self.by_name.range((name.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded))
    }

    pub(super) fn insert(&mut self, link: Link) {
        let upper = link.name.to_uppercase();
        let short = ShortName::beside(link.name.units());
        if !short.units().is_empty() {
            self.by_short_name.insert((short, upper.clone()));
        }
        self.by_name.insert(upper, link);
    }

    pub(super) fn remove(&mut self, name: &NtString) -> Option<Link> {
        let upper = name.to_uppercase();
        let link = self.by_name.remove(&upper)?;
        self.by_short_name.remove(&(ShortName::beside(link.name.units()), upper));
        Some(link)
    }

    /// What has `name` as its 8.3 name, where nothing has it as its name.
    pub(super) fn find_short(&self, name: &NtString) -> Option<&Link> {
        self.holder(ShortName::is_made(name.units()).then(|| ShortName::of(name.units()))?)
    }

    /// The 8.3 name of what is named `name`.
    pub(super) fn short_name(&self, name: &NtString) -> ShortName {
        let short = ShortName::beside(name.units());
        let taken = self.get(&short.into()).is_some();
        let has = |holder: &Link| !taken && holder.name == *name;
        if self.holder(short).is_some_and(has) { short } else { ShortName::default() }
    }

    /// The first of those that would have an 8.3 name.
    fn holder(&self, short: ShortName) -> Option<&Link> {
        let (first, name) = self.by_short_name.range((short, NtString::default())..).next()?;
        if *first == short { self.by_name.get(name) } else { None }
    }
}
