//! The VPN as the main process sees it: what needs privilege is opened once, a process of its own serves, and what it tells is kept here.

mod judge;
mod live;
mod privileged;
mod radius;
mod remedy;
mod service;
mod supervisor;
mod view;

pub(crate) use live::Live;
pub(crate) use privileged::{Privileged, open};
pub(crate) use remedy::remedy;
pub(crate) use service::{TRANSPORT, VpnHandle, VpnService};
pub(crate) use view::{VpnAnswer, VpnRequest, VpnSession, VpnStatistics, Which};
