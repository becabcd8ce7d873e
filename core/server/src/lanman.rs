//! `\PIPE\LANMAN` ([MS-RAP] 3.2.3): requests of the Remote Administration Protocol come in transactions of SMB 1, one each, and whoever
//! administers the server answers them.

use crate::{Caller, TreeConnect};
use lanward_nt::NtStatus;
use lanward_wire::CodePage;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

/// One request as a transaction brought it, all of its parts together, and how much its client takes ([MS-CIFS] 2.2.4.33.1).
#[derive(Debug, Clone, Copy)]
pub struct LanmanRequest<'a> {
    /// Trans_Parameters: [MS-RAP] 2.5.1
    pub parameters: &'a [u8],
    /// Trans_Data: RAPInData
    pub data: &'a [u8],
    /// MaxParameterCount: most bytes of parameters in the answer.
    pub max_parameters: u32,
    /// MaxDataCount: most bytes of data in the answer.
    pub max_data: u32,
    /// What strings are in.
    pub code_page: CodePage,
}

/// The answer, no larger than its client takes ([MS-RAP] 2.5.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LanmanResponse {
    /// Trans_Parameters
    pub parameters: Vec<u8>,
    /// Trans_Data
    pub data: Vec<u8>,
}

/// Work on one request, which ends by itself. Dropping it gives the request up.
pub type LanmanAnswer<'a> = Pin<Box<dyn Future<Output = LanmanResponse> + Send + 'a>>;

/// What answers requests. What a caller may not do it refuses in its answer.
pub type LanmanService = Arc<dyn for<'a> Fn(&'a Caller, LanmanRequest<'a>) -> LanmanAnswer<'a> + Send + Sync>;

/// Where requests go.
#[derive(Default)]
pub struct LanmanPipe(OnceLock<LanmanService>);

impl LanmanPipe {
    /// Says what answers. The first one stays.
    pub fn serve(&self, service: LanmanService) {
        let _ = self.0.set(service);
    }

    /// Answers a request of somebody.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: nothing answers.
    pub async fn answer(
        &self,
        caller: &Caller,
        request: LanmanRequest<'_>,
    ) -> Result<LanmanResponse, NtStatus> {
        let service = self.0.get().ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        Ok(service(caller, request).await)
    }
}

impl fmt::Debug for LanmanPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "served" } else { "not served" })
    }
}

impl TreeConnect {
    /// Answers a request of the Remote Administration Protocol, to whatever share it came: the name of the transaction alone decides
    /// ([MS-CIFS] 3.3.5.57.1). Its errors are in its answer; that of the transaction is SUCCESS then.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: nothing answers; USER_SESSION_DELETED.
    pub async fn lanman(&self, request: LanmanRequest<'_>) -> Result<LanmanResponse, NtStatus> {
        self.server.lanman().answer(&self.caller()?, request).await
    }
}
