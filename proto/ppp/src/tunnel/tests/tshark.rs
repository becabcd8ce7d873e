//! Another dissector reads all that both ends say.

use std::process::{Command, Stdio};

use super::*;
use crate::oracle::Sent;

const SERVER_IP: [u8; 4] = [192, 0, 2, 1];
const CLIENT_IP: [u8; 4] = [192, 0, 2, 2];

/// Packets as a capture of raw IP (link type 101), TCP with the numbers a real one would have.
fn capture(network: &Network) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0002_0004, 0, 0, 65535, 101] {
        file.extend(if word == 0x0002_0004 { [0, 2, 0, 4] } else { word.to_be_bytes() });
    }
    let mut sequences = [1u32, 1];
    for (at, place, sent) in &network.sent {
        let (source, destination) =
            if *place == SERVER { (SERVER_IP, CLIENT_IP) } else { (CLIENT_IP, SERVER_IP) };
        let (protocol, payload) = match sent {
            Sent::Gre(packet) => (47, packet.clone()),
            Sent::Tcp(octets) => {
                let ports = if *place == SERVER { [1723u16, 40000] } else { [40000, 1723] };
                let mut segment: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
                segment.extend(sequences[*place].to_be_bytes());
                segment.extend(sequences[place ^ 1].to_be_bytes());
                segment.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
                segment.extend(octets);
                sequences[*place] += u32::try_from(octets.len()).unwrap();
                (6, segment)
            }
        };
        let total = u16::try_from(20 + payload.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend(total.to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
        packet.extend(source);
        packet.extend(destination);
        packet.extend(payload);
        let len = u32::from(total).to_be_bytes();
        file.extend(u32::try_from(at.as_secs()).unwrap().to_be_bytes());
        file.extend(at.subsec_micros().to_be_bytes());
        file.extend([len, len].concat());
        file.extend(packet);
    }
    file
}

#[test]
fn tshark_finds_nothing_wrong_with_what_is_sent() {
    let missing =
        Command::new("tshark").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if missing.is_err() {
        eprintln!("skipped: tshark is not installed");
        return;
    }
    let mut network = running();
    for _ in 0..5 {
        assert!(passes(&mut network));
    }
    network.run(network.now + secs(200), |_| false);
    let call = network.ends[CLIENT].call.unwrap();
    network.call(CLIENT, |tunnel, now, rng, out| tunnel.close_call(call, CloseReason::Local, now, rng, out));
    network.run(network.now + secs(60), |_| false);
    let path = std::env::temp_dir().join(format!("lanward-ppp-{}.pcap", std::process::id()));
    std::fs::write(&path, capture(&network)).unwrap();
    let read = |filter: &str| {
        let mut command = Command::new("tshark");
        command.arg("-r").arg(&path).args(["-Y", filter]).stdin(Stdio::null());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let wrong = read("_ws.malformed || (_ws.expert.severity >= 0x600000)");
    let dissected = [
        "pptp",
        "gre",
        "lcp",
        "chap",
        "ccp",
        "ipcp",
        "comp_data",
        "pptp.control_message_type == 5",
        "pptp.control_message_type == 12",
        "gre.ack_number && !gre.sequence_number",
    ]
    .map(|filter| (filter, read(filter).lines().count()));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(wrong, "", "malformed");
    assert!(dissected.iter().all(|(_, count)| *count > 0), "{dissected:?}");
}
