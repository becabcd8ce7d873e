//! A printer that prints whatever comes in by a connection.

use crate::Trouble;
use crate::destination::Address;
use lanward_server::Claim;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a printer may take to answer the call.
const CONNECT: Duration = Duration::from_secs(15);

/// How long it may take no byte. Printers stop for paper; they are asked again later.
const STALL: Duration = Duration::from_secs(180);

/// How long it may take to hang up once it has all.
const HANG_UP: Duration = Duration::from_secs(60);

/// Bytes sent at once.
const PIECE: usize = 256 << 10;

pub(crate) async fn connect(address: &Address) -> Result<TcpStream, Trouble> {
    let shown = address.to_string();
    match timeout(CONNECT, TcpStream::connect((address.host.as_str(), address.port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(Trouble::later(&shown, error)),
        Err(_) => Err(Trouble::Later(format!("{shown} does not answer"))),
    }
}

/// Sends a job. It is printed when the printer has taken the last byte, which it says by hanging up in good order: what becomes of it there nobody
/// tells. Answers what is not known where it does not, and the job is not sent again.
pub(crate) async fn print(address: &Address, claim: &Claim, data: File) -> Result<Option<String>, Trouble> {
    let mut stream = connect(address).await?;
    send(&mut stream, claim, data).await?;
    let shown = address.to_string();
    // Printers talk back (status in their job language); nobody listens, but they must be able to.
    let mut ignored = [0; 1024];
    let quiet = async {
        stream.shutdown().await?;
        loop {
            match stream.read(&mut ignored).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    };
    Ok(match timeout(HANG_UP, quiet).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            Some(format!("all was sent, and {shown} broke off before it said that it had it: {error}"))
        }
        Err(_) => Some(format!("all was sent, and {shown} has not hung up: it may still be at it")),
    })
}

/// Sends all bytes of a job, and tells how far that is.
pub(crate) async fn send(stream: &mut TcpStream, claim: &Claim, data: File) -> Result<(), Trouble> {
    let (data, mut piece, mut sent) = (Arc::new(data), vec![0; PIECE], 0_u64);
    loop {
        let file = Arc::clone(&data);
        let read =
            tokio::task::spawn_blocking(move || (&*file).read(&mut piece).map(|length| (piece, length)));
        let read = read.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let length;
        (piece, length) = read.map_err(|error| Trouble::later("the spool", error))?;
        if length == 0 {
            return Ok(());
        }
        let written = timeout(STALL, stream.write_all(&piece[..length])).await;
        let written =
            written.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "takes no more")));
        written.map_err(|error| Trouble::later("sending to the printer", error))?;
        sent += length as u64;
        claim.progress(sent, None);
    }
}
