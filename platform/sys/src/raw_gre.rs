use crate::read::last_error;
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// Packets received or sent at once.
pub const GRE_BATCH: usize = 32;

/// The longest packet with its IP header that is received whole, in bytes. Nothing that is well meant is longer.
pub const GRE_MAX: usize = 2048;

/// IPPROTO_GRE
const GRE: i32 = 47;

/// What the kernel may keep for us until it is read, in bytes.
const BUFFER: usize = 2 << 20;

/// All packets of enhanced GRE ([RFC 2637] 4.1) that come to this machine, and a way to send such. Needs CAP_NET_RAW to open, nothing afterwards.
#[derive(Debug)]
pub struct GreSocket(OwnedFd);

impl GreSocket {
    /// Opens it. Reading and writing never wait.
    ///
    /// # Errors
    /// The system's; PERM without CAP_NET_RAW.
    pub fn open() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(GRE)))?;
        // Until the filter is there everything is let in: nothing is read before.
        socket.attach_filter(&filter())?;
        socket.set_nonblocking(true)?;
        if socket.set_recv_buffer_size(BUFFER).is_err() || socket.set_send_buffer_size(BUFFER).is_err() {
            // The kernel's usual ones do, with more loss.
        }
        let off: libc::c_int = libc::IP_PMTUDISC_DONT;
        // SAFETY: the descriptor is open, and the option is an int of the length that is told.
        let done = unsafe {
            let length = libc::socklen_t::try_from(size_of_val(&off)).unwrap_or(0);
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_IP,
                libc::IP_MTU_DISCOVER,
                (&raw const off).cast(),
                length,
            )
        };
        if done != 0 {
            return Err(last_error().into());
        }
        Ok(Self(socket.into()))
    }

    /// One that another process opened.
    #[must_use]
    pub const fn from_descriptor(socket: OwnedFd) -> Self {
        Self(socket)
    }

    /// Takes what is there, at most [`GRE_BATCH`] packets, in place of what `batch` held.
    ///
    /// # Errors
    /// The system's; AGAIN when there is nothing.
    pub fn receive(&self, batch: &mut GreReceived) -> io::Result<()> {
        batch.count = 0;
        let mut parts = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; GRE_BATCH];
        // SAFETY: an mmsghdr is plain data, for which zeroes are a value.
        let mut heads: [libc::mmsghdr; GRE_BATCH] = unsafe { std::mem::zeroed() };
        for ((part, head), buffer) in parts.iter_mut().zip(&mut heads).zip(batch.buffers.iter_mut()) {
            *part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
            head.msg_hdr.msg_iov = part;
            head.msg_hdr.msg_iovlen = 1;
        }
        let count = libc::c_uint::try_from(GRE_BATCH).unwrap_or(0);
        // SAFETY: each of the `count` headers describes one buffer of its own, all of which live across the call.
        let got = unsafe {
            libc::recvmmsg(
                self.0.as_raw_fd(),
                heads.as_mut_ptr(),
                count,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(got) = usize::try_from(got) else { return Err(last_error().into()) };
        for (length, head) in batch.lengths.iter_mut().zip(&heads).take(got) {
            let cut = head.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
            *length = if cut { 0 } else { usize::try_from(head.msg_len).unwrap_or(0) };
        }
        batch.count = got.min(GRE_BATCH);
        Ok(())
    }

    /// Sends packets, each from and to an address. Answers how many went; the rest found no room, or the first of them cannot be sent.
    ///
    /// # Errors
    /// The system's, of the first packet.
    pub fn send(&self, packets: &[GreSend<'_>]) -> io::Result<usize> {
        let packets = packets.get(..GRE_BATCH).unwrap_or(packets);
        let mut parts = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; GRE_BATCH];
        // SAFETY: all three are plain data, for which zeroes are a value.
        let mut peers: [libc::sockaddr_in; GRE_BATCH] = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        let mut sources: [Control; GRE_BATCH] = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        let mut heads: [libc::mmsghdr; GRE_BATCH] = unsafe { std::mem::zeroed() };
        let room = parts.iter_mut().zip(&mut peers).zip(&mut sources).zip(&mut heads);
        for (packet, (((part, peer), source), head)) in packets.iter().zip(room) {
            *part = libc::iovec {
                iov_base: packet.bytes.as_ptr().cast_mut().cast(),
                iov_len: packet.bytes.len(),
            };
            peer.sin_family = libc::sa_family_t::try_from(libc::AF_INET).unwrap_or(0);
            peer.sin_addr.s_addr = u32::from_ne_bytes(packet.to.octets());
            source.set(packet.from);
            let head = &mut head.msg_hdr;
            head.msg_name = (&raw mut *peer).cast();
            head.msg_namelen = libc::socklen_t::try_from(size_of::<libc::sockaddr_in>()).unwrap_or(0);
            head.msg_iov = part;
            head.msg_iovlen = 1;
            head.msg_control = (&raw mut *source).cast();
            head.msg_controllen = size_of::<Control>() as _;
        }
        let count = libc::c_uint::try_from(packets.len()).unwrap_or(0);
        // SAFETY: `count` headers describe a packet, an address and a control message each, which live across the call and are only read.
        let sent =
            unsafe { libc::sendmmsg(self.0.as_raw_fd(), heads.as_mut_ptr(), count, libc::MSG_DONTWAIT) };
        usize::try_from(sent).map_err(|_| last_error().into())
    }
}

