//! [MS-CIFS] 3.3.5.32 Receiving an SMB_COM_IOCTL Request

use super::print_file::tell_device;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::status::INVALID_SMB;
use lanward_nt::NtStatus;
use lanward_server::{
    DeviceOpen, Flow, LineCommand, LineCounts, LineSettings, LineTiming, ModemLines, Parity, ReadWait,
    StopBits,
};
use lanward_smb1::messages::{IoctlRequest, IoctlResponse};
use lanward_smb1::serial::{
    CommError, CommEvent, ControlHandShake, DeviceControlBlock, FlowReplace, GENERAL_DEVICE, LineControl,
    SERIAL_DEVICE, TimeoutMode, function,
};
use lanward_smb1::{Body, Message};
use lanward_wire::{DecodeError, Reader, Writer};
use std::time::Duration;

/// The size of a queue, as it is told: what the kernel keeps for a terminal.
const QUEUE: u16 = 4096;
/// XonChar and XoffChar
const XON_XOFF: (u8, u8) = (0x11, 0x13);

/// A packet that answers, and whether it stands among the parameters where there is room for it in both places.
type Packet = (Vec<u8>, bool);

pub(in crate::smb1) fn ioctl(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    // Some clients send three words where there must be fourteen: that asks no device anything.
    let request = IoctlRequest::decode(body).map_err(|_| INVALID_SMB)?;
    let entry = context.open(request.fid)?;
    if let Some(job) = entry.open.print_job() {
        let packet = tell_device(context, &entry.open, job, (request.category, request.function))?;
        let mut bytes = Vec::new();
        out.message(&IoctlResponse::compose(&[], &packet, &mut bytes));
        return Ok(NtStatus::SUCCESS);
    }
    // It asks a device something; what is no device cannot be asked.
    let device = entry.open.device().ok_or(INVALID_SMB)?;
    let (packet, among_parameters) = answer(device, &request)?;
    let [parameter_room, data_room] = [request.max_parameter_count, request.max_data_count].map(usize::from);
    let fits = (packet.len() <= parameter_room, packet.len() <= data_room);
    // Systems differ in where they look for an answer: it goes where there is room for it.
    let (parameters, data) = match (among_parameters, fits) {
        (true, (true, _)) | (false, (true, false)) => (&packet[..], &[][..]),
        (_, (_, true)) => (&[][..], &packet[..]),
        _ => return Err(NtStatus::BUFFER_TOO_SMALL.into()),
    };
    let mut bytes = Vec::new();
    out.message(&IoctlResponse::compose(parameters, data, &mut bytes));
    Ok(NtStatus::SUCCESS)
}

/// # Errors
/// NOT_SUPPORTED: there is no such function; NOT_IMPLEMENTED: none that lines have here; INVALID_PARAMETER; what the line says.
fn answer(device: &DeviceOpen, request: &IoctlRequest<'_>) -> Result<Packet, NtStatus> {
    // What is set stands among the parameters, or where there are none in the data.
    let given = request.parameters().filter(|given| !given.is_empty()).or_else(|| request.data());
    let mut given = Reader::new(given.ok_or(NtStatus::INVALID_PARAMETER)?);
    let data = |packet: &[u8]| Ok((packet.to_vec(), false));
    match (request.category, request.function) {
        (SERIAL_DEVICE, function) if function & 0x20 == 0 => set(device, function, &mut given),
        (SERIAL_DEVICE, function::GET_BAUD_RATE) => {
            let baud = u16::try_from(device.settings()?.baud).unwrap_or(u16::MAX);
            data(&baud.to_le_bytes())
        }
        (SERIAL_DEVICE, function::GET_LONG_BAUD_RATE) => data(&rates(device.settings()?.baud)),
        (SERIAL_DEVICE, function::GET_LINE_CONTROL) => {
            let mut packet = Vec::new();
            line_control(device, &device.settings()?).encode(&mut Writer::new(&mut packet));
            Ok((packet, true))
        }
        (SERIAL_DEVICE, function::GET_DCB_INFORMATION) => {
            let mut packet = Vec::new();
            control_block(device)?.encode(&mut Writer::new(&mut packet));
            data(&packet)
        }
        (SERIAL_DEVICE, function::GET_COMM_STATUS) => {
            let (breaking, stopped) = device.is_held_up();
            data(&[u8::from(stopped) << 3 | u8::from(breaking) << 5])
        }
        (SERIAL_DEVICE, function::GET_LINE_STATUS) => data(&[u8::from(device.status()?.output > 0) << 1]),
        (SERIAL_DEVICE, function::GET_MODEM_OUTPUT) => {
            data(&[(device.status()?.modem & (ModemLines::DTR | ModemLines::RTS)).bits()])
        }
        (SERIAL_DEVICE, function::GET_MODEM_INPUT) => {
            data(&[device.status()?.modem.difference(ModemLines::DTR | ModemLines::RTS).bits()])
        }
        (SERIAL_DEVICE, function::GET_INQUEUE_COUNT) => data(&queue(device.status()?.input)),
        (SERIAL_DEVICE, function::GET_OUTQUEUE_COUNT) => data(&queue(device.status()?.output)),
        (SERIAL_DEVICE, function::GET_COMM_ERROR) => data(&errors(device.errors()?).bits().to_le_bytes()),
        (SERIAL_DEVICE, function::GET_COMM_EVENT) => data(&events(device)?.bits().to_le_bytes()),
        (GENERAL_DEVICE, function::FLUSH_INPUT) => done(device.command(LineCommand::FlushInput)),
        (GENERAL_DEVICE, function::FLUSH_OUTPUT) => done(device.command(LineCommand::FlushOutput)),
        _ => Err(NtStatus::NOT_SUPPORTED),
    }
}

