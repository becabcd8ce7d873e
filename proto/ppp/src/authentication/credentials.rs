use core::fmt;
use lanward_auth::NtHash;
use lanward_nt::NtString;
use zeroize::Zeroize;

/// Who a client is, and what proves it. Wiped when it is dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    name: Vec<u8>,
    password: NtString,
    new_password: Option<NtString>,
}

impl Credentials {
    /// A name, with its domain in front if it has one, and a password.
    #[must_use]
    pub fn new(name: &str, password: &str) -> Self {
        Self { name: name.as_bytes().to_vec(), password: password.into(), new_password: None }
    }

    /// With a password to change to where the server says that the present one has expired.
    #[must_use]
    pub fn with_new_password(mut self, password: &str) -> Self {
        self.new_password = Some(password.into());
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    pub(super) fn hash(&self) -> NtHash {
        NtHash::of_password(&self.password)
    }

    pub(super) const fn password(&self) -> &NtString {
        &self.password
    }

    pub(super) const fn new_password(&self) -> Option<&NtString> {
        self.new_password.as_ref()
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        self.password.0.zeroize();
        if let Some(password) = &mut self.new_password {
            password.0.zeroize();
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, ..)", self.name.escape_ascii())
    }
}
