//! Which protocol an SMB_COM_NEGOTIATE leads to ([MS-SMB2] 3.3.5.3, [MS-CIFS] 3.3.5.42): what the client offers and the zone allows.

use lanward_server::Zone;
use lanward_smb1::Dialect;
use lanward_smb2::{Dialect as Smb2Dialect, MultiProtocolNegotiate};
use lanward_wire::{Decode, Reader};
use std::net::SocketAddr;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// SMB 2.0.2, or by the wildcard any later dialect.
    Smb2 {
        wildcard: bool,
    },
    Smb1,
}

/// The SMB1 dialects of a zone, the oldest and the newest; `None` where SMB1 is not spoken. Those that know no users are spoken only where shares
/// have passwords.
pub(crate) fn smb1_dialects(zone: &Zone) -> Option<(Dialect, Dialect)> {
    let allowed = |dialect: &Dialect| {
        let numbered = (zone.min_dialect..=zone.max_dialect).contains(&dialect.number());
        numbered && (zone.share_level || *dialect >= Dialect::LanMan1)
    };
    let mut allowed = Dialect::ALL.into_iter().filter(allowed);
    let oldest = allowed.next()?;
    Some((oldest, allowed.next_back().unwrap_or(oldest)))
}

/// Chooses for one negotiation. An error ends the connection; where it is for want of SMB1 the log says what would allow it.
pub(crate) fn choose(zone: &Zone, peer: SocketAddr, message: &[u8]) -> Result<Choice, &'static str> {
    let request =
        MultiProtocolNegotiate::decode(&mut Reader::new(message)).map_err(|_| "malformed SMB1 message")?;
    let old = Smb2Dialect::V2_0_2.revision();
    if request.offers(MultiProtocolNegotiate::SMB_2_WILDCARD) && zone.max_dialect >= old {
        return Ok(Choice::Smb2 { wildcard: true });
    }
    if request.offers(MultiProtocolNegotiate::SMB_2_002)
        && (zone.min_dialect..=zone.max_dialect).contains(&old)
    {
        return Ok(Choice::Smb2 { wildcard: false });
    }
    if smb1_dialects(zone).is_some() {
        return Ok(Choice::Smb1);
    }
    match request.dialects().filter_map(Dialect::of_name).max() {
        Some(offered) => {
            let users = if offered < Dialect::LanMan1 { " with share-level = true" } else { "" };
            let allow = format!("min-dialect = {:?}{users}", offered.name());
            tracing::info!(%peer, zone = zone.name, allow, "Refused SMB1: this setting of its zone would allow it");
        }
        None => tracing::info!(%peer, zone = zone.name, "Refused a client of no dialect that is served here"),
    }
    Err("SMB1 is not served here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_wire::Writer;

    fn chosen(min_dialect: u16, max_dialect: u16, offered: &[&[u8]]) -> Result<Choice, &'static str> {
        let mut message = Vec::new();
        MultiProtocolNegotiate::encode_request(offered, &mut Writer::new(&mut message));
        let zone = Zone { min_dialect, max_dialect, ..Zone::default() };
        choose(&zone, "127.0.0.1:9".parse().unwrap(), &message)
    }

    #[test]
    fn smb1_is_the_last_choice_and_of_its_zone_only() {
        const NT: &[u8] = b"NT LM 0.12";
        let (old, any) = (MultiProtocolNegotiate::SMB_2_002, MultiProtocolNegotiate::SMB_2_WILDCARD);
        let nt = Dialect::NtLm.number();
        let wildcard = Ok(Choice::Smb2 { wildcard: true });
        let refused = Err("SMB1 is not served here");
        assert_eq!(chosen(0x0210, 0x0311, &[NT, old, any]), wildcard);
        assert_eq!(chosen(0x0210, 0x0311, &[NT, old]), refused);
        assert_eq!(chosen(0x0202, 0x0311, &[NT, old]), Ok(Choice::Smb2 { wildcard: false }));
        assert_eq!(chosen(0x0202, 0x0311, &[NT]), refused);
        assert_eq!(chosen(nt, 0x0311, &[NT, old, any]), wildcard);
        assert_eq!(chosen(nt, 0x0311, &[NT]), Ok(Choice::Smb1));
        assert_eq!(chosen(nt, nt, &[NT, old, any]), Ok(Choice::Smb1));
        assert_eq!(chosen(0x0210, 0x0311, &[b"nonsense"]), refused);
    }

    #[test]
    fn a_zone_names_its_oldest_and_newest_dialect() {
        let of =
            |min_dialect, max_dialect| smb1_dialects(&Zone { min_dialect, max_dialect, ..Zone::default() });
        assert_eq!(of(0x0210, 0x0311), None);
        assert_eq!(of(Dialect::NtLm.number(), 0x0311), Some((Dialect::NtLm, Dialect::NtLm)));
        assert_eq!(of(0x0100, Dialect::LanMan21.number()), Some((Dialect::LanMan1, Dialect::LanMan21)));
        let zone = Zone { min_dialect: 0x0100, share_level: true, ..Zone::default() };
        assert_eq!(smb1_dialects(&zone), Some((Dialect::Core, Dialect::NtLm)));
    }
}
