/// A session of the connection.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// UID
    pub user_id: u16,
    /// Action: bit 0 as a guest, bit 1 by the LM response.
    pub action: u16,
    /// What server and client share; nothing for guests, nobody and whoever sent a password as it is.
    pub session_key: Option<[u8; 16]>,
    /// NativeOS
    pub native_os: String,
    /// NativeLanMan
    pub native_lan_man: String,
    /// PrimaryDomain
    pub primary_domain: String,
}

impl Session {
    /// SMB_SETUP_GUEST
    const GUEST: u16 = 0x0001;
    /// SMB_SETUP_USE_LANMAN_KEY
    const LAN_MAN_KEY: u16 = 0x0002;

    /// Whether the server took the user for a guest.
    #[must_use]
    pub const fn is_guest(&self) -> bool {
        self.action & Self::GUEST != 0
    }

    /// Whether it was the LM response that convinced the server.
    #[must_use]
    pub const fn is_lan_man_key(&self) -> bool {
        self.action & Self::LAN_MAN_KEY != 0
    }
}
