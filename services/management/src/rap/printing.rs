use super::RapCall;
use super::answer::Answer;
use crate::win32;
use lanward_server::Act;
use lanward_smb1::rap::{Parameter, opcode as op, structures};

/// NERR_QNotFound, NERR_JobNotFound and NERR_DestNotFound
const QUEUE_NOT_FOUND: u32 = 2150;
const JOB_NOT_FOUND: u32 = 2151;
const DESTINATION_NOT_FOUND: u32 = 2152;

/// JobComment, the one member of a job that can be set ([MS-RAP] 3.2.5.6).
const JOB_COMMENT: u16 = 0x0b;

/// [MS-RAP] 3.2.5.4 to 3.2.5.10, where nothing prints: lists are empty, and no queue, job or destination is found.
pub(super) fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    if call.caller.may(Act::Print).is_err() {
        return Err(win32::ACCESS_DENIED);
    }
    match (call.opcode, call.parameters.as_slice()) {
        (op::PRINT_Q_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let descriptor = structures::print_queue(*level).ok_or(win32::INVALID_LEVEL)?;
            Ok(call.list(descriptor, *length, []))
        }
        (op::PRINT_DEST_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let descriptor = structures::print_destination(*level).ok_or(win32::INVALID_LEVEL)?;
            Ok(call.list(descriptor, *length, []))
        }
        (_, [Parameter::Text(name), ..]) if name.units().is_empty() => Err(win32::INVALID_PARAMETER),
        (op::PRINT_Q_GET_INFO, [_, Parameter::Word(level), ..]) => {
            structures::print_queue(*level).ok_or(win32::INVALID_LEVEL)?;
            Err(QUEUE_NOT_FOUND)
        }
        (op::PRINT_DEST_GET_INFO, [_, Parameter::Word(level), ..]) => {
            structures::print_destination(*level).ok_or(win32::INVALID_LEVEL)?;
            Err(DESTINATION_NOT_FOUND)
        }
        (op::PRINT_JOB_GET_INFO | op::PRINT_JOB_ENUM, [job, Parameter::Word(level), ..]) => {
            structures::print_job(*level).ok_or(win32::INVALID_LEVEL)?;
            Err(if matches!(job, Parameter::Text(_)) { QUEUE_NOT_FOUND } else { JOB_NOT_FOUND })
        }
        (op::PRINT_JOB_SET_INFO, [_, Parameter::Word(level), _, Parameter::Member(member)]) => {
            match (level, member) {
                (1, &JOB_COMMENT) => Err(JOB_NOT_FOUND),
                (1 | 3, _) => Err(win32::NOT_SUPPORTED),
                _ => Err(win32::INVALID_LEVEL),
            }
        }
        (op::PRINT_Q_PAUSE | op::PRINT_Q_CONTINUE | op::PRINT_Q_PURGE, _) => Err(QUEUE_NOT_FOUND),
        (op::PRINT_JOB_DELETE | op::PRINT_JOB_PAUSE | op::PRINT_JOB_CONTINUE, _) => Err(JOB_NOT_FOUND),
        _ => Err(win32::NOT_SUPPORTED),
    }
}
