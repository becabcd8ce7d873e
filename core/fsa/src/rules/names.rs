use super::ShareView;
use super::recycle::BIN;
use crate::CreateParams;
use crate::wildcard::Expression;
use lanward_nt::{CreateDisposition, FileAttributes, NtPath, NtStatus, NtString};
use lanward_vfs::Metadata;

/// Patterns of names, `*` and `?` in them, matched without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamePatterns(Vec<Expression>);

impl NamePatterns {
    /// Patterns, each of one component. An empty one matches nothing.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let patterns = patterns.into_iter().filter(|p| !p.is_empty());
        Self(patterns.map(|p| Expression::new(&NtString::from(p))).collect())
    }

    /// Whether a name is in one of them.
    #[must_use]
    pub fn matches(&self, name: &[u16]) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }
}

impl ShareView {
    /// Whether nothing at this path or beneath exists for the user.
    pub(crate) fn hides(&self, path: &NtPath) -> bool {
        path.components().any(|name| self.rules.veto.matches(name)) || self.is_of_another(path)
    }

    /// Whether this is the recycle bin.
    pub(crate) fn is_bin(&self, path: &NtPath) -> bool {
        self.rules.recycle.is_some() && same(path.as_string().units(), &BIN.into())
    }

    /// What is asked for of the recycle bin: only the server makes it, or whoever came first could have what others delete in a folder of its own.
    ///
    /// # Errors
    /// ACCESS_DENIED
    pub(crate) fn check_bin(&self, path: &NtPath, p: &mut CreateParams<'_>) -> Result<(), NtStatus> {
        match p.disposition {
            _ if !p.disposition.creates() => Ok(()),
            CreateDisposition::OpenIf if self.is_bin(path) && !self.administrator => {
                p.disposition = CreateDisposition::Open;
                Ok(())
            }
            _ => self.check_new_name(path),
        }
    }

    /// The same of a name that something is to get.
    ///
    /// # Errors
    /// ACCESS_DENIED
    pub(crate) fn check_new_name(&self, path: &NtPath) -> Result<(), NtStatus> {
        if self.is_bin(path) && !self.administrator { Err(NtStatus::ACCESS_DENIED) } else { Ok(()) }
    }

    /// Whether this is in the part of the recycle bin that is somebody else's.
    fn is_of_another(&self, path: &NtPath) -> bool {
        if self.rules.recycle.is_none() || self.administrator {
            return false;
        }
        let mut components = path.components();
        components.next().is_some_and(|bin| same(bin, &BIN.into()))
            && components.next().is_some_and(|owner| !same(owner, &self.own_folder()))
    }

    /// Whether a name of the directory at `above` exists for the user.
    pub(crate) fn shows(&self, above: &NtPath, name: &NtString) -> bool {
        !self.rules.veto.matches(name.units())
            && (self.rules.recycle.is_none()
                || above.join(name.units()).is_none_or(|path| !self.is_of_another(&path)))
    }

    /// Refuses a path that does not exist for the user.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND; ACCESS_DENIED where it would be made.
    pub(crate) fn check_path(&self, path: &NtPath, makes: bool) -> Result<(), NtStatus> {
        if !self.hides(path) {
            return Ok(());
        }
        if self.hides(&path.parent()) {
            return Err(NtStatus::OBJECT_PATH_NOT_FOUND);
        }
        Err(if makes { NtStatus::ACCESS_DENIED } else { NtStatus::OBJECT_NAME_NOT_FOUND })
    }

    /// The attributes of a file as they are shown.
    pub(crate) fn show(&self, name: &[u16], metadata: &mut Metadata) {
        let dots = matches!(name, [] | [0x2e] | [0x2e, 0x2e]);
        let period = self.rules.hide_dot_files && name.first() == Some(&0x2e);
        if !dots && (period || self.rules.hide.matches(name)) {
            metadata.attributes.remove(FileAttributes::NORMAL);
            metadata.attributes.insert(FileAttributes::HIDDEN);
        }
    }
}

/// Whether two names differ in case at most.
pub(super) fn same(a: &[u16], b: &NtString) -> bool {
    NtString(a.to_vec()).to_uppercase() == b.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{FileRules, RecycleBin};
    use std::sync::Arc;

    fn view(rules: FileRules, user: &str) -> ShareView {
        ShareView { rules: Arc::new(rules), user: user.into(), administrator: false }
    }

    fn path(text: &str) -> NtPath {
        NtPath::new(text.into()).unwrap()
    }

    #[test]
    fn what_is_vetoed_is_nowhere() {
        let veto = NamePatterns::new(["*.exe", "Thumbs.db", "secret?", ""]);
        let view = view(FileRules { veto, ..FileRules::default() }, "ann");
        for hidden in ["a.EXE", "d\\thumbs.DB", "secret1\\f", "d\\x.exe\\f"] {
            assert!(view.hides(&path(hidden)), "{hidden}");
        }
        for shown in ["a.exe.txt", "thumbs.db2", "secret", "secret12", ""] {
            assert!(!view.hides(&path(shown)), "{shown}");
        }
        let check = |p: &str, makes| view.check_path(&path(p), makes);
        assert_eq!(check("a.exe", false), Err(NtStatus::OBJECT_NAME_NOT_FOUND));
        assert_eq!(check("a.exe", true), Err(NtStatus::ACCESS_DENIED));
        assert_eq!(check("a.exe\\b", true), Err(NtStatus::OBJECT_PATH_NOT_FOUND));
        assert_eq!(check("a", true), Ok(()));
    }

    #[test]
    fn deleted_files_of_others_are_hidden() {
        let rules = FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() };
        let ann = view(rules, "Ann");
        assert!(!ann.hides(&path(".recycle")) && !ann.hides(&path(".RECYCLE\\ann\\f")));
        assert!(ann.hides(&path(".recycle\\bob")) && ann.hides(&path(".Recycle\\bob\\f")));
        assert!(ann.shows(&path(".recycle"), &"ann".into()) && !ann.shows(&path(".recycle"), &"bob".into()));
        assert!(!ShareView { administrator: true, ..ann }.hides(&path(".recycle\\bob\\f")));
    }
}
