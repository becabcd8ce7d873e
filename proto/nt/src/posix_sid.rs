use crate::Sid;

/// What POSIX knows of a file, as an identifier in a security descriptor: S-1-5-88, which Services for NFS gave meaning. Of Samba's identifiers
/// of users and groups without an account, S-1-22, the meaning is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PosixSid {
    /// S-1-5-88-1: the number of a user.
    Owner(u32),
    /// S-1-5-88-2: the number of a group.
    Group(u32),
    /// S-1-5-88-3: permission bits.
    Mode(u32),
}

const NT_AUTHORITY: u64 = 5;
const NFS: u32 = 88;
const UNIX: u64 = 22;

impl PosixSid {
    /// What an identifier says, if it is one of these.
    #[must_use]
    pub fn of(sid: &Sid) -> Option<Self> {
        match (sid.authority(), sid.sub_authorities()) {
            (NT_AUTHORITY, [NFS, 1, id]) | (UNIX, [1, id]) => Some(Self::Owner(*id)),
            (NT_AUTHORITY, [NFS, 2, id]) | (UNIX, [2, id]) => Some(Self::Group(*id)),
            (NT_AUTHORITY, [NFS, 3, mode]) => Some(Self::Mode(*mode)),
            _ => None,
        }
    }
}

impl From<PosixSid> for Sid {
    fn from(sid: PosixSid) -> Self {
        let (kind, number) = match sid {
            PosixSid::Owner(id) => (1, id),
            PosixSid::Group(id) => (2, id),
            PosixSid::Mode(mode) => (3, mode),
        };
        Self::new(NT_AUTHORITY, &[NFS, kind, number])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_identifiers() {
        for (text, sid) in [
            ("S-1-5-88-1-1000", PosixSid::Owner(1000)),
            ("S-1-5-88-2-100", PosixSid::Group(100)),
            ("S-1-5-88-3-493", PosixSid::Mode(0o755)),
        ] {
            assert_eq!(Sid::from(sid).to_string(), text);
            assert_eq!(PosixSid::of(&sid.into()), Some(sid));
        }
        assert_eq!(PosixSid::of(&Sid::new(22, &[1, 7])), Some(PosixSid::Owner(7)));
        assert_eq!(PosixSid::of(&Sid::new(22, &[2, 7])), Some(PosixSid::Group(7)));
        for other in [Sid::everyone(), Sid::users(), Sid::new(22, &[3, 7]), Sid::new(5, &[88, 1])] {
            assert_eq!(PosixSid::of(&other), None, "{other}");
        }
    }
}
