use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SCMR] 3.1.4.19 RStartServiceW (Opnum 19), what the client gives. It is answered with a Win32 error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// hService
    pub service: ContextHandle,
    /// argc
    pub count: u32,
    /// argv; a string the client left out is `None`.
    pub arguments: Option<Vec<Option<NtString>>>,
}

impl StartRequest {
    /// SC_MAX_ARGUMENTS
    const MAX_ARGUMENTS: u32 = 1024;

    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (service, count) = (r.context_handle("hService")?, r.u32("argc")?);
        if count > Self::MAX_ARGUMENTS {
            return Err(DecodeError::invalid("argc", "more arguments than there may be"));
        }
        let arguments = r.unique("argv", |r| {
            let elements = r.count(4, "argv")?;
            let present = (0..elements).map(|_| r.pointer("argv")).collect::<Result<Vec<_>, _>>()?;
            present.into_iter().map(|present| present.then(|| r.string("argv")).transpose()).collect()
        })?;
        Ok(Self { service, count, arguments })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.service);
        w.u32(self.count);
        w.unique(self.arguments.as_ref(), |w, arguments| {
            w.count(arguments.len());
            for argument in arguments {
                w.pointer(argument.is_some());
            }
            for argument in arguments {
                w.deferred_string(argument.as_ref());
            }
        });
    }
}
