use super::rights::descriptor_of;
use lanward_nt::security::SecurityDescriptor;
use lanward_nt::{NtString, Sid};
use std::sync::Arc;
use std::time::Duration;

/// A printer as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterDefinition {
    /// Its name; found without regard to case.
    pub name: NtString,
    /// The name of its share (STYPE_PRINTQ); most often the same.
    pub share_name: NtString,
    /// What people read beside the name.
    pub comment: NtString,
    /// Where it stands.
    pub location: NtString,
    /// The driver clients are to use, by its name.
    pub driver: NtString,
    /// What it is connected to, for people: a port's name.
    pub port: NtString,
    /// How bytes are read of whoever does not say: `RAW`.
    pub datatype: NtString,
    /// Of jobs that do not say, from 1 to 99.
    pub priority: u32,
    /// How long a job is shown that was printed; zero for not at all.
    pub keep: Duration,
    /// Who may do what ([MS-RPRN] 2.2.3.1, as [`crate::PrintAccess`] has it).
    pub security: Arc<SecurityDescriptor>,
}

impl PrinterDefinition {
    /// A printer and a share of one name, on which every named user may print.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            share_name: name.into(),
            comment: NtString::default(),
            location: NtString::default(),
            driver: NtString::default(),
            port: name.into(),
            datatype: "RAW".into(),
            priority: 1,
            keep: Duration::ZERO,
            security: Arc::new(descriptor_of(None, &[], false)),
        }
    }

    /// With who may print (`None` for every named user), who manages all jobs and the printer besides administrators and print operators, and
    /// whether guests may print.
    #[must_use]
    pub fn open_to(self, allowed: Option<&[Sid]>, operators: &[Sid], guests: bool) -> Self {
        Self { security: Arc::new(descriptor_of(allowed, operators, guests)), ..self }
    }
}

/// What a printer is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterState {
    /// It prints what comes.
    Ready,
    /// Jobs wait until somebody lets them go on.
    Paused,
    /// It does not take what it is sent, and is tried again.
    Error(String),
}

/// A printer at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    /// What it is; its comment and location are those of this moment.
    pub definition: Arc<PrinterDefinition>,
    /// What it is at. One that is paused and in error is paused; see [`Printer::fault`].
    pub state: PrinterState,
    /// What is wrong with it, paused or not.
    pub fault: Option<String>,
    /// Jobs it has, without those that are over.
    pub jobs: u32,
    /// A number that is another after each change (cChangeID of [MS-RPRN] 2.2.1.10.3).
    pub changes: u32,
    /// Jobs it has printed since the server started.
    pub printed: u64,
}

/// What is to be different about a printer; what is `None` stays as it is. It outlives the server and goes before the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrinterChange {
    /// [`PrinterDefinition::comment`]
    pub comment: Option<NtString>,
    /// [`PrinterDefinition::location`]
    pub location: Option<NtString>,
}
