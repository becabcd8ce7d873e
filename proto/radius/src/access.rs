use crate::attribute::{AttributeType, put, put_number};
use crate::hidden::hide;
use crate::microsoft::{MicrosoftType, put_microsoft};
use crate::packet::{Authenticator, Code, Secret, build};
use lanward_ppp::authentication::{AuthenticationRequest, MsChapV2Proof, Proof};
use std::net::{IpAddr, Ipv4Addr};

/// What a server of dial-in says of itself and of one call, with every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nas {
    /// NAS-Identifier: its name.
    pub identifier: String,
    /// NAS-IP-Address: the address it is dialled at, if that is one of IPv4.
    pub address: Option<Ipv4Addr>,
    /// NAS-Port: a number of the call.
    pub port: u32,
    /// Called-Station-Id: where the call came to.
    pub called: Option<IpAddr>,
    /// Calling-Station-Id and Tunnel-Client-Endpoint: where it came from.
    pub calling: IpAddr,
}

impl Nas {
    /// RFC 2865, 5.6, 5.7 and 5.41; RFC 2868, 3.1.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        const FRAMED: u32 = 2;
        const PPP: u32 = 1;
        const VIRTUAL: u32 = 5;
        const PPTP: u32 = 1;
        put(out, AttributeType::NAS_IDENTIFIER, self.identifier.as_bytes());
        if let Some(address) = self.address {
            put(out, AttributeType::NAS_IP_ADDRESS, &address.octets());
        }
        put_number(out, AttributeType::NAS_PORT, self.port);
        put_number(out, AttributeType::NAS_PORT_TYPE, VIRTUAL);
        put_number(out, AttributeType::SERVICE_TYPE, FRAMED);
        put_number(out, AttributeType::FRAMED_PROTOCOL, PPP);
        put_number(out, AttributeType::TUNNEL_TYPE, PPTP);
        if let Some(called) = self.called {
            put(out, AttributeType::CALLED_STATION_ID, called.to_string().as_bytes());
        }
        put(out, AttributeType::CALLING_STATION_ID, self.calling.to_string().as_bytes());
        put(out, AttributeType::TUNNEL_CLIENT_ENDPOINT, self.calling.to_string().as_bytes());
    }
}

/// RFC 2865, 4.1 Access-Request: whether somebody may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// Who asks.
    pub nas: Nas,
    /// Who wants to come in, and what proves it.
    pub request: Box<AuthenticationRequest>,
    /// What the server said in a challenge before, if it did.
    pub state: Option<Vec<u8>>,
}

/// Ident in Microsoft's attributes. What is answered has it, too, and nobody else sees it.
pub(crate) const IDENT: u8 = 1;

impl AccessRequest {
    /// The packet. `authenticator` must be random.
    #[must_use]
    pub fn encode(&self, identifier: u8, authenticator: &[u8; 16], secret: &Secret) -> Vec<u8> {
        let mut attributes = Vec::new();
        put(&mut attributes, AttributeType::USER_NAME, &self.request.name);
        self.nas.put(&mut attributes);
        if let Some(state) = &self.state {
            put(&mut attributes, AttributeType::STATE, state);
        }
        put_proof(&mut attributes, &self.request.proof, secret, authenticator);
        build(Code::ACCESS_REQUEST, identifier, Authenticator::Random(authenticator), &attributes, secret)
    }
}

fn put_proof(out: &mut Vec<u8>, proof: &Proof, secret: &Secret, authenticator: &[u8; 16]) {
    match proof {
        Proof::Pap { password } => {
            let password = password.get(..LONGEST_PASSWORD).unwrap_or(password);
            put(out, AttributeType::USER_PASSWORD, &hide(password, secret, authenticator));
        }
        Proof::ChapMd5 { identifier, challenge, response } => {
            put(out, AttributeType::CHAP_PASSWORD, &[&[*identifier][..], response].concat());
            put(out, AttributeType::CHAP_CHALLENGE, challenge);
        }
        Proof::MsChapV1 { challenge, lm_response, nt_response } => {
            let flags = u8::from(nt_response.is_some());
            let value = [&[IDENT, flags][..], lm_response, &nt_response.unwrap_or_default()].concat();
            put_microsoft(out, MicrosoftType::MS_CHAP_CHALLENGE, challenge);
            put_microsoft(out, MicrosoftType::MS_CHAP_RESPONSE, &value);
        }
        Proof::MsChapV2(proof) => {
            let MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response } = proof;
            let value = [&[IDENT, 0][..], peer_challenge, &[0; 8], nt_response].concat();
            put_microsoft(out, MicrosoftType::MS_CHAP_CHALLENGE, authenticator_challenge);
            put_microsoft(out, MicrosoftType::MS_CHAP2_RESPONSE, &value);
        }
        Proof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
            const CODE: u8 = 7;
            const PASSWORD_CODE: u8 = 6;
            const PART: usize = 240;
            let MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response } = proof;
            put_microsoft(out, MicrosoftType::MS_CHAP_CHALLENGE, authenticator_challenge);
            for (sequence, part) in (1_u16..).zip(encrypted_password.chunks(PART)) {
                let value = [&[PASSWORD_CODE, IDENT][..], &sequence.to_be_bytes(), part].concat();
                put_microsoft(out, MicrosoftType::MS_CHAP_NT_ENC_PW, &value);
            }
            let value = [&[CODE, IDENT][..], encrypted_hash, peer_challenge, &[0; 8], nt_response, &[0; 2]];
            put_microsoft(out, MicrosoftType::MS_CHAP2_CPW, &value.concat());
        }
    }
}

/// RFC 2865, 5.2.
const LONGEST_PASSWORD: usize = 128;
