use crate::burden::Load;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::handles::{Group, Member};
use lanward_auth::{AcceptorConfig, Claim, NtlmPolicy, SecurityContext};
use lanward_nt::{NtStatus, Sid};
use lanward_rpc::pdu::AuthenticationLevel;
use lanward_rpc::{Association, Authentication, Environment, Event, Fault, SyntaxId};
use lanward_server::{Act, Caller, Conversing, PipeInstance, User, UserKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a call may take; then it is answered with a fault, and what was begun is dropped.
const CALL_DEADLINE: Duration = Duration::from_secs(60);

/// Bytes of answers to calls of one message beyond which no further call of it is executed: nobody reads them before they are all there.
const MOST_ANSWERED: usize = 1024 * 1024;

/// One association. Its context handles run down with the last of its group.
pub(crate) struct Instance {
    endpoint: Endpoint,
    association: Association,
    group: Option<Arc<Group>>,
    caller: Caller,
    /// Who opened the pipe, in a session that protects what travels as that one's session must be.
    opened_by: Option<Sid>,
    /// What the caller has under way here.
    load: Load,
    over: bool,
}

impl Instance {
    pub(crate) fn new(endpoint: Endpoint, caller: Caller) -> Self {
        let interfaces: Vec<SyntaxId> = endpoint.interfaces.iter().map(|interface| interface.id).collect();
        let association = Association::new(&interfaces, &endpoint.address);
        let opened_by = caller.session.map(|_| caller.user.sid.clone());
        let load = Load::of(&caller, &endpoint.runtime.burdens);
        Self { endpoint, association, group: None, caller, opened_by, load, over: false }
    }

    /// Whether who is there is known.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.caller.user.kind != UserKind::Anonymous
    }

    /// Whether nothing that comes later can be understood.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    async fn converse(&mut self, input: &[u8], replies: &mut Vec<Vec<u8>>) -> Result<(), NtStatus> {
        if self.over {
            return Err(NtStatus::PIPE_DISCONNECTED);
        }
        self.association.receive(input);
        let mut answered = 0;
        loop {
            let Some(event) = self.next_event() else {
                if self.load.hold(self.association.held()) {
                    break;
                }
                self.association.refuse_rest();
                continue;
            };
            match event {
                Event::Reply(reply) => replies.push(reply),
                Event::Authenticated(context) => self.become_user(&context),
                Event::Refused(refused) => {
                    self.caller.server.count_failed_logon();
                    self.tell_refusal(refused.claimed.as_ref(), refused.status, refused.why);
                }
                Event::Call(_) if answered > MOST_ANSWERED => self.over = true,
                Event::Call(call) => {
                    let outcome = self.execute(&call).await;
                    if let Err(fault) = outcome {
                        let user = &self.caller.user.name;
                        tracing::debug!(operation = call.operation, %user, %fault, "call refused");
                    }
                    let answer = self.association.respond(&call, outcome);
                    answered += answer.iter().map(Vec::len).sum::<usize>();
                    replies.extend(answer);
                }
                // The last reply says why, and must still be read.
                Event::Close => self.over = true,
            }
            if self.over {
                break;
            }
        }
        let statistics = &self.endpoint.runtime.statistics;
        statistics.packets_in.fetch_add(1, Ordering::Relaxed);
        statistics.packets_out.fetch_add(u32::try_from(replies.len()).unwrap_or(0), Ordering::Relaxed);
        if self.over && replies.is_empty() {
            return Err(NtStatus::PIPE_DISCONNECTED);
        }
        Ok(())
    }

    fn next_event(&mut self) -> Option<Event> {
        let Self { endpoint, association, group, caller, .. } = self;
        let mut join = |asked| {
            let member =
                Member { session: caller.session, machine: caller.peer.ip(), user: &caller.user.sid };
            *group = endpoint.runtime.groups.join(asked, &member);
            group.as_ref().map(|group| group.id())
        };
        let config = || acceptor(caller);
        let accounts = caller.server.logons_from(caller.peer.ip());
        let authentication = Some(Authentication {
            accounts: &accounts,
            config: &config,
            now: crate::now(),
            challenge: &crate::random,
        });
        association.next_event(&mut Environment { join: &mut join, authentication })
    }

    /// [MS-RPCE] 3.3.1.5.2.1: who proved it to the association is whom its calls are of, whoever opened the pipe. Who could not open a session
    /// here is nobody.
    fn become_user(&mut self, context: &SecurityContext) {
        self.caller.user = Arc::new(User::of(&context.identity, &self.caller.server));
        if let Err(status) = self.caller.may(Act::LogOn) {
            self.tell_refusal(None, status, "not let in here");
            self.caller.user = Arc::new(User::anonymous());
        }
        // What came before the proof was so little that anybody may hold it, and is forgotten.
        self.load = Load::of(&self.caller, &self.endpoint.runtime.burdens);
    }

    fn tell_refusal(&self, claimed: Option<&Claim>, status: NtStatus, why: &'static str) {
        const LONGEST: usize = 300;
        let Caller { server, peer, .. } = &self.caller;
        let claimed = claimed.map(|c| format!("{}\\{}", c.domain, c.user).chars().take(LONGEST).collect());
        server.count_refused_logon();
        tracing::debug!(%peer, ?claimed, %status, why, "Refused a logon");
        server.event(lanward_server::Event::LogonRefused { peer: *peer, claimed, status, why });
    }

    async fn execute(&self, call: &lanward_rpc::Call) -> Result<Vec<u8>, Fault> {
        self.caller.activity.note(call.operation);
        self.endpoint.runtime.statistics.calls_in.fetch_add(1, Ordering::Relaxed);
        let interface = self.endpoint.interfaces.get(call.interface).ok_or(Fault::UNKNOWN_INTERFACE)?;
        let group = self.group.as_ref().ok_or(Fault::PROTOCOL_ERROR)?;
        if self.association.level() < self.least_level() {
            return Err(Fault::ACCESS_DENIED);
        }
        let Some(_under_way) = self.load.call(call.stub.len()) else { return Err(Fault::TOO_BUSY) };
        let call = Call {
            caller: &self.caller,
            administration: &self.endpoint.runtime.administration,
            handles: group.handles(&self.caller.user.sid),
            endpoint: &self.endpoint,
            sealed: self.is_sealed(),
            operation: call.operation,
            syntax: call.syntax,
            big_endian: call.big_endian,
            stub: &call.stub,
        };
        let outcome = tokio::time::timeout(CALL_DEADLINE, (interface.dispatch)(&call)).await;
        outcome.unwrap_or(Err(Fault::CANCEL))
    }
}

