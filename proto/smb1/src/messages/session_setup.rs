use super::Capabilities;
use crate::{Body, Command, Message, MessageWriter, Text};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Writer};

/// [MS-CIFS] 2.2.4.53.1 SMB_COM_SESSION_SETUP_ANDX Request, with [MS-SMB] 2.2.4.6.1 and the form of LAN Manager
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionSetupAndxRequest<'a> {
    /// Longest message the client takes.
    pub max_buffer_size: u16,
    /// Requests at once.
    pub max_mpx_count: u16,
    /// 0: the client's only connection.
    pub vc_number: u16,
    /// The SessionKey of the negotiation.
    pub session_key: u32,
    /// What the client can; nothing in the form of LAN Manager.
    pub capabilities: Capabilities,
    /// Whom the client acts for, and the proof.
    pub proof: SessionProof<'a>,
    /// NativeOS
    pub native_os: NtString,
    /// NativeLanMan
    pub native_lan_man: NtString,
}

/// How a client proves whom it acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionProof<'a> {
    /// 10 words: one password.
    LanMan {
        /// A response to the challenge, or the password itself.
        password: &'a [u8],
        /// AccountName
        account: NtString,
        /// PrimaryDomain, which the oldest do not send.
        domain: NtString,
    },
    /// 13 words: two responses, or one password in Unicode.
    Nt {
        /// OEMPassword
        oem_password: &'a [u8],
        /// UnicodePassword
        unicode_password: &'a [u8],
        /// AccountName
        account: NtString,
        /// PrimaryDomain
        domain: NtString,
    },
    /// 12 words: SPNEGO.
    Extended {
        /// SecurityBlob
        security_blob: &'a [u8],
    },
}

impl Default for SessionProof<'_> {
    fn default() -> Self {
        Self::Extended { security_blob: &[] }
    }
}

/// [MS-CIFS] 2.2.4.53.2 SMB_COM_SESSION_SETUP_ANDX Response, with [MS-SMB] 2.2.4.6.2
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionSetupAndxResponse<'a> {
    /// Bit 0: as a guest. Bit 1: signed with the LM session key.
    pub action: u16,
    /// SPNEGO's answer, where that is spoken.
    pub security_blob: Option<&'a [u8]>,
    /// NativeOS
    pub native_os: NtString,
    /// NativeLanMan
    pub native_lan_man: NtString,
    /// PrimaryDomain, which extended security does not tell.
    pub primary_domain: NtString,
}

/// Bytes of the words behind those of AndX in the three forms.
const LAN_MAN: usize = 16;
const EXTENDED: usize = 20;

impl<'a> Message<'a> for SessionSetupAndxRequest<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let form = body.words.remaining();
        let r = &mut body.words;
        let mut request = Self {
            max_buffer_size: r.u16("MaxBufferSize")?,
            max_mpx_count: r.u16("MaxMpxCount")?,
            vc_number: r.u16("VcNumber")?,
            session_key: r.u32("SessionKey")?,
            ..Self::default()
        };
        let first = usize::from(r.u16("PasswordLen")?);
        let second = if form > EXTENDED { usize::from(r.u16("UnicodePasswordLen")?) } else { 0 };
        r.skip(4, "Reserved")?;
        if form > LAN_MAN {
            request.capabilities = Capabilities::from_bits_retain(r.u32("Capabilities")?);
        }
        let (r, text) = (&mut body.bytes, body.text);
        let first = r.bytes(first, "OEMPassword")?;
        let second = r.bytes(second, "UnicodePassword")?;
        let mut next = |field| text.read(r, field);
        request.proof = match form {
            EXTENDED => SessionProof::Extended { security_blob: first },
            ..=LAN_MAN => SessionProof::LanMan {
                password: first,
                account: next("AccountName")?,
                domain: next("PrimaryDomain")?,
            },
            _ => SessionProof::Nt {
                oem_password: first,
                unicode_password: second,
                account: next("AccountName")?,
                domain: next("PrimaryDomain")?,
            },
        };
        request.native_os = next("NativeOS")?;
        request.native_lan_man = next("NativeLanMan")?;
        Ok(request)
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let words = |w: &mut Writer<'_>| {
            w.u16(self.max_buffer_size);
            w.u16(self.max_mpx_count);
            w.u16(self.vc_number);
            w.u32(self.session_key);
            match &self.proof {
                SessionProof::LanMan { password, .. } => w.u16(crate::body::short(password.len())),
                SessionProof::Nt { oem_password, unicode_password, .. } => {
                    w.u16(crate::body::short(oem_password.len()));
                    w.u16(crate::body::short(unicode_password.len()));
                }
                SessionProof::Extended { security_blob } => w.u16(crate::body::short(security_blob.len())),
            }
            w.u32(0);
            if !matches!(self.proof, SessionProof::LanMan { .. }) {
                w.u32(self.capabilities.bits());
            }
        };
        w.body(command, words, |w, text| {
            match &self.proof {
                SessionProof::LanMan { password, account, domain } => {
                    w.bytes(password);
                    strings(w, text, &[account, domain]);
                }
                SessionProof::Nt { oem_password, unicode_password, account, domain } => {
                    w.bytes(oem_password);
                    w.bytes(unicode_password);
                    strings(w, text, &[account, domain]);
                }
                SessionProof::Extended { security_blob } => w.bytes(security_blob),
            }
            strings(w, text, &[&self.native_os, &self.native_lan_man]);
        });
    }
}

fn strings(w: &mut Writer<'_>, text: Text, strings: &[&NtString]) {
    strings.iter().for_each(|string| text.write(string, w));
}

impl<'a> Message<'a> for SessionSetupAndxResponse<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let action = r.u16("Action")?;
        let length = if r.is_empty() { None } else { Some(r.u16("SecurityBlobLength")?) };
        let (r, text) = (&mut body.bytes, body.text);
        let security_blob = length.map(|length| r.bytes(length.into(), "SecurityBlob")).transpose()?;
        let mut next = |field| text.read(r, field);
        let (native_os, native_lan_man) = (next("NativeOS")?, next("NativeLanMan")?);
        let primary_domain = if length.is_none() { next("PrimaryDomain")? } else { NtString::default() };
        Ok(Self { action, security_blob, native_os, native_lan_man, primary_domain })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let words = |w: &mut Writer<'_>| {
            w.u16(self.action);
            if let Some(blob) = self.security_blob {
                w.u16(crate::body::short(blob.len()));
            }
        };
        w.body(command, words, |w, text| {
            w.bytes(self.security_blob.unwrap_or_default());
            strings(w, text, &[&self.native_os, &self.native_lan_man]);
            if self.security_blob.is_none() {
                strings(w, text, &[&self.primary_domain]);
            }
        });
    }
}
