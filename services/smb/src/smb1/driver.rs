//! The task of one connection: reads messages, answers them, and lets slow ones wait without holding up the others.

use super::connection::Connection;
use super::dispatch::{Answer, Request, answer};
use super::pace::Pace;
use super::reply::Reply;
use super::signing::Expected;
use super::unit::Unit;
use super::{batch, oplocks, receive};
use crate::frame::Frame;
use crate::idle;
use crate::link::Link;
use crate::poll::poll_once;
use crate::service::now;
use futures_util::stream::{FuturesUnordered, StreamExt};
use lanward_nt::NtStatus;
use lanward_server::Settings;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// Messages answered in one go before other connections of the worker get a turn.
const TURN: usize = 16;

type Running = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Waiting = Pin<Box<dyn Future<Output = (Arc<Unit>, Answer)> + Send>>;

/// What wakes the task.
enum Event {
    Bytes(io::Result<usize>),
    Deadline,
    Done(Arc<Unit>, Answer),
    /// A break can be sent.
    Break,
    /// A break that was sent should have arrived.
    BreakDue,
    Disconnect,
    Stop,
}

struct Driver {
    connection: Arc<Connection>,
    link: Link,
    waiting: FuturesUnordered<Waiting>,
    /// Answers to requests that arrived together; `None` where each is sent by itself.
    held: Option<batch::Held>,
    pace: Pace,
    deadline: Pin<Box<Sleep>>,
}

/// Serves one connection, whose first message is its NEGOTIATE, until it ends; answers why it did. `stop` asks it to end after what it is doing.
pub(crate) async fn drive(
    connection: Arc<Connection>,
    link: Link,
    first: Frame,
    stop: CancellationToken,
) -> &'static str {
    let grace = connection.service.server.settings().authentication_deadline;
    let mut driver = Driver {
        connection: Arc::clone(&connection),
        waiting: FuturesUnordered::new(),
        held: None,
        pace: Pace::default(),
        deadline: Box::pin(sleep_until(link.started() + grace)),
        link,
    };
    let reason = match driver.run(first, &stop).await {
        Ok(never) => match never {},
        Err(reason) => reason,
    };
    // What still waits is dropped before the sessions it belongs to are closed.
    drop(driver);
    connection.entry.breaks().close();
    connection.close().await;
    reason
}

impl Driver {
    async fn run(
        &mut self,
        first: Frame,
        stop: &CancellationToken,
    ) -> Result<std::convert::Infallible, &'static str> {
        let entry = Arc::clone(&self.connection.entry);
        let mut stopped = std::pin::pin!(stop.cancelled());
        let mut disconnected = std::pin::pin!(entry.disconnected());
        let mut breaks = std::pin::pin!(entry.breaks().ready());
        self.answer_frame(first, None).await?;
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
                Event::Done(unit, answer) => self.done(&unit, answer).await?,
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
        if let Poll::Ready(Some((unit, answer))) = self.waiting.poll_next_unpin(cx) {
            return Poll::Ready(Event::Done(unit, answer));
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

    /// Tells the client of oplocks that break ([MS-CIFS] 3.3.4.2).
    async fn send_breaks(&mut self) -> Result<(), &'static str> {
        self.send_held().await?;
        while let Some(notice) = self.connection.entry.breaks().take() {
            if let Some(reply) = oplocks::notification(&self.connection, notice) {
                self.send(reply).await?;
                // Whoever waits for it does not wait for the rest of a batch, nor is a break under way before it is sent.
                self.send_held().await?;
                self.link.expect_arrival();
            }
        }
        Ok(())
    }

    /// Answers every whole message that is here.
    async fn answer_frames(&mut self) -> Result<(), &'static str> {
        let mut turn = 0;
        while let Some(frame) = self.link.take(self.connection.max_frame())? {
            if self.connection.signing().is_active() {
                self.answer_batch(frame).await?;
            } else {
                self.answer_frame(frame, None).await?;
            }
            turn += 1;
            if turn % TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Answers a signed request and those that arrived with it.
    async fn answer_batch(&mut self, first: Frame) -> Result<(), &'static str> {
        let paced = batch::is_transfer(&first);
        let requests = batch::gather(&self.connection, &mut self.link, first, &mut self.pace).await?;
        let count = requests.len();
        if count == 1 && !paced {
            for (frame, expected) in requests {
                self.answer_frame(frame, expected).await?;
            }
            return Ok(());
        }
        self.held = Some(batch::Held::default());
        let mut outcome = Ok(());
        for (frame, expected) in requests {
            outcome = self.answer_frame(frame, expected).await;
            if outcome.is_err() {
                break;
            }
        }
        if paced {
            self.pace.note(count, batch::has_more(&self.connection, &mut self.link).await);
        }
        let sent = self.send_held().await;
        self.held = None;
        outcome.and(sent)
    }

