use bitflags::bitflags;

/// A user of the machine, for whom a volume acts ([`crate::Volume::acting_as`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnixUser {
    /// The number of the user.
    pub user: u32,
    /// The number of the primary group.
    pub group: u32,
    /// The numbers of the other groups.
    pub groups: Vec<u32>,
    /// The permission bits that a file which is made may have.
    pub file_mask: u16,
    /// The permission bits that a directory which is made may have.
    pub directory_mask: u16,
}

bitflags! {
    /// What the machine lets somebody do with an object, whatever descriptors say.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Permitted: u8 {
        /// Read the data or list the directory.
        const READ = 1;
        /// Write the data, or change what is in the directory as far as it may be searched.
        const WRITE = 2;
        /// Run the file or search the directory.
        const EXECUTE = 4;
        /// It is theirs: mode and group can be changed.
        const OWNED = 8;
        /// Take its name away.
        const REMOVE = 16;
        /// Of a directory: take away the names of others in it too.
        const REMOVE_BENEATH = 32;
    }
}
