use super::{ICMP, Packet, checksum};
use std::net::Ipv4Addr;

/// [RFC 1191] 4: what tells the sender of a packet which may not be cut how long one may be. It comes from `from`, the end it did not reach.
pub(crate) fn too_big(packet: &Packet<'_>, mtu: u16, from: Ipv4Addr) -> Vec<u8> {
    let quoted = packet.payload.get(..8).unwrap_or(packet.payload);
    let mut message = vec![3, 4, 0, 0, 0, 0];
    message.extend(mtu.to_be_bytes());
    message.extend(packet.header);
    message.extend(quoted);
    let sum = checksum(&message).to_be_bytes();
    message[2..4].copy_from_slice(&sum);
    let length = u16::try_from(20 + message.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![0x45, 0xc0, length[0], length[1], 0, 0, 0, 0, 64, ICMP, 0, 0];
    bytes.extend(from.octets());
    bytes.extend(packet.source.octets());
    let sum = checksum(&bytes).to_be_bytes();
    bytes[10..12].copy_from_slice(&sum);
    bytes.extend(message);
    bytes
}

#[cfg(test)]
mod tests {
    use super::too_big;
    use crate::ip::tests::tcp;
    use crate::ip::{ICMP, Packet, checksum};
    use std::net::Ipv4Addr;

    #[test]
    fn the_sender_is_told_the_length_and_which_packet_it_was() {
        let (sender, client) = (Ipv4Addr::new(10, 99, 0, 1), Ipv4Addr::new(10, 99, 0, 10));
        let bytes = tcp(sender, client, 445, 0x10);
        let told = too_big(&Packet::parse(&bytes).unwrap(), 1276, client);
        let read = Packet::parse(&told).unwrap();
        assert_eq!((read.source, read.destination, read.protocol), (client, sender, ICMP));
        assert_eq!((checksum(read.header), checksum(read.payload)), (0, 0));
        assert_eq!(read.payload[..2], [3, 4]);
        assert_eq!(read.payload[6..8], 1276u16.to_be_bytes());
        assert_eq!(read.payload[8..], bytes[..28]);
    }
}
