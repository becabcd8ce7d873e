//! The service on addresses of the loopback.

use crate::wsd::{Request, Wanted};
use crate::{Attachment, Config, Discovery, Subnet};
use lanward_nt::{FileTime, Guid, Sid};
use lanward_server::{Identity, Server, Settings, Zone};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

const PROBE: &str = concat!(
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" ",
    "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" ",
    "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><s:Header>",
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:1</a:MessageID>",
    "</s:Header><s:Body><d:Probe/></s:Body></s:Envelope>"
);

fn server(zone: Zone) -> Arc<Server> {
    let identity = Identity {
        name: "BOX".into(),
        workgroup: "LAB".into(),
        comment: String::new(),
        guid: Guid([3; 16]),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    let settings = Settings { default_zone: Arc::new(zone), ..Settings::default() };
    Server::new(identity, settings, FileTime(0))
}

/// A service at an address of the loopback, and where it hears questions and requests for metadata.
fn discovery(address: [u8; 4], zone: Zone) -> (Arc<Discovery>, SocketAddr, SocketAddr) {
    let server = server(zone);
    let config = Config { port: 0, http_port: 0, ..Config::new(&server, "1") };
    let discovery = Discovery::new(server, config);
    let subnet = Subnet { address: Ipv4Addr::from(address).into(), prefix: 8 };
    let failed = discovery.attach(&[Attachment { interface: "lo".into(), index: 1, subnets: vec![subnet] }]);
    assert!(failed.is_empty(), "{failed:?}");
    let addresses = discovery.addresses();
    (discovery, addresses[0], addresses[1])
}

async fn answer(socket: &UdpSocket) -> Option<String> {
    let mut buffer = [0; 8192];
    let received = tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut buffer)).await.ok()?;
    Some(String::from_utf8(buffer[..received.unwrap()].to_vec()).unwrap())
}

async fn post(to: SocketAddr, path: &str, message: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n\r\n",
        message.len()
    );
    stream.write_all(&[head.as_bytes(), message.as_bytes()].concat()).await.unwrap();
    let mut answer = String::new();
    // Who is not served may find the connection reset.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn who_asks_is_told_where_and_then_what() {
    let (discovery, questions, metadata) = discovery([127, 0, 11, 2], Zone::default());
    let socket = UdpSocket::bind("127.0.11.3:0").await.unwrap();
    socket.send_to(PROBE.as_bytes(), questions).await.unwrap();
    let said = answer(&socket).await.unwrap();
    let path = format!("/{}", discovery.config().host.endpoint);
    assert!(said.contains(&format!("http://{metadata}{path}")), "{said}");
    let action = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe";
    let get = PROBE.replace(action, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get");
    assert_eq!(Request::parse(get.as_bytes()).unwrap().wanted, Wanted::Get);
    let told = post(metadata, &path, &get).await;
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n") && told.contains("BOX/Workgroup:LAB"), "{told}");
    assert!(post(metadata, "/other", &get).await.starts_with("HTTP/1.1 404 "));
    assert!(post(metadata, &path, PROBE).await.starts_with("HTTP/1.1 400 "));
    discovery.stop().await;
    assert!(TcpStream::connect(metadata).await.is_err());
}

#[tokio::test]
async fn where_no_zone_has_it_nobody_is_heard() {
    let zone = Zone { discovery: false, ..Zone::default() };
    let (_discovery, questions, metadata) = discovery([127, 0, 12, 2], zone);
    let socket = UdpSocket::bind("127.0.12.3:0").await.unwrap();
    socket.send_to(PROBE.as_bytes(), questions).await.unwrap();
    assert_eq!(post(metadata, "/", "").await, "");
    assert_eq!(answer(&socket).await, None);
}
