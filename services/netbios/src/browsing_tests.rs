//! A browser as another computer on its subnet sees it.

use crate::mailslot::write;
use crate::tests::{Host, config, name, open};
use crate::{Browsing, Recipient, browse, deliver};
use lanward_netbios::NetbiosName;
use lanward_netbios::browser::{Announcement, BrowserConfig, BrowserFrame, server_type};
use lanward_server::{BrowserRole, NoServers};
use lanward_smb1::{MailslotWrite, Text};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::net::{IpAddr, SocketAddrV4};
use tokio_util::sync::CancellationToken;

/// The next frame that one of the peer's names gets, and from where.
async fn next_frame(host: &mut Host) -> (BrowserFrame, NetbiosName, SocketAddrV4) {
    loop {
        let datagram = host.datagrams.next().await.unwrap();
        let message = MailslotWrite::decode(&datagram.data, Text::default()).unwrap();
        assert_eq!((message.class, message.name), (2, "\\MAILSLOT\\BROWSE".into()));
        let frame = BrowserFrame::decode(&mut Reader::new(message.data)).unwrap();
        if *datagram.from.ip() != host.subnet().attachment().address {
            return (frame, datagram.destination, datagram.from);
        }
    }
}

#[tokio::test]
async fn a_browser_becomes_master_and_lists_who_announces_itself() {
    let mut first = Host::new([127, 0, 30, 2], config("FIRST"), open());
    let mut peer = Host::new([127, 0, 30, 3], first.ports(config("PEER")), open());
    let browsers = name("LAB", NetbiosName::BROWSERS);
    assert_eq!(peer.subnet().claim(browsers, true).await, Ok(()));
    assert_eq!(peer.subnet().claim(name("PEER", 0), false).await, Ok(()));

    let (server, netbios) = (first.server.clone(), first.netbios.clone());
    let stop = CancellationToken::new();
    let browsing = Browsing::new(&server, (10, 0));
    let config = BrowserConfig { preferred_master: true, ..browsing.config };
    let browsing = Browsing { config, ..browsing };
    let running = async {
        tokio::select! {
            () = deliver(&server, &mut first.datagrams) => {}
            () = browse(&netbios, &server, browsing, stop.clone()) => {}
        }
    };
    let watching = async {
        let mut elections = 0;
        let master = loop {
            match next_frame(&mut peer).await {
                (BrowserFrame::RequestElection(election), to, _) => {
                    assert_eq!((election.name.as_str(), to), ("BOX", browsers));
                    elections += 1;
                }
                (BrowserFrame::LocalMasterAnnouncement(said), _, from) => {
                    assert!(said.name == "BOX" && said.server_type & server_type::MASTER_BROWSER != 0);
                    break from;
                }
                (other, ..) => panic!("{other:?}"),
            }
        };
        assert_eq!(elections, 4);
        let said = Announcement {
            name: "PEER".into(),
            periodicity: 60_000,
            server_type: 0x1003,
            comment: "a peer".into(),
            ..Announcement::default()
        };
        let (from, to) = (name("PEER", 0), name("LAB", NetbiosName::LOCAL_MASTER));
        let subnet = peer.subnet();
        let host = Recipient::Host(master);
        let say = async |frame: BrowserFrame| {
            write(&subnet, (from, to), host, "\\MAILSLOT\\BROWSE", &frame.to_bytes()).await.unwrap();
        };
        say(BrowserFrame::HostAnnouncement(said)).await;
        say(BrowserFrame::GetBackupListRequest { requested_count: 4, token: 77 }).await;
        let answer = loop {
            if let (answer @ BrowserFrame::GetBackupListResponse { .. }, to, _) = next_frame(&mut peer).await
            {
                assert_eq!(to, from);
                break answer;
            }
        };
        assert_eq!(answer, BrowserFrame::GetBackupListResponse { token: 77, servers: vec!["BOX".into()] });
        // Frames are taken in their order, so the announcement has been heard.
        let list = server.browse_list();
        let at = IpAddr::from([127, 0, 30, 2]);
        let names: Vec<_> =
            list.entries(false, Some(at)).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!((names, list.role()), (vec!["BOX".into(), "PEER".into()], Some(BrowserRole::Master)));
        stop.cancel();
        // It says goodbye, and gives the name to whoever wants it.
        loop {
            if let (BrowserFrame::RequestElection(election), ..) = next_frame(&mut peer).await {
                assert_eq!((election.criteria, election.name.as_str()), (0, ""));
                break;
            }
        }
    };
    tokio::join!(running, watching);
    assert_eq!(server.browse_list().entries(false, None), Err(NoServers::NoBrowser));
}