impl Instance {
    fn is_sealed(&self) -> bool {
        let session = self.caller.session.and_then(|id| self.caller.server.session(id));
        self.association.level() == AuthenticationLevel::PRIVACY
            || session.is_some_and(|session| session.protection().encrypted)
    }

    /// How what travels must be protected here. A pipe's session has seen to it for its user, and for nobody else: a proof that was passed on by
    /// whoever has a session here would do otherwise. A port of everybody's asks for nothing. Elsewhere the zone's floor is held by the
    /// association, and who is there must be known.
    fn least_level(&self) -> AuthenticationLevel {
        if self.opened_by.as_ref() == Some(&self.caller.user.sid) || self.endpoint.public {
            return AuthenticationLevel::NONE;
        }
        let zone = self.caller.server.zone_of(self.caller.local, self.caller.peer);
        if !self.is_authenticated() || self.caller.server.is_barred(&self.caller.user) {
            // Above every level there is: who proved to be nobody is nobody, and so is who may no longer come in, which ends no session here.
            return AuthenticationLevel(u8::MAX);
        }
        let demand = self.caller.server.demand_of(&self.caller.user);
        match (zone.encryption_required || demand.encryption, zone.signing_required || demand.signing) {
            (true, _) => AuthenticationLevel::PRIVACY,
            (false, true) => AuthenticationLevel::INTEGRITY,
            (false, false) => AuthenticationLevel::CONNECT,
        }
    }
}

/// What is asked of those who want to prove who they are: what their zone says now.
fn acceptor(caller: &Caller) -> Arc<AcceptorConfig> {
    let config = caller.server.identity().acceptor();
    let ntlmv1 = caller.server.zone_of(caller.local, caller.peer).ntlmv1;
    let policy = NtlmPolicy { ntlmv1, ..config.policy };
    Arc::new(AcceptorConfig { policy, ..config })
}

impl PipeInstance for Instance {
    fn message<'a>(&'a mut self, input: &'a [u8], replies: &'a mut Vec<Vec<u8>>) -> Conversing<'a> {
        Box::pin(self.converse(input, replies))
    }
}