fn done(outcome: Result<(), NtStatus>) -> Result<Packet, NtStatus> {
    outcome.map(|()| (Vec::new(), false))
}

fn set(device: &DeviceOpen, function: u16, given: &mut Reader<'_>) -> Result<Packet, NtStatus> {
    let bad = |_: DecodeError| NtStatus::INVALID_PARAMETER;
    // Whoever asks a line to do something is told of errors, where there is room for that.
    let command = |command| {
        device.command(command)?;
        Ok((Vec::new(), false))
    };
    match function {
        function::SET_BAUD_RATE => {
            let baud = given.u16("BaudRate").map_err(bad)?.into();
            done(device.set(&LineSettings { baud, ..device.settings()? }))
        }
        function::SET_LONG_BAUD_RATE => {
            let baud = given.u32("BaudRate").map_err(bad)?;
            done(device.set(&LineSettings { baud, ..device.settings()? }))
        }
        function::SET_LINE_CONTROL => {
            let control = LineControl::decode(given).map_err(bad)?;
            done(device.set(&line_settings(control, &device.settings()?)?))
        }
        function::SET_DCB_INFORMATION => {
            done(set_control_block(device, &DeviceControlBlock::decode(given).map_err(bad)?))
        }
        function::SET_BREAK_ON => command(LineCommand::Break(true)),
        function::SET_BREAK_OFF => command(LineCommand::Break(false)),
        function::STOP_TRANSMIT => command(LineCommand::Transmit(false)),
        function::START_TRANSMIT => command(LineCommand::Transmit(true)),
        function::SET_MODEM_CONTROL => {
            // One mask has the bits to set, the other those to leave.
            let (on, left) = (given.u8("OnMask").map_err(bad)?, given.u8("OffMask").map_err(bad)?);
            let outputs = ModemLines::DTR | ModemLines::RTS;
            let on = ModemLines::from_bits_truncate(on) & outputs;
            let off = ModemLines::from_bits_truncate(!left) & outputs;
            command(LineCommand::Modem { on, off: off.difference(on) })
        }
        function::SET_TRANSMIT_TIMEOUT => Err(NtStatus::NOT_IMPLEMENTED),
        _ => Err(NtStatus::NOT_SUPPORTED),
    }
}

/// A rate, the lowest and the highest, each with a fraction.
fn rates(baud: u32) -> [u8; 15] {
    let mut packet = [0; 15];
    for (at, rate) in [baud, 50, 4_000_000].into_iter().enumerate() {
        packet[at * 5..at * 5 + 4].copy_from_slice(&rate.to_le_bytes());
    }
    packet
}

/// How many bytes are in a queue, and how many it holds.
fn queue(count: u32) -> [u8; 4] {
    let [low, high] = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    let [size_low, size_high] = QUEUE.to_le_bytes();
    [low, high, size_low, size_high]
}

fn line_control(device: &DeviceOpen, settings: &LineSettings) -> LineControl {
    LineControl {
        data_bits: settings.data_bits,
        parity: match settings.parity {
            Parity::None => 0,
            Parity::Odd => 1,
            Parity::Even => 2,
            Parity::Mark => 3,
            Parity::Space => 4,
        },
        stop_bits: match settings.stop_bits {
            StopBits::One => 0,
            StopBits::OneAndHalf => 1,
            StopBits::Two => 2,
        },
        breaking: device.is_held_up().0,
    }
}

fn line_settings(control: LineControl, settings: &LineSettings) -> Result<LineSettings, NtStatus> {
    let parity = match control.parity {
        0 => Parity::None,
        1 => Parity::Odd,
        2 => Parity::Even,
        3 => Parity::Mark,
        4 => Parity::Space,
        _ => return Err(NtStatus::INVALID_PARAMETER),
    };
    let stop_bits = match control.stop_bits {
        0 => StopBits::One,
        1 => StopBits::OneAndHalf,
        2 => StopBits::Two,
        _ => return Err(NtStatus::INVALID_PARAMETER),
    };
    Ok(LineSettings { data_bits: control.data_bits, parity, stop_bits, ..*settings })
}

