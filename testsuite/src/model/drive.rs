use super::caches::{HANDLE, Owner, READ, Told, WRITE, level};
use super::step::{CLIENTS, NAMES, Opening, STREAMS, Slot, Step, Wish};
use super::world::{Answer, Expected};
use crate::{ALICE, Site};
use lanward_client::{
    Break, Connection, Create, Created, Error, File, Options, Reply, Request, Result, Tree, contexts, lease,
    lease_v2, utf16,
};
use lanward_nt::{CreateOptions, Guid, NtStatus};
use lanward_smb2::messages::{
    CloseFlags, CloseRequest, CreateContextList, CreateResponse, InfoType, LeaseBreakFlags, LeaseKey,
    LeaseState, LockElement, LockFlags, LockRequest, OplockLevel, QueryInfoRequest, QueryInfoResponse,
    ReadRequest, ReadResponse, SetInfoRequest, WriteRequest, WriteResponse,
};
use lanward_smb2::{Command, FileId, MessageId};
use std::collections::BTreeMap;
use std::time::Duration;

/// What must come comes within this.
const PATIENCE: Duration = Duration::from_secs(3);
const STANDARD: u8 = 5;
const RENAME: u8 = 10;
const DISPOSITION: u8 = 13;
const END_OF_FILE: u8 = 20;

/// The clients of one server.
pub(super) struct Clients(Vec<Client>);

struct Client {
    number: usize,
    connection: Connection,
    tree: Tree,
    files: BTreeMap<usize, File>,
}

/// Why a step did not go as it must.
pub(super) type Difference = String;

impl Clients {
    pub(super) fn connect(site: &Site) -> Result<Self> {
        (0..CLIENTS).map(|number| Client::connect(site, number)).collect::<Result<_>>().map(Self)
    }

    /// Takes a step, answers the breaks it must bring, and holds everything against what is expected.
    pub(super) fn take(&mut self, step: &Step, expected: &Expected) -> core::result::Result<(), Difference> {
        let client = step.client();
        if let Step::Leave(_) = step {
            return self.0[client].leave().map_err(|error| format!("leaving: {error}"));
        }
        let id = self.0[client].send(step).map_err(|error| format!("sending: {error}"))?;
        for round in &expected.rounds {
            self.hear(round)?;
        }
        let reply = self.0[client].connection.receive_within(id, PATIENCE);
        let reply = reply.map_err(|error| format!("no answer: {error}"))?;
        let found =
            self.0[client].understand(step, &reply).map_err(|error| format!("the answer: {error}"))?;
        let wanted = (expected.status, expected.answer.clone());
        if found != wanted {
            return Err(format!("answered {found:?}, must be {wanted:?}"));
        }
        self.hear(&expected.told)
    }

    /// Receives these breaks and no others from their clients, and acknowledges those that ask for it.
    fn hear(&mut self, told: &[Told]) -> core::result::Result<(), Difference> {
        for client in &mut self.0 {
            let mut wanted: Vec<Told> =
                told.iter().filter(|t| t.client() == client.number).copied().collect();
            while !wanted.is_empty() {
                let came = client.connection.receive_break(PATIENCE);
                let came = came.map_err(|error| format!("no break to {wanted:?}: {error}"))?;
                let place = wanted.iter().position(|t| client.is(t, &came));
                let place = place
                    .ok_or_else(|| format!("{came:?} to {}, must be one of {wanted:?}", client.number))?;
                let told = wanted.remove(place);
                client
                    .acknowledge(&told, &came)
                    .map_err(|error| format!("acknowledging {told:?}: {error}"))?;
            }
        }
        Ok(())
    }

    /// Nobody was told more than was expected.
    pub(super) fn hears_nothing(&mut self) -> core::result::Result<(), Difference> {
        for client in &mut self.0 {
            let came = client.connection.take_break().map_err(|error| error.to_string())?;
            if let Some(came) = came {
                return Err(format!("{came:?} to {}, which nothing calls for", client.number));
            }
        }
        Ok(())
    }
}

