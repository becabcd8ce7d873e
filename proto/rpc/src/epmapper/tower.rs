use crate::{NdrReader, NdrWriter, SyntaxId};
use core::net::Ipv4Addr;
use lanward_nt::Guid;
use lanward_wire::{DecodeError, Reader, Writer};

/// [C706] appendix L: an interface, how its arguments are written, and where it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tower {
    /// The interface.
    pub interface: SyntaxId,
    /// The transfer syntax.
    pub transfer_syntax: SyntaxId,
    /// Where.
    pub transport: Transport,
}

/// The lower floors of a tower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// ncacn_np
    Pipe {
        /// `\PIPE\srvsvc`, without its terminator.
        path: Vec<u8>,
        /// `\\SERVER`, without its terminator.
        server: Vec<u8>,
    },
    /// ncacn_ip_tcp
    Tcp {
        /// The port; 0 in a question.
        port: u16,
        /// The server's address; 0.0.0.0 in a question.
        address: Ipv4Addr,
    },
    /// Any other.
    Other,
}

/// Longest tower that is looked at, in bytes.
const MAX_TOWER: usize = 2000;

const UUID: u8 = 0x0d;
const NCACN: u8 = 0x0b;
const TCP: u8 = 0x07;
const IP: u8 = 0x09;
const SMB: u8 = 0x0f;
const NETBIOS: u8 = 0x11;

impl Tower {
    /// What a twr_t points at.
    ///
    /// # Errors
    /// The bytes are no tower.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let count = r.count(1, "tower count")?;
        let length = r.u32("tower_length")?;
        if length != count {
            return Err(DecodeError::invalid("tower_length", "not the array's"));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_TOWER {
            return Err(DecodeError::invalid("tower_length", "too long"));
        }
        Self::from_octets(r.bytes(length, "tower_octet_string")?)
    }

    /// Appends what a twr_t points at.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        let octets = self.octets();
        w.count(octets.len());
        w.u32(u32::try_from(octets.len()).unwrap_or(u32::MAX));
        w.bytes(&octets);
    }

    fn from_octets(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(octets);
        let count = r.u16("floors")?;
        // Each floor takes at least 4 bytes of what is there.
        let floors = (0..count).map(|_| floor(&mut r)).collect::<Result<Vec<_>, _>>()?;
        let [interface, transfer_syntax, lower @ ..] = floors.as_slice() else {
            return Err(DecodeError::invalid("floors", "too few"));
        };
        let transport = match lower {
            [([NCACN], _), ([TCP], port), ([IP], address)] => Transport::Tcp {
                port: Reader::new(port).u16_be("port")?,
                address: Ipv4Addr::from(Reader::new(address).u32_be("address")?),
            },
            [([NCACN], _), ([SMB], path), ([NETBIOS], server)] => {
                Transport::Pipe { path: unterminated(path), server: unterminated(server) }
            }
            _ => Transport::Other,
        };
        Ok(Self { interface: syntax(*interface)?, transfer_syntax: syntax(*transfer_syntax)?, transport })
    }

    fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        let mut w = Writer::new(&mut octets);
        let lower = match &self.transport {
            Transport::Pipe { path, server } => {
                vec![(NCACN, vec![0, 0]), (SMB, terminated(path)), (NETBIOS, terminated(server))]
            }
            Transport::Tcp { port, address } => {
                vec![(NCACN, vec![0, 0]), (TCP, port.to_be_bytes().to_vec()), (IP, address.octets().to_vec())]
            }
            Transport::Other => Vec::new(),
        };
        w.u16(u16::try_from(lower.len().saturating_add(2)).unwrap_or(u16::MAX));
        for id in [&self.interface, &self.transfer_syntax] {
            w.u16(1 /* protocol */ + 16 /* UUID */ + 2 /* major version */);
            w.u8(UUID);
            w.bytes(&id.uuid.0);
            w.u16(id.major);
            w.u16(2 /* minor version */);
            w.u16(id.minor);
        }
        for (protocol, data) in lower {
            w.u16(1);
            w.u8(protocol);
            w.u16(u16::try_from(data.len()).unwrap_or(u16::MAX));
            w.bytes(&data);
        }
        octets
    }
}

/// The protocol with its data, and the address with its data.
type Floor<'a> = (&'a [u8], &'a [u8]);

fn floor<'a>(r: &mut Reader<'a>) -> Result<Floor<'a>, DecodeError> {
    let mut half = || {
        let length = r.u16("floor")?;
        r.bytes(length.into(), "floor")
    };
    Ok((half()?, half()?))
}

fn syntax((left, right): Floor<'_>) -> Result<SyntaxId, DecodeError> {
    let mut r = Reader::new(left);
    if r.u8("floor protocol")? != UUID {
        return Err(DecodeError::invalid("floor protocol", "no UUID"));
    }
    let uuid = Guid(r.array("floor UUID")?);
    Ok(SyntaxId { uuid, major: r.u16("floor version")?, minor: Reader::new(right).u16("floor version")? })
}

fn unterminated(text: &[u8]) -> Vec<u8> {
    text.split(|b| *b == 0).next().unwrap_or_default().to_vec()
}

fn terminated(text: &[u8]) -> Vec<u8> {
    [text, &[0]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    /// [C706] appendix L's layout, with the interface of the server service on a pipe and on a port.
    #[test]
    fn towers_as_they_are_sent() {
        let upper = "1300 0d c84f324b7016d30112785a47bf6ee188 0300 0200 0000
            1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 0100 0b 0200 0000";
        let tcp = hex(&format!("0500 {upper} 0100 07 0200 c002 0100 09 0400 0a000001"));
        let pipe = hex(&format!("0500 {upper} 0100 0f 0600 5c5049504500 0100 11 0300 5c5c00"));
        let tower = |transport| Tower {
            interface: crate::srvsvc::INTERFACE,
            transfer_syntax: SyntaxId::NDR,
            transport,
        };
        let cases = [
            (tcp, tower(Transport::Tcp { port: 49154, address: Ipv4Addr::new(10, 0, 0, 1) })),
            (pipe, tower(Transport::Pipe { path: b"\\PIPE".to_vec(), server: b"\\\\".to_vec() })),
        ];
        for (octets, tower) in cases {
            assert_eq!(Tower::from_octets(&octets), Ok(tower.clone()));
            assert_eq!(tower.octets(), octets);
            for cut in 0..octets.len() {
                assert!(Tower::from_octets(&octets[..cut]).is_err());
            }
        }
    }
}
