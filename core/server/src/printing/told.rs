//! What is told of printing.

use super::job::Job;
use super::requester::Requester;
use crate::{Event, Server};

impl Server {
    pub(super) fn tell_submitted(&self, by: &Requester, job: &Job) {
        if self.has_audience() {
            let (printer, document) = (job.printer.clone(), job.document.clone());
            let (who, id, bytes) = (by.subject.clone(), job.id.0, job.bytes);
            self.event(Event::PrintSubmitted { who, printer, job: id, document, bytes });
        }
    }

    /// A job is over: `why` says how.
    pub(super) fn tell_ended(&self, job: &Job, why: String) {
        if self.has_audience() {
            let (printer, user) = (job.printer.clone(), job.owner.clone());
            self.event(Event::PrintEnded { user, printer, job: job.id.0, bytes: job.bytes, why });
        }
    }

    pub(super) fn tell_print_change(&self, by: &Requester, what: &'static str, name: String) {
        if self.has_audience() {
            self.event(Event::Changed { by: by.subject.clone(), what, name });
        }
    }
}
