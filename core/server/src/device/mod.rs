//! Serial lines that clients use: shares of the service COMM ([MS-CIFS] 2.2.4.50.1) and what is open of them.

mod comm;
mod line;
mod open;
mod sharing;
#[cfg(test)]
mod tests;

pub use comm::{CommDevice, CommPolicy};
pub use line::{
    CommPort, Flow, Line, LineCommand, LineCounts, LineSettings, LineStatus, LineWork, ModemLines, Parity,
    StopBits,
};
pub use open::{DeviceOpen, LineTiming, ReadWait};
