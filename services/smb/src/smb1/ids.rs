//! Ids of 16 bits: UIDs, TIDs and FIDs.

use std::collections::HashMap;

/// What a connection has of one kind. An id that lives is never given again, and one that was freed only when all others have had their turn.
#[derive(Debug)]
pub(crate) struct Ids<T> {
    last: u16,
    values: HashMap<u16, T>,
}

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self { last: 0, values: HashMap::new() }
    }
}

impl<T> Ids<T> {
    /// The greatest id; those above it and 0 stand for something else in some message.
    const LAST: u16 = 0xfffd;

    /// Enters what `make` makes of its id; `None` when every id is in use.
    pub(crate) fn insert_with(&mut self, make: impl FnOnce(u16) -> T) -> Option<u16> {
        if self.values.len() >= usize::from(Self::LAST) {
            return None;
        }
        loop {
            self.last = if self.last == Self::LAST { 1 } else { self.last + 1 };
            if !self.values.contains_key(&self.last) {
                self.values.insert(self.last, make(self.last));
                return Some(self.last);
            }
        }
    }

    pub(crate) fn get(&self, id: u16) -> Option<&T> {
        self.values.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u16) -> Option<&mut T> {
        self.values.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: u16) -> Option<T> {
        self.values.remove(&id)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.values.values()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.values_mut()
    }

    /// Takes out what `which` names.
    pub(crate) fn take(&mut self, mut which: impl FnMut(&T) -> bool) -> Vec<T> {
        self.values.extract_if(|_, value| which(value)).map(|(_, value)| value).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_lives_twice_and_freed_ones_rest() {
        let mut ids = Ids::default();
        assert_eq!([(); 3].map(|()| ids.insert_with(|id| id)), [Some(1), Some(2), Some(3)]);
        assert_eq!(ids.remove(2), Some(2));
        assert_eq!(ids.insert_with(|id| id), Some(4), "2 rests");
        while ids.len() < usize::from(Ids::<u16>::LAST) {
            assert!(ids.insert_with(|id| id).is_some());
        }
        assert_eq!(ids.insert_with(|id| id), None);
        assert_eq!((ids.remove(7), ids.insert_with(|id| id)), (Some(7), Some(7)));
        assert!(ids.values().all(|id| (1..=0xfffd).contains(id)));
        assert_eq!(ids.take(|id| *id > 3).len(), 0xfffd - 3);
        assert_eq!(ids.len(), 3);
    }
}
