//! The crate `smb` as a client that compresses: `with-smb HOST:PORT USER SHARE`, the password in `SMB_PASSWORD`.
//! Prints `ok NAME` or `FAIL NAME why` for each case. It connects through a relay that counts what passes, so that a case can tell
//! whether anything was compressed.

use std::env;
use std::fmt::Debug;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use smb::connection::EncryptionMode;
use smb::{
    Client, ClientConfig, ConnectionConfig, CreateOptions, FileAccessMask, FileAttributes, FileCreateArgs, UncPath,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Outcome = Result<(), String>;

#[derive(Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
}

#[tokio::main]
async fn main() {
    let given: Vec<String> = env::args().collect();
    let [_, address, user, share] = given.as_slice() else {
        eprintln!("usage: with-smb HOST:PORT USER SHARE");
        return;
    };
    let Ok(password) = env::var("SMB_PASSWORD") else {
        eprintln!("SMB_PASSWORD is not set");
        return;
    };
    let modes = [("compressed", true, EncryptionMode::Allowed), ("compressed-sealed", true, EncryptionMode::Required)];
    for (name, compressed, mode) in modes.into_iter().chain([("plain", false, EncryptionMode::Allowed)]) {
        let check = read_and_write(address, user, &password, share, compressed, mode);
        match tokio::time::timeout(Duration::from_secs(60), check).await {
            Ok(Ok(())) => println!("ok smb-crate/{name}"),
            Ok(Err(why)) => println!("FAIL smb-crate/{name} {why}"),
            Err(_) => println!("FAIL smb-crate/{name} took more than a minute"),
        }
    }
}

fn said<E: Debug>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error:?}")
}

/// Text, a long run of one byte, and noise.
fn content() -> Vec<u8> {
    let mut content = b"The same line is written again and again. ".repeat(20_000);
    content.resize(content.len() + (1 << 20), 0);
    content.extend((0..10_000_u32).flat_map(|n| n.wrapping_mul(0x9E37_79B9).to_le_bytes()));
    content
}

async fn read_and_write(
    address: &str,
    user: &str,
    password: &str,
    share: &str,
    compressed: bool,
    encryption_mode: EncryptionMode,
) -> Outcome {
    let counts = Arc::new(Counts::default());
    let port = relay(address.to_owned(), counts.clone()).await.map_err(said("relay"))?;
    let connection = ConnectionConfig {
        port: Some(port),
        compression_enabled: compressed,
        encryption_mode,
        ..ConnectionConfig::default()
    };
    let client = Client::new(ClientConfig { dfs: false, connection, ..ClientConfig::default() });
    let path = UncPath::from_str(&format!(r"\\127.0.0.1\{share}")).map_err(said("path"))?;
    client.share_connect(&path, user, password.to_owned()).await.map_err(said("share_connect"))?;
    let content = content();
    let name = path.clone().with_path("with-smb");
    let arguments = FileCreateArgs::make_overwrite(FileAttributes::new(), CreateOptions::new());
    let file = client.create_file(&name, &arguments).await.map_err(said("create"))?.unwrap_file();
    let mut at = 0;
    while at < content.len() {
        at += file.write_block(&content[at..], at as u64, None).await.map_err(said("write"))?;
    }
    file.close().await.map_err(said("close"))?;
    let arguments = FileCreateArgs::make_open_existing(FileAccessMask::new().with_generic_read(true).with_delete(true));
    let file = client.create_file(&name, &arguments).await.map_err(said("open"))?.unwrap_file();
    let mut back = vec![0; content.len()];
    let mut at = 0;
    while at < back.len() {
        let end = back.len().min(at + (1 << 20));
        match file.read_block(&mut back[at..end], at as u64, None, false).await.map_err(said("read"))? {
            0 => break,
            n => at += n,
        }
    }
    file.close().await.map_err(said("close"))?;
    if back != content {
        return Err("what was read is not what was written".to_owned());
    }
    let (up, down) = (counts.up.load(Ordering::Relaxed), counts.down.load(Ordering::Relaxed));
    let limit = content.len() as u64 / 4;
    match compressed {
        // The noise alone is 40,000 bytes.
        true if down > limit || up > limit => Err(format!("{up} bytes up and {down} down: nothing was compressed")),
        false if down < content.len() as u64 => Err(format!("{down} bytes down: something was compressed")),
        _ => Ok(()),
    }
}

/// Passes connections to a port of its own on to `address`.
async fn relay(address: String, counts: Arc<Counts>) -> std::io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&address).await else { continue };
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            let (up, down) = (counts.clone(), counts.clone());
            tokio::spawn(pass(from_client, to_server, move |n| up.up.fetch_add(n, Ordering::Relaxed)));
            tokio::spawn(pass(from_server, to_client, move |n| down.down.fetch_add(n, Ordering::Relaxed)));
        }
    });
    Ok(port)
}

async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    count: impl Fn(u64) -> u64,
) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        count(n as u64);
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
}
