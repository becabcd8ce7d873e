use lanward_nt::{AccessMask, ShareAccess};

const READS: AccessMask = AccessMask::READ_DATA.union(AccessMask::EXECUTE);
const WRITES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);
/// Opens with none of these share with everyone.
const COUNTED: AccessMask = READS.union(WRITES).union(AccessMask::DELETE);

/// What the opens of one file do and forbid, as counts: the verdict costs the same for one open and for ten thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ShareCounts {
    opens: u32,
    readers: u32,
    writers: u32,
    deleters: u32,
    share_read: u32,
    share_write: u32,
    share_delete: u32,
}

/// Whether an open with this access counts at all.
pub(crate) const fn is_counted(access: AccessMask) -> bool {
    access.intersects(COUNTED)
}

impl ShareCounts {
    /// Whether any open may delete.
    pub(crate) const fn deletes(&self) -> bool {
        self.deleters > 0
    }

    /// Whether every open lets others delete.
    pub(crate) const fn lets_delete(&self) -> bool {
        self.share_delete == self.opens
    }

    /// Whether a further open goes with those there are ([MS-FSA] 2.1.5.1.2.2).
    pub(crate) const fn admits(&self, access: AccessMask, share: ShareAccess) -> bool {
        if !access.intersects(COUNTED) {
            return true;
        }
        let theirs = (!access.intersects(READS) || self.share_read == self.opens)
            && (!access.intersects(WRITES) || self.share_write == self.opens)
            && (!access.intersects(AccessMask::DELETE) || self.share_delete == self.opens);
        let ours = (share.contains(ShareAccess::READ) || self.readers == 0)
            && (share.contains(ShareAccess::WRITE) || self.writers == 0)
            && (share.contains(ShareAccess::DELETE) || self.deleters == 0);
        theirs && ours
    }

    pub(crate) fn add(&mut self, access: AccessMask, share: ShareAccess) {
        self.count(access, share, |n| *n += 1);
    }

    pub(crate) fn remove(&mut self, access: AccessMask, share: ShareAccess) {
        self.count(access, share, |n| *n = n.saturating_sub(1));
    }

    fn count(&mut self, access: AccessMask, share: ShareAccess, change: impl Fn(&mut u32)) {
        if !access.intersects(COUNTED) {
            return;
        }
        let columns = [
            (true, &mut self.opens),
            (access.intersects(READS), &mut self.readers),
            (access.intersects(WRITES), &mut self.writers),
            (access.contains(AccessMask::DELETE), &mut self.deleters),
            (share.contains(ShareAccess::READ), &mut self.share_read),
            (share.contains(ShareAccess::WRITE), &mut self.share_write),
            (share.contains(ShareAccess::DELETE), &mut self.share_delete),
        ];
        columns.into_iter().filter(|(applies, _)| *applies).for_each(|(_, n)| change(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// [MS-FSA] 2.1.5.1.2.2 as it is written, over a list of opens.
    fn by_the_book(opens: &[(AccessMask, ShareAccess)], access: AccessMask, share: ShareAccess) -> bool {
        let conflict = |(a, s): (AccessMask, ShareAccess), b: AccessMask| {
            a.intersects(COUNTED)
                && ((b.intersects(READS) && !s.contains(ShareAccess::READ))
                    || (b.intersects(WRITES) && !s.contains(ShareAccess::WRITE))
                    || (b.contains(AccessMask::DELETE) && !s.contains(ShareAccess::DELETE)))
        };
        let counted = access.intersects(COUNTED);
        !opens.iter().any(|o| {
            counted && (conflict(*o, access) || (o.0.intersects(COUNTED) && conflict((access, share), o.0)))
        })
    }

    fn open() -> impl Strategy<Value = (AccessMask, ShareAccess)> {
        let bits = [1u32, 2, 4, 0x20, 0x80, 0x100, 0x1_0000, 0x10_0000];
        (proptest::sample::subsequence(bits.to_vec(), 0..=3), 0u32..8).prop_map(|(access, share)| {
            (AccessMask::from_bits_retain(access.into_iter().sum()), ShareAccess::from_bits_retain(share))
        })
    }

    proptest! {
        #[test]
        fn counts_agree_with_the_list(steps in proptest::collection::vec((open(), any::<bool>()), 1..40)) {
            let (mut list, mut counts) = (Vec::new(), ShareCounts::default());
            for ((access, share), close_one) in steps {
                prop_assert_eq!(counts.admits(access, share), by_the_book(&list, access, share));
                if counts.admits(access, share) {
                    counts.add(access, share);
                    list.push((access, share));
                }
                if close_one && !list.is_empty() {
                    let (access, share) = list.swap_remove(0);
                    counts.remove(access, share);
                }
            }
            for (access, share) in list {
                counts.remove(access, share);
            }
            prop_assert_eq!(counts, ShareCounts::default());
        }
    }
}
