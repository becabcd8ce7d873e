//! A line's settings as the system has them.

use lanward_server::{Flow, LineSettings, Parity, StopBits};
use rustix::termios::{ControlModes, InputModes, Termios};
use std::io;

/// Makes a terminal a raw line that is set so.
///
/// # Errors
/// It cannot be set so.
pub(super) fn apply(settings: &LineSettings, terminal: &mut Termios) -> io::Result<()> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    terminal.make_raw();
    let size = match settings.data_bits {
        5 => ControlModes::CS5,
        6 => ControlModes::CS6,
        7 => ControlModes::CS7,
        8 => ControlModes::CS8,
        _ => return Err(invalid()),
    };
    // With characters of five bits the second stop bit is half a one.
    let two = match (settings.stop_bits, settings.data_bits) {
        (StopBits::One, _) => false,
        (StopBits::OneAndHalf, 5) | (StopBits::Two, 6..=8) => true,
        _ => return Err(invalid()),
    };
    let (parity, odd, fixed) = match settings.parity {
        Parity::None => (false, false, false),
        Parity::Odd => (true, true, false),
        Parity::Even => (true, false, false),
        Parity::Mark => (true, true, true),
        Parity::Space => (true, false, true),
    };
    let modes = &mut terminal.control_modes;
    modes.remove(ControlModes::CSIZE);
    modes.insert(size | ControlModes::CREAD | ControlModes::CLOCAL);
    modes.set(ControlModes::CSTOPB, two);
    modes.set(ControlModes::PARENB, parity);
    modes.set(ControlModes::PARODD, odd);
    modes.set(ControlModes::CMSPAR, fixed);
    modes.set(ControlModes::CRTSCTS, settings.flow.contains(Flow::RTS_CTS));
    terminal.input_modes.set(InputModes::IXON, settings.flow.contains(Flow::XON_XOFF_OUT));
    terminal.input_modes.set(InputModes::IXOFF, settings.flow.contains(Flow::XON_XOFF_IN));
    terminal.set_speed(settings.baud)?;
    Ok(())
}

/// How a terminal is set.
pub(super) fn of(terminal: &Termios) -> LineSettings {
    let modes = terminal.control_modes;
    let size = modes & ControlModes::CSIZE;
    let data_bits = [(ControlModes::CS5, 5), (ControlModes::CS6, 6), (ControlModes::CS7, 7)];
    let data_bits = data_bits.iter().find(|(bits, _)| *bits == size).map_or(8, |(_, count)| *count);
    let has = |mode| modes.contains(mode);
    let parity = match (has(ControlModes::PARENB), has(ControlModes::PARODD), has(ControlModes::CMSPAR)) {
        (false, ..) => Parity::None,
        (true, true, false) => Parity::Odd,
        (true, false, false) => Parity::Even,
        (true, true, true) => Parity::Mark,
        (true, false, true) => Parity::Space,
    };
    let stop_bits = match (has(ControlModes::CSTOPB), data_bits) {
        (false, _) => StopBits::One,
        (true, 5) => StopBits::OneAndHalf,
        (true, _) => StopBits::Two,
    };
    let mut flow = Flow::empty();
    flow.set(Flow::RTS_CTS, has(ControlModes::CRTSCTS));
    flow.set(Flow::XON_XOFF_OUT, terminal.input_modes.contains(InputModes::IXON));
    flow.set(Flow::XON_XOFF_IN, terminal.input_modes.contains(InputModes::IXOFF));
    LineSettings { baud: terminal.output_speed(), data_bits, parity, stop_bits, flow }
}

/// Whether a terminal took settings: the rate as near as its clock comes to it, all else as it was given.
pub(super) fn took(wanted: &LineSettings, found: &LineSettings) -> bool {
    let off = wanted.baud.abs_diff(found.baud);
    LineSettings { baud: wanted.baud, ..*found } == *wanted && u64::from(off) * 33 <= wanted.baud.into()
}