    async fn answer_frame(&mut self, frame: Frame, expected: Option<Expected>) -> Result<(), &'static str> {
        let request = match receive::receive(&self.connection, frame, expected)? {
            receive::Received::Request(request) => request,
            receive::Received::Cancel(header) => {
                self.connection.pending().iter().filter(|u| u.is_meant(&header)).for_each(|u| u.cancel());
                self.connection.transactions.cancel(&header);
                return Ok(());
            }
            receive::Received::Nothing => return Ok(()),
        };
        let unit = Arc::new(Unit::new(request.header));
        if self.connection.pending().len() >= usize::from(self.connection.service.config.max_mpx) {
            return self.answer_if_at_once(request, unit).await;
        }
        let mut running: Running = Box::pin(answer(Arc::clone(&self.connection), request, Arc::clone(&unit)));
        match poll_once(running.as_mut()).await {
            Some(answer) => self.deliver(answer).await,
            None => self.wait(unit, running).await,
        }
    }

    /// As many requests wait as may: one more that would have to is refused, and what it did so far is undone by dropping it.
    async fn answer_if_at_once(&mut self, request: Request, unit: Arc<Unit>) -> Result<(), &'static str> {
        let (header, turn) = (request.header, request.turn.clone());
        let mut running: Running = Box::pin(answer(Arc::clone(&self.connection), request, unit));
        match poll_once(running.as_mut()).await {
            Some(answer) => self.deliver(answer).await,
            None => {
                drop(running);
                let refused = Request::refused(header, turn, NtStatus::INSUFFICIENT_RESOURCES);
                let unit = Arc::new(Unit::new(header));
                let answer = answer(Arc::clone(&self.connection), refused, unit).await;
                self.deliver(answer).await
            }
        }
    }

    /// Lets a request wait among the others.
    async fn wait(&mut self, unit: Arc<Unit>, running: Running) -> Result<(), &'static str> {
        self.connection.pending().push(Arc::clone(&unit));
        self.waiting.push(Box::pin(async move { (unit, running.await) }));
        // What it waits for may be this very client: it hears of that before anything else is answered.
        self.send_breaks().await
    }

    async fn done(&mut self, unit: &Arc<Unit>, answer: Answer) -> Result<(), &'static str> {
        self.connection.pending().retain(|u| !Arc::ptr_eq(u, unit));
        self.deliver(answer).await
    }

    /// Answers what still waits, so that a server that stops leaves nobody without a word.
    async fn finish_waiting(&mut self) -> Result<(), &'static str> {
        self.connection.pending().iter().for_each(|u| u.cancel());
        while let Some((unit, answer)) = self.waiting.next().await {
            self.done(&unit, answer).await?;
        }
        Ok(())
    }

    async fn deliver(&mut self, answer: Answer) -> Result<(), &'static str> {
        match answer {
            Answer::Reply(reply) => self.send(reply).await,
            Answer::Silence => Ok(()),
            Answer::Disconnect(reason) => Err(reason),
        }
    }

    async fn send(&mut self, mut reply: Reply) -> Result<(), &'static str> {
        let Some(held) = &mut self.held else {
            reply.sign();
            return self.link.send(&reply.bytes, reply.tail.as_ref()).await;
        };
        if held.push(reply) { self.send_held().await } else { Ok(()) }
    }

    /// Sends the answers that waited for others.
    async fn send_held(&mut self) -> Result<(), &'static str> {
        let replies = self.held.as_mut().map(batch::Held::take).unwrap_or_default();
        for reply in replies {
            self.link.send(&reply.bytes, reply.tail.as_ref()).await?;
        }
        Ok(())
    }

    /// Ends a connection that has not logged on, stalls in a message, or has been idle with nothing open for too long; else sets the next time to
    /// look.
    async fn check_deadlines(&mut self) -> Result<(), &'static str> {
        let settings = self.connection.service.server.settings();
        let logged_on = self.connection.has_logged_on();
        idle::check_arrival(&self.link, logged_on, &settings)?;
        let next = self.end_idle_sessions(&settings).await?;
        let nobody = logged_on && self.connection.entry.session_count() == 0;
        self.deadline.as_mut().reset(idle::next_look(&self.link, nobody, next, &settings)?);
        Ok(())
    }

    /// Ends sessions that nobody uses (behaviours 1.12, 1.23), and the connection with the last of them; answers when to look again.
    async fn end_idle_sessions(&mut self, settings: &Settings) -> Result<Duration, &'static str> {
        let (mut look, clock) = (idle::Look::new(), now());
        let nothing_waits = self.connection.pending().is_empty();
        for session in self.connection.end_closed_sessions().await {
            if look.ends(idle::verdict(&session.core, nothing_waits, settings, clock)) {
                self.connection.end_session(&session).await;
                self.connection.service.server.note_timed_out(1);
            }
        }
        look.next()
    }
}