impl AsFd for GreSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for GreSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A packet to send: what stands behind its IP header.
#[derive(Debug, Clone, Copy)]
pub struct GreSend<'a> {
    /// The address of this machine it comes from.
    pub from: Ipv4Addr,
    /// Where it goes.
    pub to: Ipv4Addr,
    /// The GRE header and what follows.
    pub bytes: &'a [u8],
}

/// Packets that came.
#[derive(Debug)]
pub struct GreReceived {
    buffers: Box<[[u8; GRE_MAX]; GRE_BATCH]>,
    lengths: [usize; GRE_BATCH],
    count: usize,
}

impl Default for GreReceived {
    fn default() -> Self {
        Self { buffers: Box::new([[0; GRE_MAX]; GRE_BATCH]), lengths: [0; GRE_BATCH], count: 0 }
    }
}

/// A packet that came.
#[derive(Debug)]
pub struct GrePacket<'a> {
    /// From where.
    pub from: Ipv4Addr,
    /// To which address of this machine.
    pub to: Ipv4Addr,
    /// The GRE header and what follows.
    pub bytes: &'a mut [u8],
}

impl GreReceived {
    /// Packets that came, broken ones among them.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The packets; `None` for those longer than [`GRE_MAX`] or without a whole IP header.
    pub fn packets(&mut self) -> impl Iterator<Item = Option<GrePacket<'_>>> {
        let whole = self.buffers.iter_mut().zip(self.lengths).take(self.count);
        whole.map(|(buffer, length)| parse(buffer.get_mut(..length)?))
    }
}

/// Takes the IP header off, which the kernel has checked already.
fn parse(packet: &mut [u8]) -> Option<GrePacket<'_>> {
    let head = packet.first_chunk::<20>()?;
    let length = usize::from(head[0] & 0x0f) * 4;
    let four = |at: usize| Ipv4Addr::new(head[at], head[at + 1], head[at + 2], head[at + 3]);
    let (from, to) = (four(12), four(16));
    let bytes = packet.get_mut(length..).filter(|_| length >= 20)?;
    Some(GrePacket { from, to, bytes })
}