impl Client {
    fn connect(site: &Site, number: usize) -> Result<Self> {
        let guid = Guid([u8::try_from(number + 1).unwrap_or(0); 16]);
        let mut connection = site.connect(Options { client_guid: Some(guid), ..Options::default() })?;
        let (user, password) = ALICE;
        let session = connection.login(user, password)?;
        let tree = connection.tree_connect(session, "data")?;
        Ok(Self { number, connection, tree, files: BTreeMap::new() })
    }

    fn leave(&mut self) -> Result<()> {
        self.connection.tree_disconnect(self.tree)?;
        self.files.clear();
        self.tree = self.connection.tree_connect(self.tree.session, "data")?;
        Ok(())
    }

    fn key(&self, key: usize) -> LeaseKey {
        let mut bytes = [0xAA; 16];
        bytes[0] = u8::try_from(self.number).unwrap_or(0);
        bytes[1] = u8::try_from(key).unwrap_or(0);
        LeaseKey(Guid(bytes))
    }

    /// Whether a break is the one that must come.
    fn is(&self, told: &Told, came: &Break) -> bool {
        match (told.owner, came) {
            (Owner::Oplock(slot), Break::Oplock(came)) => {
                self.id(slot) == came.file_id && level(told.to) == came.oplock_level
            }
            (Owner::Lease { key, .. }, Break::Lease(came)) => {
                came.lease_key == self.key(key)
                    && (came.current_lease_state.bits(), came.new_lease_state.bits()) == (told.from, told.to)
                    && came.flags.contains(LeaseBreakFlags::ACK_REQUIRED) == told.must_answer()
            }
            _ => false,
        }
    }

