use aws_lc_rs::digest;

/// The SHA-512 chain over the negotiation and authentication messages that every 3.1.1 key depends on
/// ([MS-SMB2] 3.3.5.4, 3.3.5.5: Connection.PreauthIntegrityHashValue and Session.PreauthIntegrityHashValue).
///
/// A connection has one over the NEGOTIATE request and response; each session being set up starts from a copy of it
/// and adds its SESSION_SETUP requests and responses, all but the final successful response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreauthHash([u8; 64]);

impl PreauthHash {
    /// The start of the chain: 64 zero bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; 64])
    }

    /// A value computed earlier.
    #[must_use]
    pub const fn from_bytes(value: [u8; 64]) -> Self {
        Self(value)
    }

    /// Adds one whole message, from its SMB2 header to its end, without the transport's framing.
    pub fn update(&mut self, message: &[u8]) {
        let mut hash = digest::Context::new(&digest::SHA512);
        hash.update(&self.0);
        hash.update(message);
        for (into, from) in self.0.iter_mut().zip(hash.finish().as_ref()) {
            *into = *from;
        }
    }

    /// The value so far: the context of the 3.1.1 key derivation.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Default for PreauthHash {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    /// SHA-512 chained by hashlib over b"negotiate request", b"negotiate response".
    #[test]
    fn chain_of_two() {
        let mut hash = PreauthHash::new();
        hash.update(b"negotiate request");
        let one = *hash.as_bytes();
        hash.update(b"negotiate response");
        assert_eq!(
            one.to_vec(),
            hex(
                "117684812446a0c425b41a5a4052365bdf279db792b3ad572e2399407e76c15f 627acacd01dee5ace3dc376a20b3a3391674d6a324bc82e10a40acf8e557839a"
            )
        );
        assert_eq!(
            hash.as_bytes().to_vec(),
            hex(
                "37311ce11673083a4dac7793e056d1525c9bea2864fa8795404f6191fbb3aacf 294745e50a3bd0f09b69abba6e84a9fc5a5fcc3bec21db21c4f92edb6a81edf5"
            )
        );
    }

    #[test]
    fn order_matters() {
        let of = |messages: [&[u8]; 2]| {
            let mut hash = PreauthHash::default();
            messages.iter().for_each(|m| hash.update(m));
            hash
        };
        assert_ne!(of([b"a", b"b"]), of([b"b", b"a"]));
        assert_ne!(of([b"ab", b""]), of([b"a", b"b"]));
    }
}
