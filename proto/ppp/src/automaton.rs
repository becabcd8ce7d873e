//! The option negotiation automaton (RFC 1661 4) as the table it is.

/// RFC 1661 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The lower layer is down, and nobody has asked for this one.
    Initial,
    /// The lower layer is down, and this one is wanted.
    Starting,
    /// The lower layer is up, and nobody has asked for this one.
    Closed,
    /// It has ended, and waits for the peer to begin anew.
    Stopped,
    /// It is being closed from here.
    Closing,
    /// It is being closed by the peer.
    Stopping,
    /// A request was sent.
    RequestSent,
    /// A request was sent and acknowledged.
    AckReceived,
    /// A request was sent, and the peer's was acknowledged.
    AckSent,
    /// Both were acknowledged.
    Opened,
}

/// RFC 1661 4.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The lower layer is up.
    Up,
    /// The lower layer is down.
    Down,
    /// The layer is wanted.
    Open,
    /// The layer is wanted no more.
    Close,
    /// TO+: no answer came in time.
    Timeout,
    /// TO-: no answer came in time, and it was the last try.
    LastTimeout,
    /// RCR+: a request that can be acknowledged.
    GoodRequest,
    /// RCR-: a request that cannot.
    BadRequest,
    /// RCA: an acknowledgement.
    Ack,
    /// RCN: a Nak or a Reject.
    Nak,
    /// RTR: the peer ends it.
    TerminateRequest,
    /// RTA: the peer agrees to an end, or is at one.
    TerminateAck,
    /// RUC: a code nobody knows.
    UnknownCode,
    /// RXJ+: a rejection one can live with.
    TolerableReject,
    /// RXJ-: a rejection one cannot.
    FatalReject,
    /// RXR: an echo, or what is to be thrown away.
    Echo,
}

/// RFC 1661 4.4, in its order within a cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// tlu
    LayerUp,
    /// tld
    LayerDown,
    /// tls
    LayerStarted,
    /// tlf
    LayerFinished,
    /// irc
    InitializeRestartCount,
    /// zrc
    ZeroRestartCount,
    /// scr
    SendRequest,
    /// sca
    SendAck,
    /// scn
    SendNak,
    /// str
    SendTerminateRequest,
    /// sta
    SendTerminateAck,
    /// scj
    SendCodeReject,
    /// ser
    SendEchoReply,
}

/// What to do, and the state that follows; `None` for what cannot happen, which changes nothing.
pub type Cell = Option<(&'static [Action], State)>;

/// What `event` does in `state` (RFC 1661 4.1).
#[must_use]
pub fn step(state: State, event: Event) -> Cell {
    TABLE.get(event.row()).and_then(|row| row.get(state.column())).copied().flatten()
}

impl State {
    /// Every state, in the order of the table's columns.
    pub const ALL: [Self; 10] = [
        Self::Initial,
        Self::Starting,
        Self::Closed,
        Self::Stopped,
        Self::Closing,
        Self::Stopping,
        Self::RequestSent,
        Self::AckReceived,
        Self::AckSent,
        Self::Opened,
    ];

    const fn column(self) -> usize {
        match self {
            Self::Initial => 0,
            Self::Starting => 1,
            Self::Closed => 2,
            Self::Stopped => 3,
            Self::Closing => 4,
            Self::Stopping => 5,
            Self::RequestSent => 6,
            Self::AckReceived => 7,
            Self::AckSent => 8,
            Self::Opened => 9,
        }
    }

    /// Whether the restart timer runs in it.
    #[must_use]
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::Closing | Self::Stopping | Self::RequestSent | Self::AckReceived | Self::AckSent)
    }
}

impl Event {
    /// Every event, in the order of the table's rows.
    pub const ALL: [Self; 16] = [
        Self::Up,
        Self::Down,
        Self::Open,
        Self::Close,
        Self::Timeout,
        Self::LastTimeout,
        Self::GoodRequest,
        Self::BadRequest,
        Self::Ack,
        Self::Nak,
        Self::TerminateRequest,
        Self::TerminateAck,
        Self::UnknownCode,
        Self::TolerableReject,
        Self::FatalReject,
        Self::Echo,
    ];

    const fn row(self) -> usize {
        match self {
            Self::Up => 0,
            Self::Down => 1,
            Self::Open => 2,
            Self::Close => 3,
            Self::Timeout => 4,
            Self::LastTimeout => 5,
            Self::GoodRequest => 6,
            Self::BadRequest => 7,
            Self::Ack => 8,
            Self::Nak => 9,
            Self::TerminateRequest => 10,
            Self::TerminateAck => 11,
            Self::UnknownCode => 12,
            Self::TolerableReject => 13,
            Self::FatalReject => 14,
            Self::Echo => 15,
        }
    }
}

