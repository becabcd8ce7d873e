//! Which dialects are spoken. Each is offered alone, so that no other stands in its way.

use super::Target;
use super::report::{Dialect, Signing, Smb1};
use lanward_client::{Connection, Options, smb1};
use lanward_nt::FileTime;
use lanward_smb1::messages::SecurityMode as Smb1SecurityMode;
use lanward_smb2::messages::SecurityMode;
use lanward_smb2::{Cipher, Dialect as Smb2Dialect, SigningAlgorithm};
use std::time::SystemTime;

/// What the negotiations came to.
#[derive(Debug, Default)]
pub(super) struct Dialects {
    pub(super) all: Vec<Dialect>,
    pub(super) ciphers: Vec<String>,
    pub(super) signing_algorithms: Vec<String>,
    pub(super) smb1: Option<Smb1>,
    pub(super) clock_skew_seconds: Option<i64>,
    /// The newest that is served, by which everything else is asked.
    pub(super) newest_smb2: Option<Smb2Dialect>,
    pub(super) newest_smb1: Option<lanward_smb1::Dialect>,
}

/// Every dialect of SMB 1, the newest first.
const SMB1: [lanward_smb1::Dialect; 6] = [
    lanward_smb1::Dialect::NtLm,
    lanward_smb1::Dialect::LanMan21,
    lanward_smb1::Dialect::LanMan2,
    lanward_smb1::Dialect::LanMan1,
    lanward_smb1::Dialect::CorePlus,
    lanward_smb1::Dialect::Core,
];

pub(super) fn ask(target: &Target) -> Dialects {
    let mut found = Dialects::default();
    for dialect in Smb2Dialect::ALL.into_iter().rev() {
        found.ask_smb2(target, dialect);
    }
    if found.newest_smb2 == Some(Smb2Dialect::V3_1_1) {
        found.ask_algorithms(target);
    }
    for dialect in SMB1 {
        found.ask_smb1(target, dialect);
    }
    found
}

impl Dialects {
    fn ask_smb2(&mut self, target: &Target, dialect: Smb2Dialect) {
        let mut entry = Dialect {
            name: format!("SMB {dialect}"),
            family: if dialect.is_smb3() { 3 } else { 2 },
            served: false,
            signing: Signing::Impossible,
            encryption: false,
        };
        let options = Options { dialects: vec![dialect], ..target.options() };
        if let Ok(connection) = Connection::connect(target.address, options) {
            let negotiated = connection.negotiated();
            let mode = negotiated.security_mode;
            entry.served = true;
            entry.signing = match () {
                () if mode.contains(SecurityMode::SIGNING_REQUIRED) => Signing::Required,
                () if mode.contains(SecurityMode::SIGNING_ENABLED) => Signing::Possible,
                () => Signing::Impossible,
            };
            entry.encryption = negotiated.cipher.is_some();
            self.note_time(negotiated.system_time);
            self.newest_smb2 = self.newest_smb2.max(Some(dialect));
        }
        self.all.push(entry);
    }

    /// A server chooses one of those offered; offered alone, it is chosen or it is not there.
    fn ask_algorithms(&mut self, target: &Target) {
        let only = || Options { dialects: vec![Smb2Dialect::V3_1_1], ..target.options() };
        for cipher in [Cipher::Aes256Gcm, Cipher::Aes128Gcm, Cipher::Aes256Ccm, Cipher::Aes128Ccm] {
            let options = Options { ciphers: vec![cipher], ..only() };
            let connection = Connection::connect(target.address, options);
            if connection.is_ok_and(|c| c.negotiated().cipher == Some(cipher)) {
                self.ciphers.push(cipher_name(cipher).to_owned());
            }
        }
        for algorithm in [SigningAlgorithm::AesGmac, SigningAlgorithm::AesCmac, SigningAlgorithm::HmacSha256]
        {
            let options = Options { signing_algorithms: vec![algorithm], ..only() };
            let connection = Connection::connect(target.address, options);
            if connection.is_ok_and(|c| c.negotiated().signing == Some(algorithm)) {
                self.signing_algorithms.push(algorithm_name(algorithm).to_owned());
            }
        }
    }

    fn ask_smb1(&mut self, target: &Target, dialect: lanward_smb1::Dialect) {
        let mut entry = Dialect {
            name: dialect.name().to_owned(),
            family: 1,
            served: false,
            signing: Signing::Impossible,
            encryption: false,
        };
        let options = smb1::Options { dialects: vec![dialect.name().to_owned()], ..target.smb1_options() };
        if let Ok(connection) = smb1::Connection::connect(target.address, options) {
            let negotiated = connection.negotiated();
            let mode = negotiated.security_mode;
            entry.served = true;
            entry.signing = match () {
                () if mode.contains(Smb1SecurityMode::SIGNATURES_REQUIRED) => Signing::Required,
                () if mode.contains(Smb1SecurityMode::SIGNATURES_ENABLED) => Signing::Possible,
                () => Signing::Impossible,
            };
            if dialect == lanward_smb1::Dialect::NtLm {
                self.note_time(negotiated.system_time);
            }
            let smb1 = Smb1 {
                user_level: mode.contains(Smb1SecurityMode::USER_SECURITY),
                plaintext_passwords: !mode.contains(Smb1SecurityMode::ENCRYPT_PASSWORDS),
                extended_security: negotiated.token.is_some(),
            };
            self.smb1.get_or_insert(smb1);
            self.newest_smb1 = self.newest_smb1.max(Some(dialect));
        }
        self.all.push(entry);
    }

    fn note_time(&mut self, time: FileTime) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let skew = time.to_unix().0 - FileTime::from_unix_duration(since).to_unix().0;
        if time.0 != 0 {
            self.clock_skew_seconds.get_or_insert(skew);
        }
    }
}

const fn cipher_name(cipher: Cipher) -> &'static str {
    match cipher {
        Cipher::Aes128Ccm => "AES-128-CCM",
        Cipher::Aes128Gcm => "AES-128-GCM",
        Cipher::Aes256Ccm => "AES-256-CCM",
        Cipher::Aes256Gcm => "AES-256-GCM",
    }
}

const fn algorithm_name(algorithm: SigningAlgorithm) -> &'static str {
    match algorithm {
        SigningAlgorithm::HmacSha256 => "HMAC-SHA256",
        SigningAlgorithm::AesCmac => "AES-CMAC",
        SigningAlgorithm::AesGmac => "AES-GMAC",
    }
}
