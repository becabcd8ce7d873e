use core::fmt;
use core::str::FromStr;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-DTYP] 2.4.2 SID: who somebody is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid {
    authority: u64,
    sub_authorities: Vec<u32>,
}

/// At most this many sub-authorities ([MS-DTYP] 2.4.2.2).
const MAX_SUB_AUTHORITIES: usize = 15;

impl Sid {
    /// From an identifier authority (48 bits) and at most 15 sub-authorities; what is beyond is cut off.
    #[must_use]
    pub fn new(authority: u64, sub_authorities: &[u32]) -> Self {
        let kept = sub_authorities.get(..MAX_SUB_AUTHORITIES).unwrap_or(sub_authorities);
        Self { authority: authority & 0xffff_ffff_ffff, sub_authorities: kept.to_vec() }
    }

    /// S-1-1-0
    #[must_use]
    pub fn everyone() -> Self {
        Self::new(1, &[0])
    }

    /// S-1-3-0
    #[must_use]
    pub fn creator_owner() -> Self {
        Self::new(3, &[0])
    }

    /// S-1-3-1
    #[must_use]
    pub fn creator_group() -> Self {
        Self::new(3, &[1])
    }

    /// S-1-3-4: in a list, whoever owns the object.
    #[must_use]
    pub fn owner_rights() -> Self {
        Self::new(3, &[4])
    }

    /// S-1-5-2: whoever comes over the network.
    #[must_use]
    pub fn network() -> Self {
        Self::new(5, &[2])
    }

    /// S-1-5-7
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(5, &[7])
    }

    /// S-1-5-11
    #[must_use]
    pub fn authenticated_users() -> Self {
        Self::new(5, &[11])
    }

    /// S-1-5-18
    #[must_use]
    pub fn local_system() -> Self {
        Self::new(5, &[18])
    }

    /// S-1-5-32-544
    #[must_use]
    pub fn administrators() -> Self {
        Self::new(5, &[32, 544])
    }

    /// S-1-5-32-550
    #[must_use]
    pub fn print_operators() -> Self {
        Self::new(5, &[32, 550])
    }

    /// S-1-5-32-545
    #[must_use]
    pub fn users() -> Self {
        Self::new(5, &[32, 545])
    }

    /// S-1-5-32-546
    #[must_use]
    pub fn guests() -> Self {
        Self::new(5, &[32, 546])
    }

    /// S-1-22-1-UID: a user of a Unix machine whom no account stands for.
    #[must_use]
    pub fn unix_user(uid: u32) -> Self {
        Self::new(22, &[1, uid])
    }

    /// The user of a Unix machine this is made of, if it is made so.
    #[must_use]
    pub fn as_unix_user(&self) -> Option<u32> {
        match (self.authority, self.sub_authorities.as_slice()) {
            (22, [1, uid]) => Some(*uid),
            _ => None,
        }
    }

    /// This SID with one more sub-authority: an account in a domain.
    #[must_use]
    pub fn child(&self, rid: u32) -> Self {
        let mut sub_authorities = self.sub_authorities.clone();
        sub_authorities.push(rid);
        Self::new(self.authority, &sub_authorities)
    }

    /// The relative identifier of an account, if this is the SID of its domain.
    #[must_use]
    pub fn rid_of(&self, account: &Self) -> Option<u32> {
        let (rid, domain) = account.sub_authorities.split_last()?;
        (self.authority == account.authority && self.sub_authorities == domain).then_some(*rid)
    }

    /// The identifier authority.
    #[must_use]
    pub const fn authority(&self) -> u64 {
        self.authority
    }

    /// The sub-authorities; the last one is the relative identifier.
    #[must_use]
    pub fn sub_authorities(&self) -> &[u32] {
        &self.sub_authorities
    }
}

impl Decode<'_> for Sid {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.u8("Revision")? != 1 {
            return Err(DecodeError::invalid("Revision", "must be 1"));
        }
        let count = usize::from(r.u8("SubAuthorityCount")?);
        if count > MAX_SUB_AUTHORITIES {
            return Err(DecodeError::invalid("SubAuthorityCount", "more than 15"));
        }
        let [a, b, c, d, e, f] = r.array("IdentifierAuthority")?;
        let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let sub_authorities = (0..count).map(|_| r.u32("SubAuthority")).collect::<Result<_, _>>()?;
        Ok(Self { authority, sub_authorities })
    }
}

impl Encode for Sid {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(1);
        w.u8(u8::try_from(self.sub_authorities.len()).unwrap_or(0));
        let [_, _, authority @ ..] = self.authority.to_be_bytes();
        w.bytes(&authority);
        for sub in &self.sub_authorities {
            w.u32(*sub);
        }
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        self.sub_authorities.iter().try_for_each(|s| write!(f, "-{s}"))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sid {
    type Err = DecodeError;

    fn from_str(s: &str) -> Result<Self, DecodeError> {
        let bad = DecodeError::invalid("SID", "not of the form S-1-5-...");
        let mut parts = s.strip_prefix("S-1-").ok_or(bad)?.split('-');
        let authority = parts.next().and_then(|p| p.parse().ok()).ok_or(bad)?;
        let subs: Vec<u32> = parts.map(|p| p.parse().map_err(|_| bad)).collect::<Result<_, _>>()?;
        if subs.len() > MAX_SUB_AUTHORITIES {
            return Err(bad);
        }
        Ok(Self::new(authority, &subs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes() {
        let sid: Sid = "S-1-5-32-544".parse().unwrap();
        assert_eq!(sid, Sid::administrators());
        let bytes = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        assert_eq!(sid.to_bytes(), bytes);
        assert_eq!(Sid::decode(&mut Reader::new(&bytes)), Ok(sid));
    }

    #[test]
    fn users_of_unix() {
        assert_eq!(Sid::unix_user(1000).to_string(), "S-1-22-1-1000");
        assert_eq!(Sid::unix_user(1000).as_unix_user(), Some(1000));
        assert_eq!("S-1-22-2-1000".parse::<Sid>().unwrap().as_unix_user(), None, "a group");
        assert_eq!(Sid::administrators().as_unix_user(), None);
    }

    #[test]
    fn accounts_are_of_their_own_domain() {
        let builtin: Sid = "S-1-5-32".parse().unwrap();
        assert_eq!(builtin.rid_of(&Sid::administrators()), Some(544));
        assert_eq!(builtin.rid_of(&builtin), None);
        assert_eq!(builtin.rid_of(&Sid::administrators().child(1)), None);
        assert_eq!(builtin.rid_of(&Sid::new(1, &[32, 544])), None);
    }

    #[test]
    fn too_many_sub_authorities_are_refused() {
        let mut bytes = vec![1, 16, 0, 0, 0, 0, 0, 5];
        bytes.resize(8 + 64, 0);
        assert!(Sid::decode(&mut Reader::new(&bytes)).is_err());
        assert!("S-1-".parse::<Sid>().is_err());
    }
}
