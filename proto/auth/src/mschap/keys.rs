use super::response::hash_of_hash;
use super::sha1;
use crate::ntlm::Side;
use crate::{LmHash, NtHash};
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How strong the keys of MPPE are (RFC 3078, 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyStrength {
    /// 40 bits; the other three bytes of a key are the same for everybody.
    Bits40,
    /// 56 bits; the first byte of a key is the same for everybody.
    Bits56,
    /// 128 bits.
    Bits128,
}

impl KeyStrength {
    /// Length of its keys in bytes.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::Bits40 | Self::Bits56 => 8,
            Self::Bits128 => 16,
        }
    }

    /// RFC 3079, 3.1 to 3.3: what weaker session keys begin with, instead of what was derived.
    #[must_use]
    pub const fn salt(self) -> &'static [u8] {
        match self {
            Self::Bits40 => &[0xd1, 0x26, 0x9e],
            Self::Bits56 => &[0xd1],
            Self::Bits128 => &[],
        }
    }
}

/// RFC 3079, 3.4 GetMasterKey: what one exchange of MS-CHAPv2 leaves both sides with.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 16]);

impl MasterKey {
    /// From the password's hash and the response it was proved by.
    #[must_use]
    pub fn derive(hash: &NtHash, nt_response: &[u8; 24]) -> Self {
        let digest =
            Zeroizing::new(sha1(&[&*hash_of_hash(hash), nt_response, b"This is the MPPE Master Key"]));
        Self(first16(&digest))
    }

    /// Its bytes. Whoever copies them answers for wiping the copy.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// RFC 3079, 3.4 GetAsymmetricStartKey: the key of what `from` sends.
    fn start(&self, from: Side) -> [u8; 16] {
        let magic: &[u8; 84] = match from {
            Side::Client => {
                b"On the client side, this is the send key; on the server side, it is the receive key."
            }
            Side::Server => {
                b"On the client side, this is the receive key; on the server side, it is the send key."
            }
        };
        first16(&Zeroizing::new(sha1(&[&self.0, &[0; 40], magic, &[0xf2; 40]])))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// What the keys of one direction are derived from, all along: 8 or 16 bytes ([`KeyStrength::key_length`]).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StartKey {
    #[zeroize(skip)]
    strength: KeyStrength,
    bytes: [u8; 16],
}

impl StartKey {
    /// Of so many of the bytes as the strength asks for.
    #[must_use]
    pub fn new(strength: KeyStrength, bytes: &[u8; 16]) -> Self {
        let mut own = [0; 16];
        own.iter_mut().zip(bytes).take(strength.key_length()).for_each(|(to, from)| *to = *from);
        Self { strength, bytes: own }
    }

    /// How strong its session keys are.
    #[must_use]
    pub const fn strength(&self) -> KeyStrength {
        self.strength
    }

    /// Its bytes. Whoever copies them answers for wiping the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..self.strength.key_length()).unwrap_or(&self.bytes)
    }
}

impl fmt::Debug for StartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StartKey({:?}, ..)", self.strength)
    }
}

/// The keys MPPE may start with after an exchange, for whichever strength CCP then settles on. They are wiped when they are dropped, and
/// nothing of a password can be read from them but what [`MppeKeys::v1`] says.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MppeKeys {
    /// For 128 bits: of what the client sends, and of what the server sends.
    long: Option<[[u8; 16]; 2]>,
    /// For fewer.
    short: Option<[[u8; 8]; 2]>,
}

impl MppeKeys {
    /// Length of what [`MppeKeys::to_bytes`] gives.
    pub const LENGTH: usize = 1 + 2 * 16 + 2 * 8;

    /// RFC 3079, 3: of MS-CHAPv2.
    #[must_use]
    pub fn v2(master: &MasterKey) -> Self {
        Self::of_both([master.start(Side::Client), master.start(Side::Server)])
    }

    /// RFC 3079, 2: of MS-CHAPv1. Both directions have the same keys, and those of 40 and 56 bits are made of the first half of the LM hash
    /// itself: without one there are none.
    #[must_use]
    pub fn v1(nt_hash: &NtHash, lm_hash: Option<&LmHash>, challenge: &[u8; 8]) -> Self {
        Self::v1_of_hashes(&hash_of_hash(nt_hash), lm_hash.map(|hash| first8(hash.expose())), challenge)
    }

