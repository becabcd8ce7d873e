//! Every argument type reads what it wrote, in both transfer syntaxes, and to the last byte.

use super::*;
use crate::srvsvc::round_trips::{enumeration, text, there_and_back};

#[test]
fn the_workstation() {
    for level in [502, 1013, 1018, 1046] {
        let used = |with: u32| if level == 502 || level == with { with } else { 0 };
        let info = WorkstationInfo {
            keep_connection: used(1013),
            session_timeout: used(1018),
            dormant_file_limit: used(1046),
            max_commands: used(502),
            ..WorkstationInfo::default()
        };
        there_and_back(WorkstationGetInfoResponse { level, info: Some(info.clone()), status: 0 });
        there_and_back(WorkstationSetInfoRequest {
            server_name: None,
            level,
            info: Some(info),
            parameter_error: Some(1),
        });
    }
    there_and_back(WorkstationStatisticsRequest { service: text("s"), ..Default::default() });
    let statistics = WorkstationStatistics { start: 1 << 40, bytes: [2; 12], counts: [3; 27] };
    there_and_back(WorkstationStatisticsResponse { statistics: Some(statistics), status: 0 });
    there_and_back(WorkstationStatisticsResponse::default());
}

#[test]
fn users_transports_and_connections() {
    enumeration(|| UserInfo {
        name: text("u"),
        domain: text("d"),
        other_domains: text(""),
        logon_server: text("s"),
    });
    let transport = || WorkstationTransportInfo {
        quality_of_service: 1,
        connections: 2,
        name: text("n"),
        address: text("a"),
        wide_area: 1,
    };
    enumeration(transport);
    enumeration(|| UseInfo {
        local: text("X:"),
        remote: text("\\\\s\\x"),
        status: 1,
        uses: 2,
        user: text("u"),
        domain: text("d"),
        ..UseInfo::default()
    });
    there_and_back(WorkstationUserEnumRequest { level: 1, ..Default::default() });
    there_and_back(WorkstationTransportEnumRequest { resume_handle: Some(1), ..Default::default() });
    there_and_back(UseEnumRequest { level: 2, ..UseEnumRequest::default() });
    there_and_back(WorkstationTransportAddRequest { transport: transport(), ..Default::default() });
    there_and_back(WorkstationTransportDelRequest { name: text("n"), force_level: 2, server_name: None });
    let connection = Some(UseInfo { local: text("X:"), flags: 1, ..UseInfo::default() });
    there_and_back(UseAddRequest { level: 3, connection: connection.clone(), ..UseAddRequest::default() });
    there_and_back(UseGetInfoResponse { level: 3, connection, status: 120 });
    there_and_back(UseRequest { server_name: None, name: "X:".into(), level: 1 });
}

#[test]
fn names() {
    there_and_back(GetJoinInformationRequest { server_name: text("s"), name: text("") });
    there_and_back(GetJoinInformationResponse { name: text("W"), join_status: 2, status: 0 });
    for password in [None, Some(EncryptedPassword([7; 524]))] {
        let (name, name_type) = ("n".into(), 3);
        there_and_back(ValidateNameRequest { server_name: None, name, account: None, password, name_type });
    }
    there_and_back(EnumerateComputerNamesRequest { server_name: None, name_type: 2, reserved: 1 });
    for names in [None, Some(vec![]), Some(vec!["a".into(), "bc".into()])] {
        there_and_back(EnumerateComputerNamesResponse { names, status: 0 });
    }
}
