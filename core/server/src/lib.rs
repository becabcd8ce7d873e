//! What the server is: the shared lists of [MS-SRVS] 3.1.1 (shares, sessions, tree connects, opens, transports), who may use what, and
//! the named pipes. Dialect engines and management views meet here; nothing here knows wire bytes or sockets.
//!
//! Ownership runs downwards: a connection's engine owns its [`Session`]s, a session its [`TreeConnect`]s, a tree connect its [`Open`]s. The
//! server's lists only point at them, so dropping an owner empties the lists, and every count with them.

mod accounts;
mod anonymous;
mod audit;
mod browse_list;
mod capture;
mod connection;
mod device;
mod dfs;
mod durable;
mod events;
mod floor;
mod identity;
mod lanman;
mod leases;
#[cfg(test)]
mod live_model;
mod mailslots;
mod memory_shares;
mod netbios;
mod open;
mod pipe;
mod printing;
mod protection;
mod rates;
mod registry;
mod roll_call;
mod server;
mod service_state;
mod session;
mod session_slots;
mod settings;
mod share;
mod share_security;
mod share_store;
mod snapshots;
mod statistics;
#[cfg(test)]
mod tests;
mod told;
mod totals;
mod transport;
mod tree_connect;
mod unix_users;
mod user;
mod weakness;
mod zone;

pub use accounts::{
    AccountBook, AccountChange, AccountControl, AccountStore, Alias, AliasDomain, Attempt, DialIn,
    DialInProof, DialInRefusal, Directory, DomainPolicy, Draft, FIRST_RID, Group, Kept, LogonHours,
    LogonsFrom, NothingKept, PRIVILEGES, PasswordFault, PasswordProperties, Principal, Privilege,
    RID_ADMINISTRATORS, RID_GUEST, RID_NONE, Rights, SystemAccess, UserAccount, check_complexity,
    privilege_by_luid, privilege_by_name,
};
pub use anonymous::{Act, NullPipePreset, NullSessions, RestrictAnonymous};
pub use audit::Audit;
pub use browse_list::{BrowseEntry, BrowseList, BrowserRole, NetworkList, NoServers};
pub use capture::{Capture, CaptureFilter, CaptureTaker, Captured, CapturedFrame, CapturedKeys};
pub use connection::{ConnectionEntry, Refusal};
pub use device::{
    CommDevice, CommPolicy, CommPort, DeviceOpen, Flow, Line, LineCommand, LineCounts, LineSettings,
    LineStatus, LineTiming, LineWork, ModemLines, Parity, ReadWait, StopBits,
};
pub use dfs::{DfsAnswer, DfsDomain, DfsLink, DfsNamespace};
pub use durable::{
    AppInstance, AppVersion, Caching, Duplicate, Durability, HeldLease, Keep, KeepRequest, KeptOpen,
    LeaseClaim, LockSequences, Origin, PendingCreate, PersistentReplay, Promise, Reconnect,
};
pub use events::{Entry, Event, EventRates, Record, Subject};
pub use floor::{Demand, Floor};
pub use identity::Identity;
pub use lanman::{LanmanAnswer, LanmanPipe, LanmanRequest, LanmanResponse, LanmanService};
pub use mailslots::{Mailslot, MailslotMessage, MailslotOrigin, Mailslots, NetbiosAddress};
pub use memory_shares::MemoryShares;
pub use netbios::{NetbiosSession, NetbiosSettings};
pub use open::{CreatedOpen, Open, OpenBody, OpenId};
pub use pipe::{
    Caller, Conversing, HeldOpen, Holding, PipeActivity, PipeInstance, PipeMode, PipeOpen, PipeOutlet,
    PipePeek, PipeRead, PipeRegistry, PipeService,
};
pub use printing::{
    Claim, Document, Job, JobChange, JobControl, JobId, JobStatus, JobWriter, KeptPrinter, MemorySpool,
    PrintAccess, PrintTotals, Printer, PrinterChange, PrinterControl, PrinterDefinition, PrinterState,
    Requester, Spool, SpoolFile,
};
pub use protection::{Authentication, Cipher, ConnectionProtection, SessionProtection, SigningAlgorithm};
pub use roll_call::RollCall;
pub use server::Server;
pub use session::{NewSession, Session};
pub use settings::{DialInNetwork, Limits, Settings};
pub use share::{Share, ShareCaching, ShareDefinition, ShareKind, ShareOrigin};
pub use share_store::{NewShare, ServerChange, ShareChange, ShareError, ShareStore, StoreAnswer};
pub use snapshots::Snapshots;
pub use statistics::Statistics;
pub use totals::{COMMANDS, Traffic};
pub use transport::Transport;
pub use tree_connect::TreeConnect;
pub use unix_users::UnixUsers;
pub use user::{User, UserKind};
pub use weakness::Weakness;
pub use zone::{Network, Zone};

use tree_connect::NETWORK_NAME_DELETED;