/// Version 1 with the protocol type of PPP, behind an IP header of any length. Flags are judged by whoever parses the packet.
fn filter() -> [SockFilter; 6] {
    const LOAD_HEADER_LENGTH: u16 = 0xb1;
    const LOAD_WORD_BEHIND: u16 = 0x40;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    [
        SockFilter::new(LOAD_HEADER_LENGTH, 0, 0, 0),
        SockFilter::new(LOAD_WORD_BEHIND, 0, 0, 0),
        SockFilter::new(AND, 0, 0, 0x0007_ffff /* version and protocol type */),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, 0x0001_880b),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

/// One control message with the address to send from (ip(7), IP_PKTINFO).
#[repr(C)]
struct Control {
    head: libc::cmsghdr,
    information: libc::in_pktinfo,
}

impl Control {
    fn set(&mut self, from: Ipv4Addr) {
        self.head.cmsg_len = (size_of::<libc::cmsghdr>() + size_of::<libc::in_pktinfo>()) as _;
        self.head.cmsg_level = libc::IPPROTO_IP;
        self.head.cmsg_type = libc::IP_PKTINFO;
        self.information.ipi_spec_dst.s_addr = u32::from_ne_bytes(from.octets());
    }
}

#[cfg(test)]
mod tests {
    use super::{GRE_BATCH, GRE_MAX, GreReceived, GreSend, GreSocket, parse};
    use std::net::Ipv4Addr;

    #[test]
    fn headers_that_lead_nowhere() {
        assert!(parse(&mut [0x45; 19]).is_none());
        assert!(parse(&mut [0x44; 20]).is_none(), "a header of 16 bytes");
        assert!(parse(&mut [0x4f; 59]).is_none(), "a header behind the end");
        let mut packet = [0x46; 30];
        packet[12..16].copy_from_slice(&[10, 0, 0, 1]);
        let read = parse(&mut packet).unwrap();
        assert_eq!((read.from, read.bytes.len()), (Ipv4Addr::new(10, 0, 0, 1), 6));
    }

    fn received(socket: &GreSocket, batch: &mut GreReceived) -> Vec<Option<(Ipv4Addr, Ipv4Addr, Vec<u8>)>> {
        if socket.receive(batch).is_err() {
            return Vec::new();
        }
        batch.packets().map(|packet| packet.map(|p| (p.from, p.to, p.bytes.to_vec()))).collect()
    }

    #[test]
    fn batches_go_and_come() {
        if !crate::own_network() {
            return;
        }
        let (one, other) = (Ipv4Addr::new(127, 0, 0, 7), Ipv4Addr::new(127, 0, 0, 8));
        let socket = GreSocket::open().unwrap();
        let mut batch = GreReceived::default();
        assert_eq!(socket.receive(&mut batch).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        let packets: Vec<[u8; 9]> = (0..40).map(|n| [0x30, 0x01, 0x88, 0x0b, 0, 1, 0, 7, n]).collect();
        let sends: Vec<_> = packets.iter().map(|p| GreSend { from: one, to: other, bytes: p }).collect();
        assert_eq!(socket.send(&sends).unwrap(), GRE_BATCH);
        assert_eq!(socket.send(&sends[GRE_BATCH..]).unwrap(), 8);
        // The loopback hands them over at once.
        let mut all = received(&socket, &mut batch);
        assert_eq!((all.len(), batch.count()), (GRE_BATCH, GRE_BATCH));
        all.extend(received(&socket, &mut batch));
        let sent: Vec<_> = packets.iter().map(|p| Some((one, other, p.to_vec()))).collect();
        assert_eq!(all, sent);
        assert!(received(&socket, &mut batch).is_empty());

        // Other tunnels' packets are not ours, and what is far too long is told and not shown.
        let long = vec![0x30, 0x01, 0x88, 0x0b].into_iter().chain(vec![0; GRE_MAX]).collect::<Vec<u8>>();
        let plain = [0x00, 0x00, 0x08, 0x00, 0, 0, 0, 0];
        let version0 = [0x30, 0x00, 0x88, 0x0b, 0, 0, 0, 0];
        for bytes in [&plain[..], &version0, &long, &packets[0]] {
            assert_eq!(socket.send(&[GreSend { from: one, to: other, bytes }]).unwrap(), 1);
        }
        assert_eq!(received(&socket, &mut batch), [None, sent[0].clone()]);
        let nowhere = GreSend { from: Ipv4Addr::new(192, 0, 2, 1), to: other, bytes: &plain };
        assert!(socket.send(&[nowhere]).is_err(), "an address that is not ours");
    }
}
