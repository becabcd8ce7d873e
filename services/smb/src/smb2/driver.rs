//! The task of one connection: reads frames, answers them, and lets slow ones wait without holding up the others.

use super::connection::Connection;
use super::dispatch::{Answer, answer};
use super::reply::{Out, Protection, Reply};
use super::unit::{Unit, Waiting};
use super::{caching, capture, commands, receive};
use crate::frame::Frame;
use crate::idle;
use crate::link::Link;
use crate::multi_protocol::{self, Choice};
use crate::service::now;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use lanward_nt::NtStatus;
use lanward_server::Settings;
use lanward_smb2::messages::ErrorResponse;
use lanward_smb2::{AsyncId, Command, HeaderFlags};
use lanward_wire::Encode;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Frames answered in one go before other connections of the worker get a turn.
const TURN: usize = 16;

/// How long a create goes on whose connection is gone: as long as anybody has to answer a break, and a little more.
const ORPHANED: Duration = Duration::from_secs(60);

type Running = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Whether a request that waits may get an interim response. The header of what follows one has no TreeId ([MS-SMB2] 2.2.1.1), and of a tree
/// connect that is the answer.
fn may_be_async(waiting: &Waiting) -> bool {
    waiting.last && waiting.header.command != Command::TREE_CONNECT
}

/// A frame that could not be answered at once: done, or due for an interim response.
enum Progress {
    Done(Arc<Unit>, Answer),
    Due(Arc<Unit>, Running),
}

/// What wakes the task.
enum Event {
    Bytes(io::Result<usize>),
    Deadline,
    Progress(Progress),
    /// A break can be sent.
    Break,
    /// A break that was sent should have arrived.
    BreakDue,
    Disconnect,
    Stop,
}

/// Why a connection's SMB2 has ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Because(&'static str),
    /// Before it began: the client's first frame asks for SMB1, which is served here.
    Smb1(Link, Frame),
}

struct Driver {
    connection: Arc<Connection>,
    link: Link,
    units: Vec<Arc<Unit>>,
    waiting: FuturesUnordered<Pin<Box<dyn Future<Output = Progress> + Send>>>,
    next_async: u64,
    deadline: Pin<Box<Sleep>>,
    /// The first frame, which is for SMB1.
    for_smb1: Option<Frame>,
}

/// Serves one connection until it ends; answers why it did. `stop` asks it to end after what it is doing.
pub(crate) async fn drive(connection: Arc<Connection>, link: Link, stop: CancellationToken) -> Ended {
    let grace = connection.service.server.settings().authentication_deadline;
    let mut driver = Driver {
        connection: connection.clone(),
        units: Vec::new(),
        waiting: FuturesUnordered::new(),
        next_async: 1,
        deadline: Box::pin(sleep_until(link.started() + grace)),
        link,
        for_smb1: None,
    };
    let reason = match driver.run(&stop).await {
        Ok(never) => match never {},
        Err(reason) => reason,
    };
    if let Some(frame) = driver.for_smb1.take() {
        return Ended::Smb1(driver.link, frame);
    }
    // What still waits is dropped before the sessions it belongs to are closed.
    driver.leave_creates();
    drop(driver);
    connection.entry.breaks().close();
    for channel in connection.leave_all() {
        connection.service.lose_channel(&connection, &channel).await;
    }
    Ended::Because(reason)
}

impl Driver {
    /// A create that its client can ask for again over another channel goes on without this one; everything else ends.
    fn leave_creates(&mut self) {
        let orphans = &self.connection.service.orphans;
        let mut places = Vec::new();
        for unit in &self.units {
            let place = unit.outlives().then(|| Arc::clone(orphans).try_acquire_owned());
            match place {
                Some(Ok(place)) => places.push(place),
                Some(Err(_)) | None => unit.abandon(),
            }
        }
        if places.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        tokio::spawn(timeout(ORPHANED, async move {
            let _places = places;
            while let Some(progress) = waiting.next().await {
                if let Progress::Due(unit, running) = progress {
                    waiting.push(Box::pin(async move { Progress::Done(unit, running.await) }));
                }
            }
        }));
    }