const TABLE: [[Cell; 10]; 16] = {
    use Action::{
        InitializeRestartCount as Irc, LayerDown as Tld, LayerFinished as Tlf, LayerStarted as Tls,
        LayerUp as Tlu, SendAck as Sca, SendCodeReject as Scj, SendEchoReply as Ser, SendNak as Scn,
        SendRequest as Scr, SendTerminateAck as Sta, SendTerminateRequest as Str, ZeroRestartCount as Zrc,
    };
    use State::{
        AckReceived as S7, AckSent as S8, Closed as S2, Closing as S4, Initial as S0, Opened as S9,
        RequestSent as S6, Starting as S1, Stopped as S3, Stopping as S5,
    };
    const fn to(state: State) -> Cell {
        Some((&[], state))
    }
    const fn on(actions: &'static [Action], state: State) -> Cell {
        Some((actions, state))
    }
    const NO: Cell = None;
    [
        [to(S2), on(&[Irc, Scr], S6), NO, NO, NO, NO, NO, NO, NO, NO],
        [NO, NO, to(S0), on(&[Tls], S1), to(S0), to(S1), to(S1), to(S1), to(S1), on(&[Tld], S1)],
        [on(&[Tls], S1), to(S1), on(&[Irc, Scr], S6), to(S3), to(S5), to(S5), to(S6), to(S7), to(S8), to(S9)],
        [
            to(S0),
            on(&[Tlf], S0),
            to(S2),
            to(S2),
            to(S4),
            to(S4),
            on(&[Irc, Str], S4),
            on(&[Irc, Str], S4),
            on(&[Irc, Str], S4),
            on(&[Tld, Irc, Str], S4),
        ],
        [NO, NO, NO, NO, on(&[Str], S4), on(&[Str], S5), on(&[Scr], S6), on(&[Scr], S6), on(&[Scr], S8), NO],
        [NO, NO, NO, NO, on(&[Tlf], S2), on(&[Tlf], S3), on(&[Tlf], S3), on(&[Tlf], S3), on(&[Tlf], S3), NO],
        [
            NO,
            NO,
            on(&[Sta], S2),
            on(&[Irc, Scr, Sca], S8),
            to(S4),
            to(S5),
            on(&[Sca], S8),
            on(&[Sca, Tlu], S9),
            on(&[Sca], S8),
            on(&[Tld, Scr, Sca], S8),
        ],
        [
            NO,
            NO,
            on(&[Sta], S2),
            on(&[Irc, Scr, Scn], S6),
            to(S4),
            to(S5),
            on(&[Scn], S6),
            on(&[Scn], S7),
            on(&[Scn], S6),
            on(&[Tld, Scr, Scn], S6),
        ],
        [
            NO,
            NO,
            on(&[Sta], S2),
            on(&[Sta], S3),
            to(S4),
            to(S5),
            on(&[Irc], S7),
            on(&[Scr], S6),
            on(&[Irc, Tlu], S9),
            on(&[Tld, Scr], S6),
        ],
        [
            NO,
            NO,
            on(&[Sta], S2),
            on(&[Sta], S3),
            to(S4),
            to(S5),
            on(&[Irc, Scr], S6),
            on(&[Scr], S6),
            on(&[Irc, Scr], S8),
            on(&[Tld, Scr], S6),
        ],
        [
            NO,
            NO,
            on(&[Sta], S2),
            on(&[Sta], S3),
            on(&[Sta], S4),
            on(&[Sta], S5),
            on(&[Sta], S6),
            on(&[Sta], S6),
            on(&[Sta], S6),
            on(&[Tld, Zrc, Sta], S5),
        ],
        [NO, NO, to(S2), to(S3), on(&[Tlf], S2), on(&[Tlf], S3), to(S6), to(S6), to(S8), on(&[Tld, Scr], S6)],
        [
            NO,
            NO,
            on(&[Scj], S2),
            on(&[Scj], S3),
            on(&[Scj], S4),
            on(&[Scj], S5),
            on(&[Scj], S6),
            on(&[Scj], S7),
            on(&[Scj], S8),
            on(&[Scj], S9),
        ],
        [NO, NO, to(S2), to(S3), to(S4), to(S5), to(S6), to(S6), to(S8), to(S9)],
        [
            NO,
            NO,
            on(&[Tlf], S2),
            on(&[Tlf], S3),
            on(&[Tlf], S2),
            on(&[Tlf], S3),
            on(&[Tlf], S3),
            on(&[Tlf], S3),
            on(&[Tlf], S3),
            on(&[Tld, Irc, Str], S5),
        ],
        [NO, NO, to(S2), to(S3), to(S4), to(S5), to(S6), to(S7), to(S8), on(&[Ser], S9)],
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1661 4.1 in its own letters: a row for each event, a column for each state.
    const RFC_1661: &str = "
        Up   | 2         | irc,scr/6 | -         | -             | -     | -     | -         | -         | -         | -
        Down | -         | -         | 0         | tls/1         | 0     | 1     | 1         | 1         | 1         | tld/1
        Open | tls/1     | 1         | irc,scr/6 | 3             | 5     | 5     | 6         | 7         | 8         | 9
        Close| 0         | tlf/0     | 2         | 2             | 4     | 4     | irc,str/4 | irc,str/4 | irc,str/4 | tld,irc,str/4
        TO+  | -         | -         | -         | -             | str/4 | str/5 | scr/6     | scr/6     | scr/8     | -
        TO-  | -         | -         | -         | -             | tlf/2 | tlf/3 | tlf/3     | tlf/3     | tlf/3     | -
        RCR+ | -         | -         | sta/2     | irc,scr,sca/8 | 4     | 5     | sca/8     | sca,tlu/9 | sca/8     | tld,scr,sca/8
        RCR- | -         | -         | sta/2     | irc,scr,scn/6 | 4     | 5     | scn/6     | scn/7     | scn/6     | tld,scr,scn/6
        RCA  | -         | -         | sta/2     | sta/3         | 4     | 5     | irc/7     | scr/6     | irc,tlu/9 | tld,scr/6
        RCN  | -         | -         | sta/2     | sta/3         | 4     | 5     | irc,scr/6 | scr/6     | irc,scr/8 | tld,scr/6
        RTR  | -         | -         | sta/2     | sta/3         | sta/4 | sta/5 | sta/6     | sta/6     | sta/6     | tld,zrc,sta/5
        RTA  | -         | -         | 2         | 3             | tlf/2 | tlf/3 | 6         | 6         | 8         | tld,scr/6
        RUC  | -         | -         | scj/2     | scj/3         | scj/4 | scj/5 | scj/6     | scj/7     | scj/8     | scj/9
        RXJ+ | -         | -         | 2         | 3             | 4     | 5     | 6         | 6         | 8         | 9
        RXJ- | -         | -         | tlf/2     | tlf/3         | tlf/2 | tlf/3 | tlf/3     | tlf/3     | tlf/3     | tld,irc,str/5
        RXR  | -         | -         | 2         | 3             | 4     | 5     | 6         | 7         | 8         | ser/9
    ";

    fn action(name: &str) -> Action {
        match name {
            "tlu" => Action::LayerUp,
            "tld" => Action::LayerDown,
            "tls" => Action::LayerStarted,
            "tlf" => Action::LayerFinished,
            "irc" => Action::InitializeRestartCount,
            "zrc" => Action::ZeroRestartCount,
            "scr" => Action::SendRequest,
            "sca" => Action::SendAck,
            "scn" => Action::SendNak,
            "str" => Action::SendTerminateRequest,
            "sta" => Action::SendTerminateAck,
            "scj" => Action::SendCodeReject,
            "ser" => Action::SendEchoReply,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn each_of_the_160_cells_is_the_rfcs() {
        let mut cells = 0;
        let rows = RFC_1661.lines().map(str::trim).filter(|row| !row.is_empty());
        for (row, event) in rows.zip(Event::ALL) {
            for (cell, state) in row.split('|').skip(1).map(str::trim).zip(State::ALL) {
                let (actions, next) = cell.split_once('/').unwrap_or(("", cell));
                let actions: Vec<_> =
                    actions.split(',').filter(|name| !name.is_empty()).map(action).collect();
                let next = next.parse::<usize>().ok().map(|n| State::ALL[n]);
                let got = step(state, event);
                assert_eq!(got.map(|(_, state)| state), next, "{event:?} in {state:?}");
                assert_eq!(got.map_or(&[][..], |(actions, _)| actions), actions, "{event:?} in {state:?}");
                cells += 1;
            }
        }
        assert_eq!(cells, 160);
    }

    #[test]
    fn the_timer_runs_where_a_time_out_means_something() {
        for state in State::ALL {
            assert_eq!(state.is_timed(), step(state, Event::Timeout).is_some(), "{state:?}");
        }
    }
}