    fn acknowledge(&mut self, told: &Told, came: &Break) -> Result<()> {
        if !told.must_answer() {
            return Ok(());
        }
        match (told.owner, came) {
            (_, Break::Lease(came)) => self.connection.acknowledge(self.tree, came),
            (Owner::Oplock(slot), Break::Oplock(came)) => match self.files.get(&slot.place) {
                Some(file) => self.connection.acknowledge_oplock_break(*file, came.oplock_level),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn id(&self, slot: Slot) -> FileId {
        self.files.get(&slot.place).map(|f| f.id).unwrap_or_default()
    }

    fn send(&mut self, step: &Step) -> Result<MessageId> {
        match *step {
            Step::Open(opening) => self.send_open(&opening),
            Step::Close(slot) => {
                let body = CloseRequest { flags: CloseFlags::empty(), file_id: self.id(slot) };
                self.connection.send(&Request::new(Command::CLOSE, self.tree, &body))
            }
            Step::Read { slot, offset, length } => {
                let body = ReadRequest { length, offset, file_id: self.id(slot), ..ReadRequest::default() };
                self.connection.send(&Request::new(Command::READ, self.tree, &body))
            }
            Step::Write { slot, offset, length, fill } => {
                let data = vec![fill; usize::try_from(length).unwrap_or(0)];
                let body =
                    WriteRequest { offset, file_id: self.id(slot), data: &data, ..WriteRequest::default() };
                self.connection.send(&Request::new(Command::WRITE, self.tree, &body))
            }
            Step::Cut { slot, length } => self.send_set(slot, END_OF_FILE, &length.to_le_bytes()),
            Step::Look(slot) => {
                let body = QueryInfoRequest {
                    info_type: InfoType::FILE,
                    file_info_class: STANDARD,
                    output_buffer_length: 24,
                    file_id: self.id(slot),
                    ..QueryInfoRequest::default()
                };
                self.connection.send(&Request::new(Command::QUERY_INFO, self.tree, &body))
            }
            Step::Lock { slot, offset, length, exclusive } => {
                let kind = if exclusive { LockFlags::EXCLUSIVE_LOCK } else { LockFlags::SHARED_LOCK };
                self.send_lock(slot, offset, length, kind | LockFlags::FAIL_IMMEDIATELY)
            }
            Step::Unlock { slot, offset, length } => self.send_lock(slot, offset, length, LockFlags::UNLOCK),
            Step::Rename { slot, name, replace } => {
                let name = utf16(NAMES[name]);
                let mut info = vec![0; 16];
                info[0] = u8::from(replace);
                info.extend(u32::try_from(name.len()).unwrap_or(0).to_le_bytes());
                info.extend(name);
                self.send_set(slot, RENAME, &info)
            }
            Step::Delete { slot, delete } => self.send_set(slot, DISPOSITION, &[u8::from(delete)]),
            Step::Leave(_) => Err(Error::Unable("it is several requests")),
        }
    }

    fn send_open(&mut self, o: &Opening) -> Result<MessageId> {
        let name = format!("{}{}", NAMES[o.name], STREAMS[o.stream]);
        let mut create = Create {
            share: o.share,
            disposition: o.disposition,
            options: CreateOptions::NON_DIRECTORY_FILE,
            ..Create::open(&name, o.access)
        };
        if o.delete_on_close {
            create.options |= CreateOptions::DELETE_ON_CLOSE;
        }
        let list: CreateContextList;
        match o.wish {
            Wish::Nothing => {}
            Wish::Oplock(level) => create = create.oplock(level),
            Wish::Lease { key, state } => {
                let key = self.key(key);
                let first = self.number % 2 == 1;
                list = contexts(&[if first { lease(key, state) } else { lease_v2(key, state, 0) }]);
                create = create.leased(&list);
            }
        }
        let name = utf16(create.name);
        self.connection.send(&Request::new(Command::CREATE, self.tree, &create.request(&name)))
    }

    fn send_set(&mut self, slot: Slot, class: u8, input: &[u8]) -> Result<MessageId> {
        let body = SetInfoRequest {
            info_type: InfoType::FILE,
            file_info_class: class,
            file_id: self.id(slot),
            input,
            ..SetInfoRequest::default()
        };
        self.connection.send(&Request::new(Command::SET_INFO, self.tree, &body))
    }

    fn send_lock(&mut self, slot: Slot, offset: u64, length: u64, flags: LockFlags) -> Result<MessageId> {
        let locks = vec![LockElement { offset, length, flags }];
        let body = LockRequest { lock_sequence: 0, file_id: self.id(slot), locks };
        self.connection.send(&Request::new(Command::LOCK, self.tree, &body))
    }

    fn understand(&mut self, step: &Step, reply: &Reply) -> Result<(NtStatus, Answer)> {
        let status = reply.status();
        if status != NtStatus::SUCCESS {
            return Ok((status, Answer::Nothing));
        }
        let answer = match *step {
            Step::Open(opening) => self.opened(opening.slot, reply)?,
            Step::Close(slot) => {
                self.files.remove(&slot.place);
                Answer::Nothing
            }
            Step::Read { .. } => Answer::Bytes(reply.decode::<ReadResponse<'_>>()?.data.to_vec()),
            Step::Write { .. } => Answer::Written(reply.decode::<WriteResponse>()?.count),
            Step::Look(_) => looked(reply.decode::<QueryInfoResponse<'_>>()?.output)?,
            _ => Answer::Nothing,
        };
        Ok((status, answer))
    }

    fn opened(&mut self, slot: Slot, reply: &Reply) -> Result<Answer> {
        let response: CreateResponse<'_> = reply.decode()?;
        let file = File { tree: self.tree, id: response.file_id };
        let created = Created {
            file,
            oplock: response.oplock_level,
            action: response.create_action,
            information: response.information,
            contexts: response.contexts.as_bytes().to_vec(),
        };
        self.files.insert(slot.place, file);
        let cached = match created.oplock {
            OplockLevel::LEASE => created.lease()?.map_or(LeaseState::empty(), |l| l.state).bits(),
            OplockLevel::BATCH => READ | HANDLE | WRITE,
            OplockLevel::EXCLUSIVE => READ | WRITE,
            OplockLevel::II => READ,
            _ => 0,
        };
        let end_of_file = created.information.end_of_file;
        Ok(Answer::Opened { action: created.action, end_of_file, cached })
    }
}

/// [MS-FSCC] 2.4.47 FileStandardInformation
fn looked(information: &[u8]) -> Result<Answer> {
    let size = information.get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
    let (Some(end_of_file), Some(deleted)) = (size, information.get(20)) else {
        return Err(Error::Protocol("too little of FileStandardInformation"));
    };
    Ok(Answer::Looked { end_of_file, deleted: *deleted != 0 })
}