    async fn run(&mut self, stop: &CancellationToken) -> Result<std::convert::Infallible, &'static str> {
        let entry = self.connection.entry.clone();
        let mut stopped = std::pin::pin!(stop.cancelled());
        let mut disconnected = std::pin::pin!(entry.disconnected());
        let mut breaks = std::pin::pin!(entry.breaks().ready());
        loop {
            self.answer_frames().await?;
            let event = std::future::poll_fn(|cx| {
                if disconnected.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Event::Disconnect);
                }
                if stopped.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Event::Stop);
                }
                if breaks.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Event::Break);
                }
                self.poll_event(cx)
            })
            .await;
            match event {
                Event::Bytes(read) => self.link.note_read(&read)?,
                Event::Deadline => self.check_deadlines().await?,
                Event::Progress(progress) => self.progress(progress).await?,
                Event::Break => {
                    self.send_breaks().await?;
                    breaks.set(entry.breaks().ready());
                }
                Event::BreakDue => self.link.check_break()?,
                Event::Disconnect => return Err("closed by the server"),
                Event::Stop => {
                    self.finish_waiting().await?;
                    return Err("the server stops");
                }
            }
        }
    }

    fn poll_event(&mut self, cx: &mut TaskContext<'_>) -> Poll<Event> {
        if let Poll::Ready(Some(progress)) = self.waiting.poll_next_unpin(cx) {
            return Poll::Ready(Event::Progress(progress));
        }
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Event::Deadline);
        }
        if self.link.poll_break_due(cx) {
            return Poll::Ready(Event::BreakDue);
        }
        let (max, trusted) = (self.connection.max_frame(), self.connection.is_trusted());
        self.link.poll_fill(max, trusted, cx).map(Event::Bytes)
    }

    /// Tells the client of oplocks and leases that break ([MS-SMB2] 3.3.4.6, 3.3.4.7).
    async fn send_breaks(&mut self) -> Result<(), &'static str> {
        while let Some(notice) = self.connection.entry.breaks().take() {
            if let Some(reply) = caching::notification(&self.connection, notice) {
                self.send(reply).await?;
                self.link.expect_arrival();
            }
        }
        Ok(())
    }

    /// Answers every whole frame that is here.
    async fn answer_frames(&mut self) -> Result<(), &'static str> {
        let mut turn = 0;
        while let Some(frame) = self.link.take(self.connection.max_frame())? {
            self.answer_frame(frame).await?;
            turn += 1;
            if turn % TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn answer_frame(&mut self, frame: Frame) -> Result<(), &'static str> {
        let request = match receive::receive(&self.connection, frame)? {
            receive::Received::Request(request) => request,
            receive::Received::Cancel(header, proved) => {
                let meant = |u: &&Arc<Unit>| u.is_meant(&header, proved.as_deref());
                self.units.iter().filter(meant).for_each(|u| u.cancel());
                return Ok(());
            }
            receive::Received::MultiProtocol(frame) => return self.answer_multi_protocol(frame).await,
        };
        let logs_off = request.messages.iter().any(|(_, h)| h.command == Command::LOGOFF);
        let unit = Arc::new(Unit::new(request.messages[0].1.message_id, request.frame.bytes().len()));
        let mut running: Running = Box::pin(answer(self.connection.clone(), request, unit.clone()));
        let first = std::future::poll_fn(|cx| match running.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => Poll::Ready(None),
        });
        match first.await {
            Some(answer) => {
                if logs_off {
                    self.deliver_ready().await?;
                }
                self.deliver(answer).await
            }
            None if self.units.len() >= self.connection.service.config.max_pending => {
                drop(running);
                self.refuse(&unit).await
            }
            None => self.wait(unit, running).await,
        }
    }

    /// An SMB1 NEGOTIATE is answered by SMB2 where that is offered and served, else by SMB1.
    async fn answer_multi_protocol(&mut self, frame: Frame) -> Result<(), &'static str> {
        let zone = self.connection.zone();
        match multi_protocol::choose(&zone, self.connection.peer, frame.bytes())? {
            Choice::Smb1 => {
                self.for_smb1 = Some(frame);
                Err("SMB1 is spoken")
            }
            Choice::Smb2 { wildcard } => {
                let reply = commands::multi_protocol_negotiate(&self.connection, wildcard);
                self.send(reply).await
            }
        }
    }

    /// What a session that logged off had waiting is answered before its LOGOFF: behind that nobody could read it.
    async fn deliver_ready(&mut self) -> Result<(), &'static str> {
        while let Some(progress) = self.waiting.next().now_or_never().flatten() {
            self.progress(progress).await?;
        }
        Ok(())
    }

    /// Answers what still waits, so that a server that stops leaves nobody without a word.
    async fn finish_waiting(&mut self) -> Result<(), &'static str> {
        self.units.iter().for_each(|u| u.cancel());
        while let Some(progress) = self.waiting.next().await {
            self.progress(progress).await?;
        }
        Ok(())
    }

    /// Too many requests wait already: what this one did so far is undone by dropping it.
    async fn refuse(&mut self, unit: &Unit) -> Result<(), &'static str> {
        let waiting = unit
            .waiting(|w| w.last.then(|| (w.header, w.before.take(), w.sealed.clone(), w.channel.clone())));
        let Some(Some((header, before, sealed, channel))) = waiting else {
            return Err("too many requests wait");
        };
        let mut out = Out::new(sealed.is_some());
        out.body(|w| ErrorResponse::default().encode(w));
        let protection = match (sealed, channel) {
            (Some(channel), _) => Protection::Seal(channel),
            (None, Some(channel)) if channel.session.can_sign() => Protection::Sign(channel),
            _ => Protection::None,
        };
        let mut response = header.response(NtStatus::INSUFFICIENT_RESOURCES);
        response.credits = self.connection.grant(&header);
        if matches!(protection, Protection::Sign(_)) {
            response.flags |= HeaderFlags::SIGNED;
        }
        out.set_header(&response);
        self.send(join(before, out, protection)?).await
    }

    /// Lets a frame wait among the others.
    async fn wait(&mut self, unit: Arc<Unit>, running: Running) -> Result<(), &'static str> {
        self.units.push(unit.clone());
        if unit.expects_wait() {
            self.interim(&unit).await?;
        }
        let abandoned = unit.clone();
        let running = Box::pin(async move {
            tokio::select! {
                biased;
                () = abandoned.abandoned() => Answer::Silence,
                answer = running => answer,
            }
        });
        self.watch(unit, running);
        // What it waits for may be this very client: it hears of that before anything else is answered.
        self.send_breaks().await
    }

    fn watch(&self, unit: Arc<Unit>, mut running: Running) {
        let after = self.connection.service.config.interim_after;
        self.waiting.push(Box::pin(async move {
            if unit.async_id().is_some() {
                let answer = running.await;
                return Progress::Done(unit, answer);
            }
            match timeout(after, running.as_mut()).await {
                Ok(answer) => Progress::Done(unit, answer),
                Err(_) => Progress::Due(unit, running),
            }
        }));
    }

    async fn progress(&mut self, progress: Progress) -> Result<(), &'static str> {
        match progress {
            Progress::Done(unit, answer) => {
                self.units.retain(|u| !Arc::ptr_eq(u, &unit));
                self.deliver(answer).await
            }
            Progress::Due(unit, running) => {
                self.interim(&unit).await?;
                if unit.async_id().is_none() {
                    // Not the last of its compound: it waits without a word.
                    self.waiting.push(Box::pin(async move {
                        let answer = running.await;
                        Progress::Done(unit, answer)
                    }));
                    return Ok(());
                }
                self.watch(unit, running);
                Ok(())
            }
        }
    }

    /// [MS-SMB2] 3.3.4.2: an interim response, behind whatever of the compound is answered already.
    async fn interim(&mut self, unit: &Unit) -> Result<(), &'static str> {
        let Some(Some((header, before, sealed))) =
            unit.waiting(|w| may_be_async(w).then(|| (w.header, w.before.take(), w.sealed.clone())))
        else {
            return Ok(());
        };
        let id = AsyncId(self.next_async);
        self.next_async += 1;
        unit.set_async_id(id);
        let mut out = Out::new(sealed.is_some());
        out.body(|w| ErrorResponse::default().encode(w));
        let mut response = header.async_response(NtStatus::PENDING, id);
        response.flags.remove(HeaderFlags::SIGNED);
        response.credits = self.connection.grant(&header);
        out.set_header(&response);
        let protection = sealed.map_or(Protection::None, Protection::Seal);
        self.send(join(before, out, protection)?).await
    }

    async fn deliver(&mut self, answer: Answer) -> Result<(), &'static str> {
        match answer {
            Answer::Reply(reply) => self.send(reply).await,
            Answer::Silence => Ok(()),
            Answer::Disconnect(reason) => Err(reason),
        }
    }

    async fn send(&mut self, reply: Reply) -> Result<(), &'static str> {
        let (bytes, tail) = reply.finish().map_err(|_| "a response could not be protected")?;
        if let Some(capture) = self.connection.service.server.capture() {
            capture::add_keys(&capture, &self.connection);
        }
        self.link.send(&bytes, tail.as_ref()).await
    }

    /// Ends a connection that has not logged on, stalls in a frame, or has been idle with nothing open for too long; else sets the next time to look.
    async fn check_deadlines(&mut self) -> Result<(), &'static str> {
        let settings = self.connection.service.server.settings();
        let logged_on = self.connection.has_logged_on();
        idle::check_arrival(&self.link, logged_on, &settings)?;
        let next = self.end_idle_sessions(&settings).await?;
        let nobody = logged_on && self.connection.sessions().is_empty();
        self.deadline.as_mut().reset(idle::next_look(&self.link, nobody, next, &settings)?);
        Ok(())
    }

    /// Ends sessions that nobody uses, each by itself (behaviours 1.12, 1.23), and the connection with the last of them; answers when to look again.
    async fn end_idle_sessions(&mut self, settings: &Settings) -> Result<Duration, &'static str> {
        let (mut look, clock) = (idle::Look::new(), now());
        let nothing_waits = self.units.is_empty();
        for session in self.connection.sessions() {
            if look.ends(idle::verdict(&session.core, nothing_waits, settings, clock)) {
                self.connection.service.end_session(&session).await;
                self.connection.service.server.note_timed_out(1);
            }
        }
        look.next()
    }
}

/// A response behind those of its compound that came before it.
fn join(before: Option<Reply>, out: Out, protection: Protection) -> Result<Reply, &'static str> {
    let Some(mut before) = before else { return Ok(Reply::new(out, protection)) };
    before.push(&out, protection).map_err(|_| "a response could not be signed")?;
    Ok(before)
}
