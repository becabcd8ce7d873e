//! A port of a terminal server, or of a device that speaks TCP itself: bytes as they are. How the line behind it is set cannot be seen or
//! changed: that is what RFC 2217 is for, which is not spoken.

use super::{CHUNK, OPENING, status_of};
use lanward_nt::NtStatus;
use lanward_server::{CommPort, Line, LineCommand, LineSettings, LineStatus, LineWork};
use std::io;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A TCP port by `host:port`. Each open is a connection of its own.
#[derive(Debug)]
pub struct TcpPort {
    address: String,
}

impl TcpPort {
    /// A port.
    #[must_use]
    pub const fn new(address: String) -> Self {
        Self { address }
    }
}

impl CommPort for TcpPort {
    fn open(&self) -> LineWork<'_, Box<dyn Line>> {
        Box::pin(async move {
            let connected = timeout(OPENING, TcpStream::connect(self.address.as_str())).await;
            let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            let stream = connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
            let stream = stream.map_err(|error| {
                tracing::warn!(address = self.address, %error, "A serial line cannot be reached");
                status_of(&error)
            })?;
            Ok(Box::new(TcpLine(stream)) as Box<dyn Line>)
        })
    }
}

struct TcpLine(TcpStream);

impl TcpLine {
    /// Takes what is there.
    fn try_read(&self, room: &mut [u8]) -> io::Result<usize> {
        match self.0.try_read(room) {
            Ok(0) => Err(io::ErrorKind::NotConnected.into()),
            read => read,
        }
    }
}

impl Line for TcpLine {
    fn read<'a>(&'a self, max: usize, out: &'a mut Vec<u8>) -> LineWork<'a, usize> {
        Box::pin(async move {
            let mut chunk = [0; CHUNK];
            loop {
                self.0.readable().await.map_err(|error| status_of(&error))?;
                match self.try_read(&mut chunk[..max.min(CHUNK)]) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(status_of(&error)),
                    Ok(count) => {
                        out.extend_from_slice(&chunk[..count]);
                        return Ok(count);
                    }
                }
            }
        })
    }

    fn write<'a>(&'a self, data: &'a [u8]) -> LineWork<'a, usize> {
        Box::pin(async move {
            loop {
                self.0.writable().await.map_err(|error| status_of(&error))?;
                match self.0.try_write(data) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    written => return written.map_err(|error| status_of(&error)),
                }
            }
        })
    }

    fn settings(&self) -> Result<LineSettings, NtStatus> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    fn set(&self, _: &LineSettings) -> Result<(), NtStatus> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    fn command(&self, command: LineCommand) -> Result<(), NtStatus> {
        if command != LineCommand::FlushInput {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        // As much as was there when this began, even if more comes meanwhile.
        let mut left = rustix::io::ioctl_fionread(&self.0).map_err(|error| status_of(&error.into()))?;
        let mut chunk = [0; CHUNK];
        while left > 0 {
            let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            let Ok(count) = self.try_read(&mut chunk[..most]) else { break };
            left -= count as u64;
        }
        Ok(())
    }

    fn status(&self) -> Result<LineStatus, NtStatus> {
        let input = rustix::io::ioctl_fionread(&self.0).map_err(|error| status_of(&error.into()))?;
        let output = lanward_sys::unacknowledged(&self.0).map_err(|error| status_of(&error))?;
        let input = u32::try_from(input).unwrap_or(u32::MAX);
        Ok(LineStatus { input, output: u32::try_from(output).unwrap_or(u32::MAX), ..LineStatus::default() })
    }
}
