use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;
use lanward_auth::mschap::{AUTHENTICATOR_RESPONSE, ENCRYPTED_PASSWORD, MppeKeys, MsChapV2Proof};
use zeroize::Zeroizing;

/// Longest name of a peer, in bytes; packets with longer ones are dropped.
pub const LONGEST_NAME: usize = 256;

/// A method by which one side of a link proves who it is: the value of LCP's option 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// RFC 1334: the password in the clear. Cannot key MPPE.
    Pap,
    /// RFC 1994 with MD5. Cannot key MPPE.
    ChapMd5,
    /// RFC 2433: MS-CHAP, by which a server proves nothing.
    MsChapV1,
    /// RFC 2759: MS-CHAP of version 2.
    MsChapV2,
    /// RFC 3748, with MS-CHAPv2 in it.
    Eap,
}

impl Method {
    /// Every method, in the order in which they are preferred.
    pub const ALL: [Self; 5] = [Self::MsChapV2, Self::Eap, Self::MsChapV1, Self::ChapMd5, Self::Pap];

    /// What the value of LCP's option Authentication-Protocol (RFC 1661, 6.2) asks for; `None` for what is not known.
    #[must_use]
    pub fn of_option(value: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.option() == value)
    }

    /// The value of LCP's option Authentication-Protocol: a protocol and, of CHAP, an algorithm.
    #[must_use]
    pub const fn option(self) -> &'static [u8] {
        match self {
            Self::Pap => &[0xc0, 0x23],
            Self::ChapMd5 => &[0xc2, 0x23, 0x05],
            Self::MsChapV1 => &[0xc2, 0x23, 0x80],
            Self::MsChapV2 => &[0xc2, 0x23, 0x81],
            Self::Eap => &[0xc2, 0x27],
        }
    }

    /// The PPP protocol its packets come in; those of other authentication protocols are to be dropped.
    #[must_use]
    pub const fn protocol(self) -> u16 {
        match self {
            Self::Pap => 0xc023,
            Self::ChapMd5 | Self::MsChapV1 | Self::MsChapV2 => 0xc223,
            Self::Eap => 0xc227,
        }
    }

    /// Whether MPPE has keys after it.
    #[must_use]
    pub const fn keys_mppe(self) -> bool {
        matches!(self, Self::MsChapV1 | Self::MsChapV2 | Self::Eap)
    }
}

/// What somebody says to be let in, for whoever knows the accounts to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationRequest {
    /// The name as it was sent, in whatever characters, perhaps with a domain and a backslash in front.
    pub name: Vec<u8>,
    /// How it is proved.
    pub proof: Proof,
}

/// How a name is proved.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// The password itself.
    Pap {
        /// In whatever characters it was sent.
        password: Zeroizing<Vec<u8>>,
    },
    /// RFC 1994, 4.1: MD5 over the identifier, the password and the challenge.
    ChapMd5 {
        /// Identifier of the Challenge.
        identifier: u8,
        /// What was sent.
        challenge: [u8; 16],
        /// What came back.
        response: [u8; 16],
    },
    /// RFC 2433, 6.
    MsChapV1 {
        /// What was sent.
        challenge: [u8; 8],
        /// By the LM hash; zeros where the client does not use it.
        lm_response: [u8; 24],
        /// By the NT hash; `None` where the client says it is not to be used.
        nt_response: Option<[u8; 24]>,
    },
    /// RFC 2759, 4.
    MsChapV2(MsChapV2Proof),
    /// RFC 2759, 7: a new password with the proof that goes with it, after a refusal because the old one had expired.
    ChangePassword {
        /// Made with the new password's hash.
        proof: MsChapV2Proof,
        /// The new password under the old one's hash.
        encrypted_password: Box<[u8; ENCRYPTED_PASSWORD]>,
        /// The old password's hash under the new one's.
        encrypted_hash: [u8; 16],
    },
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pap { .. } => "Pap(..)",
            Self::ChapMd5 { .. } => "ChapMd5(..)",
            Self::MsChapV1 { .. } => "MsChapV1(..)",
            Self::MsChapV2(_) => "MsChapV2(..)",
            Self::ChangePassword { .. } => "ChangePassword(..)",
        })
    }
}

/// What whoever knows the accounts says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is who it says.
    Accepted(Box<Acceptance>),
    /// It is not let in.
    Refused {
        /// What the peer is told.
        error: MsChapError,
        /// Whether the peer may try again at once, if it has tries left.
        retry: bool,
    },
}

/// What goes with somebody who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// What proves to the peer that the server knows its password, which MS-CHAPv2 asks for
    /// ([`lanward_auth::mschap::authenticator_response`]).
    pub authenticator_response: Option<[u8; AUTHENTICATOR_RESPONSE]>,
    /// What MPPE starts with; `None` after methods without keys.
    pub keys: Option<MppeKeys>,
    /// What the peer gets.
    pub grant: Grant,
}

/// What somebody gets who dialled in. The default is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grant {
    /// Its address; without one IPv4 does not come up.
    pub address: Option<Ipv4Addr>,
    /// Name servers.
    pub dns: [Option<Ipv4Addr>; 2],
    /// NetBIOS name servers.
    pub wins: [Option<Ipv4Addr>; 2],
    /// How long it may stay.
    pub session_timeout: Option<Duration>,
    /// How long it may stay without sending anything.
    pub idle_timeout: Option<Duration>,
}

/// Why somebody is not let in, as MS-CHAP tells it (RFC 2759, 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MsChapError {
    /// ERROR_RESTRICTED_LOGON_HOURS
    RestrictedLogonHours,
    /// ERROR_ACCT_DISABLED
    AccountDisabled,
    /// ERROR_PASSWD_EXPIRED: a new password may follow.
    PasswordExpired,
    /// ERROR_NO_DIALIN_PERMISSION
    NoDialInPermission,
    /// ERROR_AUTHENTICATION_FAILURE
    AuthenticationFailure,
    /// ERROR_CHANGING_PASSWORD
    ChangingPassword,
    /// Any other.
    Other(u32),
}

impl MsChapError {
    const NUMBERS: [(u32, Self); 6] = [
        (646, Self::RestrictedLogonHours),
        (647, Self::AccountDisabled),
        (648, Self::PasswordExpired),
        (649, Self::NoDialInPermission),
        (691, Self::AuthenticationFailure),
        (709, Self::ChangingPassword),
    ];

    /// By the number after `E=`.
    #[must_use]
    pub fn of_number(number: u32) -> Self {
        let known = Self::NUMBERS.into_iter().find(|(n, _)| *n == number);
        known.map_or(Self::Other(number), |(_, error)| error)
    }

    /// The number after `E=`.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Other(number) => number,
            known => Self::NUMBERS.into_iter().find(|(_, e)| *e == known).map_or(691, |(number, _)| number),
        }
    }
}
