//! What the server is called.

use super::Target;
use super::dialects::Dialects;
use super::report::Names;
use lanward_auth::ntlm::{AvPair, ChallengeMessage};
use lanward_client::{Connection, smb1};
use lanward_nt::NtString;

pub(super) fn ask(target: &Target, dialects: &Dialects) -> Names {
    let mut names = Names::default();
    if dialects.newest_smb2.is_some() {
        let challenge =
            Connection::connect(target.address, target.options()).and_then(|mut c| c.hear_challenge());
        challenge.iter().for_each(|challenge| names.hear(challenge));
        return names;
    }
    let Ok(mut connection) = smb1::Connection::connect(target.address, target.smb1_options()) else {
        return names;
    };
    if connection.negotiated().token.is_some() {
        connection.hear_challenge().iter().for_each(|challenge| names.hear(challenge));
    }
    let negotiated = connection.negotiated();
    let said = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    names.computer = names.computer.or(said(&negotiated.server_name));
    names.domain = names.domain.or(said(&negotiated.domain_name));
    names
}

impl Names {
    fn hear(&mut self, challenge: &ChallengeMessage) {
        let text = |name: &NtString| Some(name.to_string_lossy());
        for pair in &challenge.target_info.pairs {
            match pair {
                AvPair::NbComputerName(name) => self.computer = text(name),
                AvPair::NbDomainName(name) => self.domain = text(name),
                AvPair::DnsComputerName(name) => self.dns_computer = text(name),
                AvPair::DnsDomainName(name) => self.dns_domain = text(name),
                _ => {}
            }
        }
    }
}
