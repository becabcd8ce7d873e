use super::der::{OBJECT_IDENTIFIER, SEQUENCE, tlv};

/// A mechanism an initiator and an acceptor can agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mech {
    /// 1.3.6.1.4.1.311.2.2.10
    Ntlmssp,
    /// 1.2.840.113554.1.2.2
    Kerberos,
    /// 1.2.840.48018.1.2.2, Kerberos as Windows 2000 misspelt it and as Windows still prefers it
    MsKerberos,
    /// 1.2.840.113554.1.2.2.3
    KerberosUserToUser,
    /// 1.3.6.1.4.1.311.2.2.30
    NegoEx,
    /// Any other: the contents octets of its OBJECT IDENTIFIER.
    Other(Vec<u8>),
}

const NTLMSSP: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10];
const NEGOEX: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30];
const KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2];
const MS_KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2];
const KERBEROS_USER_TO_USER: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3];

impl Mech {
    /// From the contents octets of an OBJECT IDENTIFIER.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Self {
        match oid {
            NTLMSSP => Self::Ntlmssp,
            NEGOEX => Self::NegoEx,
            KERBEROS => Self::Kerberos,
            MS_KERBEROS => Self::MsKerberos,
            KERBEROS_USER_TO_USER => Self::KerberosUserToUser,
            other => Self::Other(other.to_vec()),
        }
    }

    /// The contents octets of its OBJECT IDENTIFIER.
    #[must_use]
    pub fn oid(&self) -> &[u8] {
        match self {
            Self::Ntlmssp => NTLMSSP,
            Self::NegoEx => NEGOEX,
            Self::Kerberos => KERBEROS,
            Self::MsKerberos => MS_KERBEROS,
            Self::KerberosUserToUser => KERBEROS_USER_TO_USER,
            Self::Other(oid) => oid,
        }
    }

    pub(super) fn der(&self) -> Vec<u8> {
        tlv(OBJECT_IDENTIFIER, self.oid())
    }
}

/// RFC 4178 4.1 MechTypeList in DER: what a mechListMIC is over.
#[must_use]
pub fn mech_list_der(mechs: &[Mech]) -> Vec<u8> {
    tlv(SEQUENCE, &mechs.iter().flat_map(Mech::der).collect::<Vec<u8>>())
}
