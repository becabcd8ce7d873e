//! The rows of the catalogue that are octets, from the table that is also sent to a whole server over sockets (`interop/suites/dial_in_catalogue.py`):
//! here those of the control connection and of GRE. Rows of frames have tests beside the link.

use super::*;
use crate::gre::GreDrop;
use crate::octets::octets;

struct Row {
    name: &'static str,
    place: &'static str,
    what: &'static str,
    says: Vec<&'static str>,
    then: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("catalogue.csv").lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, place, what, says, then] = fields[..] else { panic!("{line}") };
        Row { name, place, what, says: says.split_whitespace().collect(), then }
    };
    lines.map(row).collect()
}

/// `Tn` with what is written over it and where it is cut, or octets.
fn message(text: &str) -> Vec<u8> {
    let Some(text) = text.strip_prefix('T') else { return octets(text) };
    let (text, len) = text.split_once('<').map_or((text, None), |(text, len)| (text, Some(len)));
    let mut patches = text.split('@');
    let mut bytes = bytes_of(Type(patches.next().unwrap().parse().unwrap()));
    for patch in patches {
        let (at, data) = patch.split_once('=').unwrap();
        let (at, data) = (at.parse::<usize>().unwrap(), octets(data));
        bytes[at..at + data.len()].copy_from_slice(&data);
    }
    bytes.truncate(len.map_or(bytes.len(), |len| len.parse().unwrap()));
    bytes
}

/// The type, and where it has them the result and the error.
fn described(message: &ControlMessage) -> String {
    let (kind, bytes) = (message.message_type().0, message.to_bytes());
    let result = match kind {
        2 | 13 => 14,
        4 => 12,
        6 | 8 | 10 => 16,
        _ => return kind.to_string(),
    };
    format!("{kind}/{}/{}", bytes[result], bytes[result + 1])
}

#[test]
fn control_connections_do_what_the_table_says() {
    let mut seen = 0;
    beside(|| {
        for row in rows() {
            let mut end = match row.place {
                "idle" => Alone::server(),
                "established" => Alone::established(),
                "called" => Alone::called(),
                _ => continue,
            };
            end.said();
            let stream: Vec<u8> = row.what.split(' ').flat_map(message).collect();
            let requests = |end: &Alone| {
                end.events.iter().filter(|event| matches!(event, TunnelEvent::CallRequested { .. })).count()
            };
            let before = requests(&end);
            end.tcp(&stream);
            if requests(&end) > before {
                end.accept();
            }
            let said: Vec<String> = end.said().iter().map(described).collect();
            assert_eq!(said, row.says, "{} {}", row.name, row.what);
            assert_eq!(end.closed().is_some(), row.then == "closes", "{} {}", row.name, row.what);
            seen += 1;
        }
    });
    assert!(seen > 80);
}

/// The packets of a row, for a call and the numbers it is at.
fn packets(row: &Row, numbers: &[(&str, u32, usize); 3]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for item in row.what.split('|') {
        let times = item.split_once('x').and_then(|(times, rest)| Some((times.parse::<usize>().ok()?, rest)));
        let (times, mut rest) = times.unwrap_or((1, item));
        let mut text = String::new();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap();
            let digits = name.find(['+', '-']).unwrap_or(name.len());
            let (_, value, size) = numbers.iter().find(|number| number.0 == &name[..digits]).unwrap();
            let by: i64 = name[digits..].parse().unwrap_or(0);
            let value = (i64::from(*value) + by).rem_euclid(1 << (8 * size));
            text.push_str(before);
            text.push_str(&format!("{value:0width$x}", width = 2 * size));
            rest = after;
        }
        text.push_str(rest);
        all.extend(vec![octets(&text); times]);
    }
    all
}

#[test]
fn packets_of_gre_do_what_the_table_says() {
    let mut seen = 0;
    for row in rows().iter().filter(|row| row.place == "gre") {
        let mut network = running();
        assert!(passes(&mut network));
        let sent = network.sent.iter().filter_map(|(_, from, sent)| match sent {
            crate::oracle::Sent::Gre(packet) if packet[0] & 0x10 != 0 => {
                Some((*from, u32::from_be_bytes(packet[8..12].try_into().unwrap())))
            }
            _ => None,
        });
        let last = sent.fold([0; 2], |mut last, (from, number)| {
            last[from] = number;
            last
        });
        let call_id = u32::from(Network::CALL_IDS[SERVER]);
        let numbers = [("call", call_id, 2), ("next", last[CLIENT] + 1, 4), ("sent", last[SERVER], 4)];
        let before = network.sent.len();
        for mut packet in packets(row, &numbers) {
            network.receive_gre(SERVER, &mut packet);
        }
        assert_eq!(network.sent.len() > before, !row.says.is_empty(), "{} {}", row.name, row.what);
        // The number that the row has used up is not used again.
        network.send(CLIENT, &echo_request(Network::ASSIGNED, OWN, 10));
        network.run(network.now + ms(500), |_| false);
        assert!(passes(&mut network), "{} {}", row.name, row.what);
        assert!(network.ends[SERVER].tunnel.drops().of(GreDrop::NoCall) < 10);
        seen += 1;
    }
    assert!(seen > 10);
}
