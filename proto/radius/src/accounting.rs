use crate::access::Nas;
use crate::attribute::{AttributeType, put, put_number};
use crate::packet::{Authenticator, Code, Secret, build};
use core::time::Duration;
use std::net::Ipv4Addr;

/// What an Accounting-Request tells (RFC 2866, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountingStatus {
    /// Somebody came in.
    Start,
    /// Somebody left.
    Stop(TerminateCause),
    /// Somebody is still there.
    Interim,
    /// The server has begun: nobody is there.
    On,
    /// The server ends.
    Off,
}

/// Why a session ended (RFC 2866, 5.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TerminateCause {
    /// The user hung up.
    UserRequest,
    /// Nothing came any more.
    LostCarrier,
    /// Nothing passed for too long.
    IdleTimeout,
    /// The time that was allowed is over.
    SessionTimeout,
    /// An administrator ended it.
    AdminReset,
    /// The server went down.
    AdminReboot,
    /// Something went wrong on the way.
    NasError,
    /// The server ended it for reasons of its own.
    NasRequest,
    /// The user did what is not allowed.
    UserError,
}

impl TerminateCause {
    const fn number(self) -> u32 {
        match self {
            Self::UserRequest => 1,
            Self::LostCarrier => 2,
            Self::IdleTimeout => 4,
            Self::SessionTimeout => 5,
            Self::AdminReset => 6,
            Self::AdminReboot => 7,
            Self::NasError => 9,
            Self::NasRequest => 10,
            Self::UserError => 17,
        }
    }
}

/// What has passed in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How long it has lasted.
    pub time: Duration,
    /// Bytes from the client.
    pub received_bytes: u64,
    /// Bytes to the client.
    pub sent_bytes: u64,
    /// Packets from the client.
    pub received_packets: u64,
    /// Packets to the client.
    pub sent_packets: u64,
}

/// RFC 2866, 4.1 Accounting-Request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingRequest {
    /// What it tells.
    pub status: AccountingStatus,
    /// Who tells.
    pub nas: Nas,
    /// Acct-Session-Id: which session.
    pub session: String,
    /// User-Name
    pub user: Vec<u8>,
    /// Framed-IP-Address: what the client has been given.
    pub address: Option<Ipv4Addr>,
    /// Class: what came with the acceptance.
    pub class: Vec<Vec<u8>>,
    /// What has passed.
    pub usage: Usage,
    /// How long ago it was; the packet stays the same however often it is sent.
    pub delay: Duration,
}

impl AccountingRequest {
    /// The packet.
    #[must_use]
    pub fn encode(&self, identifier: u8, secret: &Secret) -> Vec<u8> {
        const RADIUS: u32 = 1;
        let (status, cause) = match self.status {
            AccountingStatus::Start => (1, None),
            AccountingStatus::Stop(cause) => (2, Some(cause)),
            AccountingStatus::Interim => (3, None),
            AccountingStatus::On => (7, None),
            AccountingStatus::Off => (8, None),
        };
        let mut out = Vec::new();
        put_number(&mut out, AttributeType::ACCT_STATUS_TYPE, status);
        put(&mut out, AttributeType::ACCT_SESSION_ID, self.session.as_bytes());
        self.nas.put(&mut out);
        put_number(&mut out, AttributeType::ACCT_DELAY_TIME, seconds(self.delay));
        let whole_server = matches!(self.status, AccountingStatus::On | AccountingStatus::Off);
        if !whole_server {
            put(&mut out, AttributeType::USER_NAME, &self.user);
            put_number(&mut out, AttributeType::ACCT_AUTHENTIC, RADIUS);
            if let Some(address) = self.address {
                put(&mut out, AttributeType::FRAMED_IP_ADDRESS, &address.octets());
            }
            self.class.iter().for_each(|class| put(&mut out, AttributeType::CLASS, class));
        }
        if matches!(self.status, AccountingStatus::Stop(_) | AccountingStatus::Interim) {
            self.put_usage(&mut out);
        }
        if let Some(cause) = cause {
            put_number(&mut out, AttributeType::ACCT_TERMINATE_CAUSE, cause.number());
        }
        build(Code::ACCOUNTING_REQUEST, identifier, Authenticator::Signed, &out, secret)
    }

    fn put_usage(&self, out: &mut Vec<u8>) {
        let Usage { time, received_bytes, sent_bytes, received_packets, sent_packets } = self.usage;
        let (received_high, received_low) = halves(received_bytes);
        let (sent_high, sent_low) = halves(sent_bytes);
        for (kind, number) in [
            (AttributeType::ACCT_SESSION_TIME, seconds(time)),
            (AttributeType::ACCT_INPUT_OCTETS, received_low),
            (AttributeType::ACCT_INPUT_GIGAWORDS, received_high),
            (AttributeType::ACCT_OUTPUT_OCTETS, sent_low),
            (AttributeType::ACCT_OUTPUT_GIGAWORDS, sent_high),
            (AttributeType::ACCT_INPUT_PACKETS, halves(received_packets).1),
            (AttributeType::ACCT_OUTPUT_PACKETS, halves(sent_packets).1),
        ] {
            put_number(out, kind, number);
        }
    }
}

fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

fn halves(number: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}
