use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// From client to server.
    Server,
    /// From server to client.
    Client,
}

/// What is done to each frame: its direction, its place among those of its direction, its bytes.
type Tamper = dyn Fn(Toward, usize, &mut Vec<u8>) + Send + Sync;

/// Somebody in the path between clients and a server, who sees whole frames and may change them.
#[derive(Debug)]
pub struct Proxy {
    /// Where clients connect.
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Stands between clients and `server`.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(
        server: SocketAddr,
        tamper: impl Fn(Toward, usize, &mut Vec<u8>) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let tamper: Arc<Tamper> = Arc::new(tamper);
        let thread = std::thread::spawn(move || {
            for client in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                if let Ok(client) = client {
                    join(client, server, &tamper).ok();
                }
            }
        });
        Ok(Self { address, stop, thread: Some(thread) })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener; it looks at `stop` then.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn join(client: TcpStream, server: SocketAddr, tamper: &Arc<Tamper>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    let (one, other) = (tamper.clone(), tamper.clone());
    std::thread::spawn(move || pump(from_client, server, Toward::Server, &*one));
    std::thread::spawn(move || pump(from_server, client, Toward::Client, &*other));
    Ok(())
}

/// Forwards frames until either end closes.
fn pump(mut from: TcpStream, mut to: TcpStream, toward: Toward, tamper: &Tamper) {
    let mut index = 0;
    while let Ok(mut frame) = read_frame(&mut from) {
        tamper(toward, index, &mut frame);
        index += 1;
        let length = u32::try_from(frame.len()).unwrap_or_default().to_be_bytes();
        if to.write_all(&[&length[..], &frame].concat()).is_err() {
            break;
        }
    }
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}

fn read_frame(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let [_, length @ ..] = head;
    let length = length.iter().fold(0, |sum, b| sum << 8 | usize::from(*b));
    let mut frame = vec![0; length];
    from.read_exact(&mut frame)?;
    Ok(frame)
}
