//! Mailslots over datagrams ([MS-MAIL]): second class, which nobody answers.

use crate::{Datagrams, Received, Recipient, Subnet};
use lanward_netbios::NetbiosName;
use lanward_server::{MailslotMessage, MailslotOrigin, NetbiosAddress, Server};
use lanward_smb1::{MailslotWrite, Text};
use lanward_wire::CodePage;
use std::io;

/// Second-class mailslots.
const SECOND_CLASS: u16 = 2;

/// Puts what arrives into the mailslots it is for, until nothing arrives any more; what is for none is dropped ([MS-MAIL] 3.2.5.1).
pub async fn deliver(server: &Server, datagrams: &mut Datagrams) {
    while let Some(datagram) = datagrams.next().await {
        if let Err(error) = put(server, &datagram) {
            tracing::debug!(from = %datagram.from, source = ?datagram.source, error, "a datagram is dropped");
        }
    }
}

fn put(server: &Server, datagram: &Received) -> Result<(), &'static str> {
    let write = MailslotWrite::decode(&datagram.data, Text::default());
    let write = write.map_err(|_| "it writes to no mailslot")?;
    let origin = MailslotOrigin::Datagram {
        source: address(datagram.source),
        destination: address(datagram.destination),
        peer: datagram.from.into(),
        local: datagram.subnet.attachment().address.into(),
    };
    let message = MailslotMessage { data: write.data.to_vec(), origin };
    if server.mailslots().write(&write.name, message) {
        Ok(())
    } else {
        Err("there is no such mailslot, or it is full")
    }
}

/// Writes to a mailslot of whoever has a name.
///
/// # Errors
/// Those of [`Subnet::send_datagram`].
pub(crate) async fn write(
    subnet: &Subnet,
    (source, destination): (NetbiosName, NetbiosName),
    to: Recipient,
    name: &str,
    data: &[u8],
) -> io::Result<()> {
    let write = MailslotWrite { priority: 1, class: SECOND_CLASS, name: name.into(), data };
    subnet.send_datagram(source, destination, to, &write.to_bytes(Text::default())).await
}

fn address(name: NetbiosName) -> NetbiosAddress {
    let text = String::from_utf16_lossy(&CodePage::default().decode(name.name()));
    NetbiosAddress { name: text, suffix: name.suffix() }
}
