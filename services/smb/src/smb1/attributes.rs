//! File attributes as SMB1 tells them, and what a search asks of them ([MS-CIFS] 2.2.1.2.4).

use lanward_nt::FileAttributes;
use lanward_smb1::SmbFileAttributes;

/// The attributes that DOS knows have the same bits in both.
const OF_DOS: u16 = 0x37;
/// What a file that is marked so is found by only when it is asked for.
const INCLUSIVE: FileAttributes =
    FileAttributes::HIDDEN.union(FileAttributes::SYSTEM).union(FileAttributes::DIRECTORY);

/// What finds everything.
pub(crate) const ANY: SmbFileAttributes = SmbFileAttributes::from_bits_retain(OF_DOS);

/// As clients see them.
pub(crate) fn to_dos(attributes: FileAttributes) -> SmbFileAttributes {
    let low = u16::try_from(attributes.bits() & u32::from(OF_DOS)).unwrap_or(0);
    SmbFileAttributes::from_bits_retain(low)
}

/// As clients set them: what is not an attribute of a file is passed over, and none at all is NORMAL.
pub(crate) fn from_dos(attributes: SmbFileAttributes) -> FileAttributes {
    let settable = attributes.bits() & OF_DOS & !SmbFileAttributes::DIRECTORY.bits();
    if settable == 0 { FileAttributes::NORMAL } else { FileAttributes::from_bits_retain(settable.into()) }
}

/// Whether a search for these attributes finds a file with those.
pub(crate) fn finds(search: SmbFileAttributes, attributes: FileAttributes) -> bool {
    let asked = FileAttributes::from_bits_retain((search.bits() & OF_DOS).into());
    let must = FileAttributes::from_bits_retain((search.bits() >> 8 & OF_DOS).into());
    asked.contains(attributes.intersection(INCLUSIVE).difference(must)) && attributes.contains(must)
}

#[cfg(test)]
mod tests {
    use super::*;

    type A = FileAttributes;
    type S = SmbFileAttributes;

    #[test]
    fn what_searches_find() {
        let search = |bits: u16, attributes| finds(S::from_bits_retain(bits), attributes);
        assert!(search(0, A::NORMAL) && search(0, A::READONLY | A::ARCHIVE));
        assert!(!search(0, A::HIDDEN) && !search(0x10, A::HIDDEN | A::DIRECTORY));
        assert!(search(0x16, A::HIDDEN | A::DIRECTORY) && search(0x10, A::ARCHIVE));
        assert!(!search(0x1010, A::ARCHIVE), "directories only");
        assert!(search(0x1010, A::DIRECTORY) && search(0x1000, A::DIRECTORY));
        assert!(!search(0x0116, A::HIDDEN) && search(0x0116, A::HIDDEN | A::READONLY));
    }

    #[test]
    fn both_ways() {
        assert_eq!(to_dos(A::NORMAL | A::SPARSE_FILE), S::empty());
        assert_eq!(to_dos(A::READONLY | A::DIRECTORY), S::READONLY | S::DIRECTORY);
        assert_eq!(from_dos(S::empty()), A::NORMAL);
        assert_eq!(from_dos(S::HIDDEN | S::DIRECTORY | S::VOLUME), A::HIDDEN);
    }
}
