use crate::read::last_error;
use crate::rtnetlink;
use rustix::fs::{Mode, OFlags, open};
use std::ffi::CStr;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// A network interface whose packets this process makes and takes, one IP packet at a time, without a header in front.
#[derive(Debug)]
pub struct Tun {
    device: OwnedFd,
    name: String,
}

impl Tun {
    /// An interface of this name, or of the first free one where it has a `%d` in it. It is gone when the last copy of its descriptor is closed.
    /// Reading and writing never wait.
    ///
    /// # Errors
    /// The system's: PERM without CAP_NET_ADMIN, BUSY when somebody has it, NOENT when there is no such device.
    pub fn create(name: &str) -> io::Result<Self> {
        if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains(['\0', '/', ' ']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no name for an interface"));
        }
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let device = open("/dev/net/tun", flags, Mode::empty())?;
        // SAFETY: an ifreq is plain data, for which zeroes are a value.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
            *to = from.cast_signed();
        }
        let kind = libc::IFF_TUN | libc::IFF_NO_PI;
        request.ifr_ifru.ifru_flags = i16::try_from(kind).unwrap_or(0);
        // SAFETY: the descriptor is open, and TUNSETIFF reads and writes one ifreq.
        if unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF, &raw mut request) } != 0 {
            return Err(last_error().into());
        }
        // SAFETY: the kernel ends the name with NUL, within the IFNAMSIZ bytes that are there.
        let name = unsafe { CStr::from_ptr(request.ifr_name.as_ptr()) }.to_string_lossy().into_owned();
        Ok(Self { device, name })
    }

    /// An interface made by another process.
    #[must_use]
    pub const fn from_descriptor(device: OwnedFd, name: String) -> Self {
        Self { device, name }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives it an address, the length of its longest packets in bytes, and brings it up. Needs CAP_NET_ADMIN.
    ///
    /// # Errors
    /// The system's.
    pub fn configure(&self, address: Ipv4Addr, prefix: u8, mtu: u32) -> io::Result<()> {
        let index = rtnetlink::interface_index(&self.name)?;
        rtnetlink::set_link(index, mtu)?;
        rtnetlink::add_address(index, address, prefix)
    }

    /// The next packet that is to leave through it.
    ///
    /// # Errors
    /// The system's; AGAIN when there is none, IO while the interface is down.
    pub fn receive(&self, packet: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(&self.device, packet)?)
    }

    /// Hands a packet to the system as one that came in through it.
    ///
    /// # Errors
    /// The system's; INVAL for what is no packet.
    pub fn send(&self, packet: &[u8]) -> io::Result<()> {
        rustix::io::write(&self.device, packet)?;
        Ok(())
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

impl AsRawFd for Tun {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.device.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::Tun;
    use std::net::{Ipv4Addr, UdpSocket};

    #[test]
    fn names_that_are_none() {
        for name in ["", "sixteen-octets-x", "a/b", "a b", "a\0b"] {
            assert!(Tun::create(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn packets_leave_and_come_in() {
        if !crate::own_network() {
            return;
        }
        let tun = Tun::create("lan%d").unwrap();
        assert_eq!(tun.name(), "lan0");
        let own = Ipv4Addr::new(10, 98, 0, 1);
        tun.configure(own, 24, 1400).unwrap();
        let there = crate::subnets().unwrap();
        assert!(
            there.iter().any(|s| s.interface == "lan0" && s.address == own && s.prefix == 24),
            "{there:?}"
        );

        let socket = UdpSocket::bind((own, 7000)).unwrap();
        socket.send_to(b"out", (Ipv4Addr::new(10, 98, 0, 9), 7001)).unwrap();
        let mut packet = [0; 1500];
        let out = loop {
            // The system sends of its own accord, too (IPv6 router solicitations).
            let n = tun.receive(&mut packet).unwrap();
            if packet[0] >> 4 == 4 && packet[9] == 17 {
                break packet[..n].to_vec();
            }
        };
        assert_eq!(out[28..], *b"out");
        // Back it goes with addresses and ports exchanged, which changes no checksum.
        let mut back = out;
        for (a, b, n) in [(12, 16, 4), (20, 22, 2)] {
            for i in 0..n {
                back.swap(a + i, b + i);
            }
        }
        tun.send(&back).unwrap();
        let (n, from) = socket.recv_from(&mut packet).unwrap();
        assert_eq!((&packet[..n], from.port()), (&b"out"[..], 7001));
        assert!(tun.send(&[0xff; 3]).is_err(), "what is no packet is refused");
    }
}
