//! The machine's interfaces as they come and go, and what is offered at which.

mod arrivals;
mod follow;
mod pattern;
mod policy;

pub(crate) use arrivals::refused_arrivals;
pub(crate) use follow::Follow;
pub(crate) use pattern::NamePattern;
pub(crate) use policy::{Judgement, Policy, Reason, Rule, Service, ZoneAddresses, is_private};