    /// The same from what a RADIUS server tells of the password (RFC 2548, 2.4.1 MS-CHAP-MPPE-Keys).
    #[must_use]
    pub fn v1_of_hashes(nt_hash_hash: &[u8; 16], lm_key: Option<[u8; 8]>, challenge: &[u8; 8]) -> Self {
        let digest = Zeroizing::new(sha1(&[nt_hash_hash, nt_hash_hash, challenge]));
        Self { long: Some([first16(&digest); 2]), short: lm_key.map(|key| [key; 2]) }
    }

    /// Keys that somebody else derived (RFC 2548, 2.4.2 and 2.4.3, as the server sees it; MSK of EAP). Those of 16 bytes or more, of which 16 count,
    /// do for every strength; those of 8 bytes for the weaker ones; others for none (`None`).
    #[must_use]
    pub fn of_start_keys(client_sends: &[u8], server_sends: &[u8]) -> Option<Self> {
        let usable = |key: &[u8]| matches!(key.len(), 8 | 16 | 32);
        if !usable(client_sends) || !usable(server_sends) {
            return None;
        }
        if let (Some(client), Some(server)) =
            (client_sends.first_chunk::<16>(), server_sends.first_chunk::<16>())
        {
            return Some(Self::of_both([*client, *server]));
        }
        let short = [*client_sends.first_chunk::<8>()?, *server_sends.first_chunk::<8>()?];
        Some(Self { long: None, short: Some(short) })
    }

    fn of_both(long: [[u8; 16]; 2]) -> Self {
        Self { long: Some(long), short: Some([first8(&long[0]), first8(&long[1])]) }
    }

    /// Whether there are keys of this strength.
    #[must_use]
    pub const fn has(&self, strength: KeyStrength) -> bool {
        match strength {
            KeyStrength::Bits40 | KeyStrength::Bits56 => self.short.is_some(),
            KeyStrength::Bits128 => self.long.is_some(),
        }
    }

    /// What starts the direction in which `from` sends; `None` if there are no keys of this strength.
    #[must_use]
    pub fn start(&self, from: Side, strength: KeyStrength) -> Option<StartKey> {
        let pick = |[client, server]: [[u8; 16]; 2]| match from {
            Side::Client => client,
            Side::Server => server,
        };
        let bytes = match strength {
            KeyStrength::Bits40 | KeyStrength::Bits56 => pick(self.short?.map(|key| padded(&key))),
            KeyStrength::Bits128 => pick(self.long?),
        };
        Some(StartKey::new(strength, &Zeroizing::new(bytes)))
    }

    /// For a channel to another process.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LENGTH]> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        let there = u8::from(self.long.is_some()) | u8::from(self.short.is_some()) << 1;
        let long = self.long.unwrap_or_default();
        let short = self.short.unwrap_or_default();
        let all = [there].into_iter().chain(long.into_iter().flatten()).chain(short.into_iter().flatten());
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        bytes
    }

    /// What [`MppeKeys::to_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        let [there, rest @ ..] = bytes;
        let (long, short) = rest.split_at_checked(32).unwrap_or_default();
        let pair = |keys: &[u8]| Some([*keys.first_chunk::<16>()?, *keys.last_chunk::<16>()?]);
        let short_pair = |keys: &[u8]| Some([*keys.first_chunk::<8>()?, *keys.last_chunk::<8>()?]);
        Self {
            long: pair(long).filter(|_| there & 1 != 0),
            short: short_pair(short).filter(|_| there & 2 != 0),
        }
    }
}

impl PartialEq for MppeKeys {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes().ct_eq(&*other.to_bytes()).into()
    }
}

impl Eq for MppeKeys {}

impl fmt::Debug for MppeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MppeKeys(..)")
    }
}

fn first16(digest: &[u8; 20]) -> [u8; 16] {
    digest.first_chunk().copied().unwrap_or_default()
}

fn first8(key: &[u8; 16]) -> [u8; 8] {
    key.first_chunk().copied().unwrap_or_default()
}

fn padded(key: &[u8; 8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    bytes
}
