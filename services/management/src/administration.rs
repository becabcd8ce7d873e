use lanward_auth::{AcceptorConfig, Accounts};
use lanward_server::GroupsOf;
use std::sync::Arc;

/// What the interfaces change and read beyond the server's live lists: what is kept when the server ends.
#[derive(Clone, Default)]
pub struct Administration {
    /// How clients prove who they are to an association; without it only the session of their pipe says so.
    pub authentication: Option<Authentication>,
}

/// Whom clients may prove to be.
#[derive(Clone)]
pub struct Authentication {
    /// Where names are looked up.
    pub accounts: Arc<dyn Accounts + Send + Sync>,
    /// Which groups accounts belong to.
    pub groups_of: Arc<GroupsOf>,
    /// What the server says of itself.
    pub acceptor: AcceptorConfig,
}
