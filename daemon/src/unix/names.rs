use lanward_fsa::UnixNames;
use lanward_nt::Sid;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// The authority of users and groups that have no account: S-1-22-1-UID and S-1-22-2-GID.
const UNIX: u64 = 22;
/// Services for NFS: S-1-5-88-1-UID and S-1-5-88-2-GID.
const NFS: u32 = 88;

/// What the machine's users and groups are called: users with an account have its SID.
#[derive(Debug, Default)]
pub(super) struct Names(RwLock<Accounts>);

#[derive(Debug, Default)]
struct Accounts {
    by_number: HashMap<u32, Sid>,
    by_sid: HashMap<Sid, u32>,
}

impl Names {
    /// Replaces what is known of accounts. Of several that are one user the first names him.
    pub(super) fn replace(&self, accounts: impl IntoIterator<Item = (Sid, u32)>) {
        let mut new = Accounts::default();
        for (sid, number) in accounts {
            new.by_number.entry(number).or_insert_with(|| sid.clone());
            new.by_sid.insert(sid, number);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = new;
    }
}

impl UnixNames for Names {
    fn user(&self, number: u32) -> Sid {
        let accounts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        accounts.by_number.get(&number).cloned().unwrap_or_else(|| Sid::new(UNIX, &[1, number]))
    }

    fn group(&self, number: u32) -> Sid {
        Sid::new(UNIX, &[2, number])
    }

    fn user_number(&self, sid: &Sid) -> Option<u32> {
        if let Some(number) = self.0.read().unwrap_or_else(PoisonError::into_inner).by_sid.get(sid) {
            return Some(*number);
        }
        number(sid, 1)
    }

    fn group_number(&self, sid: &Sid) -> Option<u32> {
        number(sid, 2)
    }
}

fn number(sid: &Sid, kind: u32) -> Option<u32> {
    match (sid.authority(), sid.sub_authorities()) {
        (UNIX, [k, number]) | (5, [NFS, k, number]) if *k == kind => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_name_users_and_numbers_name_the_rest() {
        let (ann, twin) = (Sid::new(5, &[21, 1, 2, 3, 1000]), Sid::new(5, &[21, 1, 2, 3, 1001]));
        let names = Names::default();
        names.replace([(ann.clone(), 500), (twin.clone(), 500)]);
        assert_eq!(names.user(500), ann);
        assert_eq!(names.user(501).to_string(), "S-1-22-1-501");
        assert_eq!(names.group(500).to_string(), "S-1-22-2-500");
        for (sid, number) in [(&ann, Some(500)), (&twin, Some(500)), (&Sid::new(22, &[1, 7]), Some(7))] {
            assert_eq!(names.user_number(sid), number, "{sid}");
            assert_eq!(names.group_number(sid), None, "{sid}");
        }
        assert_eq!(names.user_number(&Sid::new(5, &[88, 1, 7])), Some(7));
        assert_eq!(names.group_number(&Sid::new(22, &[2, 7])), Some(7));
        assert_eq!(names.group_number(&Sid::new(5, &[88, 2, 7])), Some(7));
        assert_eq!(names.user_number(&Sid::everyone()), None);
        names.replace([]);
        assert_eq!(names.user_number(&ann), None);
    }
}
