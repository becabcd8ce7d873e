//! The `lanward` command: configuration, wiring, run.

mod accounts;
mod capture;
mod command;
mod config;
mod control;
mod devices;
mod dial;
mod disagreement;
mod discovery;
mod events;
mod exit;
mod file_systems;
mod identity;
mod interfaces;
mod listen;
mod listeners;
mod local_services;
mod logging;
mod managed;
mod metrics;
mod net;
mod netbios;
mod offered;
mod opens;
mod password;
mod printers;
mod probe;
mod recycle;
mod reload;
mod rpc;
mod run;
mod selftest;
mod share_store;
mod shares;
mod signals;
mod snapshots;
mod unix;
mod vpn;

fn main() -> std::process::ExitCode {
    command::main()
}