fn control_block(device: &DeviceOpen) -> Result<DeviceControlBlock, NtStatus> {
    let (timing, flow) = (device.timing(), flow_of(device)?);
    let mut control = ControlHandShake::DTR_ENABLE;
    control.set(ControlHandShake::CTS_OUTPUT, flow.contains(Flow::RTS_CTS));
    let mut replace = match flow.contains(Flow::RTS_CTS) {
        true => FlowReplace::RTS_HANDSHAKE,
        false => FlowReplace::RTS_ENABLE,
    };
    replace.set(FlowReplace::AUTOMATIC_TRANSMIT, flow.contains(Flow::XON_XOFF_OUT));
    replace.set(FlowReplace::AUTOMATIC_RECEIVE, flow.contains(Flow::XON_XOFF_IN));
    // A timeout of 0 is one hundredth.
    let hundredths =
        |time: Duration| u16::try_from((time.as_millis() / 10).saturating_sub(1)).unwrap_or(u16::MAX);
    Ok(DeviceControlBlock {
        write_timeout: hundredths(timing.write),
        read_timeout: hundredths(timing.read),
        control,
        flow: replace,
        timeout: match timing.wait {
            ReadWait::Everything => TimeoutMode::READ_NORMAL,
            ReadWait::Something => TimeoutMode::READ_SOMETHING,
            ReadWait::Nothing => TimeoutMode::READ_NORMAL | TimeoutMode::READ_SOMETHING,
        },
        xon: XON_XOFF.0,
        xoff: XON_XOFF.1,
        ..DeviceControlBlock::default()
    })
}

/// What a line has of flow control; one that has nothing to set has none.
fn flow_of(device: &DeviceOpen) -> Result<Flow, NtStatus> {
    match device.settings() {
        Ok(settings) => Ok(settings.flow),
        Err(NtStatus::NOT_SUPPORTED) => Ok(Flow::empty()),
        Err(status) => Err(status),
    }
}

fn set_control_block(device: &DeviceOpen, block: &DeviceControlBlock) -> Result<(), NtStatus> {
    let wait = match (
        block.timeout.contains(TimeoutMode::READ_NORMAL),
        block.timeout.contains(TimeoutMode::READ_SOMETHING),
    ) {
        (true, true) => ReadWait::Nothing,
        (true, false) => ReadWait::Everything,
        (false, true) => ReadWait::Something,
        (false, false) => return Err(NtStatus::INVALID_PARAMETER),
    };
    let mut flow = Flow::empty();
    flow.set(Flow::XON_XOFF_OUT, block.flow.contains(FlowReplace::AUTOMATIC_TRANSMIT));
    flow.set(Flow::XON_XOFF_IN, block.flow.contains(FlowReplace::AUTOMATIC_RECEIVE));
    let handshake = block.flow.contains(FlowReplace::RTS_HANDSHAKE);
    flow.set(Flow::RTS_CTS, handshake || block.control.contains(ControlHandShake::CTS_OUTPUT));
    // Where nothing can be set, what is there already is no change.
    if flow_of(device)? != flow {
        device.set(&LineSettings { flow, ..device.settings()? })?;
    }
    let time = |hundredths: u16| Duration::from_millis((u64::from(hundredths) + 1) * 10);
    let infinite = block.timeout.contains(TimeoutMode::WRITE_INFINITE);
    device.set_timing(LineTiming {
        wait,
        read: time(block.read_timeout),
        write: if infinite { Duration::MAX } else { time(block.write_timeout) },
    });
    Ok(())
}

fn errors((before, now): (LineCounts, LineCounts)) -> CommError {
    let mut errors = CommError::empty();
    errors.set(CommError::QUEUE_OVERRUN, now.queue_overrun != before.queue_overrun);
    errors.set(CommError::OVERRUN, now.overrun != before.overrun);
    errors.set(CommError::PARITY, now.parity != before.parity);
    errors.set(CommError::FRAMING, now.framing != before.framing);
    errors
}

fn events(device: &DeviceOpen) -> Result<CommEvent, NtStatus> {
    let (before, now) = device.events()?;
    let status = device.status()?;
    let mut events = CommEvent::empty();
    events.set(CommEvent::RECEIVED, status.input > 0);
    events.set(CommEvent::SENT, status.output == 0);
    events.set(CommEvent::CTS, now.cts != before.cts);
    events.set(CommEvent::DSR, now.dsr != before.dsr);
    events.set(CommEvent::DCD, now.dcd != before.dcd);
    events.set(CommEvent::BREAK, now.breaks != before.breaks);
    events.set(CommEvent::ERROR, !errors((before, now)).is_empty());
    events.set(CommEvent::RING, now.ring != before.ring);
    Ok(events)
}
