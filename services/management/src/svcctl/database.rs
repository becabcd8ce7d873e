//! The service records ([MS-SCMR] 3.1.1). Their states are read off the live server.

use super::error;
use super::open::{MANAGER_RIGHTS, SERVICE_RIGHTS, manager};
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_rpc::svcctl::{ServiceConfig, ServiceEntry, ServiceStatus, State};
use lanward_server::{Requester, Server};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A service Windows people know. In the order of enumerations, which is that of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// The file server.
    LanmanServer,
    /// Routing and dial-in, which this server has not.
    RemoteAccess,
    /// Printing, which this server has not.
    Spooler,
}

/// What is kept of the database while the server runs: descriptors that were set, and who holds the lock.
#[derive(Debug, Default)]
pub struct ServiceDatabase(Mutex<Kept>);

#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Of a service, or of the database itself.
    descriptors: BTreeMap<Option<Service>, SecurityDescriptor>,
    pub(crate) lock: Option<super::lock::Held>,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::LanmanServer, Self::RemoteAccess, Self::Spooler];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LanmanServer => "LanmanServer",
            Self::RemoteAccess => "RemoteAccess",
            Self::Spooler => "Spooler",
        }
    }

    /// The service of a name, if there is one.
    pub(crate) fn named(name: &NtString) -> Option<Self> {
        Self::ALL.into_iter().find(|service| name.eq_ignore_case(&service.name().into()))
    }

    pub(crate) const fn display_name(self) -> &'static str {
        match self {
            Self::LanmanServer => "Server",
            Self::RemoteAccess => "Routing and Remote Access",
            Self::Spooler => "Print Spooler",
        }
    }

    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::LanmanServer => "Shares files over the network.",
            Self::RemoteAccess => "Lets dial-in clients into the network. This server does not offer it.",
            Self::Spooler => "Prints for clients, where there are printers.",
        }
    }

    const fn service_type(self) -> u32 {
        match self {
            Self::LanmanServer | Self::RemoteAccess => ServiceStatus::SHARE_PROCESS,
            Self::Spooler => ServiceStatus::OWN_PROCESS,
        }
    }

    /// As it is now.
    pub(crate) fn status(self, server: &Server) -> ServiceStatus {
        let stopped = ServiceStatus {
            service_type: self.service_type(),
            state: State::STOPPED,
            exit_code: error::NEVER_STARTED,
            ..ServiceStatus::default()
        };
        if !self.runs(server) {
            return stopped;
        }
        let state = match (server.is_stopping(), server.is_paused()) {
            (true, _) => State::STOP_PENDING,
            (false, true) if self == Self::LanmanServer => State::PAUSED,
            (false, _) => State::RUNNING,
        };
        if self != Self::LanmanServer {
            return ServiceStatus { state, exit_code: 0, ..stopped };
        }
        let stop = if server.settings().remote_stop { ServiceStatus::ACCEPT_STOP } else { 0 };
        let controls = ServiceStatus::ACCEPT_PAUSE_CONTINUE | stop;
        let controls_accepted = if state == State::STOP_PENDING { 0 } else { controls };
        ServiceStatus { state, controls_accepted, exit_code: 0, ..stopped }
    }

    /// The spooler where there is a printer.
    fn runs(self, server: &Server) -> bool {
        match self {
            Self::LanmanServer => true,
            Self::RemoteAccess => false,
            Self::Spooler => !server.printers(&Requester::operator("")).is_empty(),
        }
    }

    /// The process it runs in; 0 if it does not run.
    pub(crate) fn process_id(self, server: &Server) -> u32 {
        if self.runs(server) { std::process::id() } else { 0 }
    }

    pub(crate) fn config(self, server: &Server) -> ServiceConfig {
        let text = |text: &str| Some(NtString::from(text));
        ServiceConfig {
            service_type: self.service_type(),
            start_type: if self.runs(server) { ServiceConfig::AUTO_START } else { ServiceConfig::DISABLED },
            error_control: ServiceConfig::ERROR_NORMAL,
            binary_path: text("lanward serve"),
            load_order_group: text(""),
            tag_id: 0,
            dependencies: text(""),
            start_name: text("LocalSystem"),
            display_name: text(self.display_name()),
        }
    }

    pub(crate) fn entry(self, server: &Server) -> ServiceEntry {
        ServiceEntry {
            name: self.name().into(),
            display_name: self.display_name().into(),
            status: self.status(server),
            process_id: self.process_id(server),
        }
    }
}

impl ServiceDatabase {
    /// The descriptor of a service, or of the database.
    pub(crate) fn descriptor(&self, of: Option<Service>) -> SecurityDescriptor {
        let kept = self.kept().descriptors.get(&of).cloned();
        kept.unwrap_or_else(|| match of {
            Some(_) => SERVICE_RIGHTS.descriptor(SERVICE_RIGHTS.read),
            None => MANAGER_RIGHTS.descriptor(MANAGER_RIGHTS.read | manager::CONNECT),
        })
    }

    pub(crate) fn set_descriptor(&self, of: Option<Service>, descriptor: SecurityDescriptor) {
        self.kept().descriptors.insert(of, descriptor);
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
