//! What is offered at the machine's addresses, where the policy says, as they come and go.

use crate::discovery::DiscoveryService;
use crate::interfaces::Policy;
use crate::listeners::Listeners;
use crate::netbios::NetbiosService;
use crate::vpn::VpnService;

pub(crate) struct Offered {
    pub(crate) listeners: Listeners,
    pub(crate) netbios: NetbiosService,
    pub(crate) discovery: DiscoveryService,
    pub(crate) vpn: Option<VpnService>,
}

impl Offered {
    /// Has everything be where the policy says and the machine has addresses by now.
    pub(crate) async fn follow(&mut self, policy: &Policy) {
        // An address that comes back at once would be taken still, and tried again only after a while.
        self.listeners.closed().await;
        self.netbios.closed().await;
        self.listeners.follow(policy);
        self.netbios.follow(policy);
        // It is where files are served.
        self.discovery.follow(policy);
        if let Some(vpn) = &mut self.vpn {
            vpn.follow(policy).await;
        }
    }

    /// Whether something could not be had that is worth another try.
    pub(crate) fn again(&self) -> bool {
        let vpn = self.vpn.as_ref().is_some_and(|vpn| vpn.again);
        self.listeners.again || self.netbios.again() || self.discovery.again() || vpn
    }

    /// Nobody comes any more, and whoever has to takes leave.
    pub(crate) async fn stop(mut self) {
        self.listeners.stop();
        let vpn = async {
            if let Some(vpn) = self.vpn {
                vpn.stop().await;
            }
        };
        tokio::join!(self.netbios.stop(), self.discovery.stop(), vpn);
    }
}
