/// Whether a file system's magic number (`statfs` `f_type`) is that of one behind a network or a user-space process,
/// where any call may take long and changes by others are not announced.
#[must_use]
pub fn is_network(magic: u64) -> bool {
    const NETWORK: [u64; 12] = [
        0x6969,      // NFS
        0x517b,      // SMB, the first client
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB2
        0x6573_5546, // FUSE
        0x0102_1997, // 9P
        0x00c3_6400, // Ceph
        0x5346_414f, // OpenAFS
        0x6b41_4653, // kAFS
        0x7375_7245, // Coda
        0x0bd0_0bd0, // Lustre
        0x4750_4653, // GPFS
    ];
    NETWORK.contains(&(magic & 0xffff_ffff))
}

/// Whether every change of an extended attribute shows in the change time of an object on a file system with this magic number.
#[must_use]
pub fn has_reliable_change_times(magic: u64) -> bool {
    const RELIABLE: [u64; 4] = [
        0xef53,      // ext4
        0x5846_5342, // XFS
        0x9123_683e, // btrfs
        0x0102_1994, // tmpfs
    ];
    RELIABLE.contains(&(magic & 0xffff_ffff))
}

#[cfg(test)]
mod tests {
    use super::{has_reliable_change_times, is_network};

    #[test]
    fn local_and_not() {
        assert!(is_network(0x6969));
        assert!(is_network(0xffff_ffff_ff53_4d42), "a sign-extended magic number is the same");
        assert!(has_reliable_change_times(0xef53) && !has_reliable_change_times(0x6969));
        assert!(!is_network(0xef53) && !is_network(0x0102_1994));
    }
}
