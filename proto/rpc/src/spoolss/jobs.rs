//! Jobs ([MS-RPRN] 3.1.4.3), and as clients set them (2.2.1.7). What pDevMode and pSecurityDescriptor say is ignored.

use super::SystemTime;
use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, UlongPtr, WideString};

structure! {
    /// [MS-RPRN] 2.2.1.7.1 JOB_INFO_1
    #[derive(Default)]
    Job1 {
        id: u32,
        printer: Option<WideString>,
        machine: Option<WideString>,
        user: Option<WideString>,
        document: Option<WideString>,
        datatype: Option<WideString>,
        status_text: Option<WideString>,
        status: u32,
        priority: u32,
        position: u32,
        total_pages: u32,
        pages_printed: u32,
        submitted: SystemTime,
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.7.2 JOB_INFO_2
    #[derive(Default)]
    Job2 {
        id: u32,
        printer: Option<WideString>,
        machine: Option<WideString>,
        user: Option<WideString>,
        document: Option<WideString>,
        notify: Option<WideString>,
        datatype: Option<WideString>,
        print_processor: Option<WideString>,
        parameters: Option<WideString>,
        driver: Option<WideString>,
        devmode: UlongPtr,
        status_text: Option<WideString>,
        descriptor: UlongPtr,
        status: u32,
        priority: u32,
        position: u32,
        start_time: u32,
        until_time: u32,
        total_pages: u32,
        size: u32,
        submitted: SystemTime,
        time: u32,
        pages_printed: u32,
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.7.3 JOB_INFO_3
    Job3 { id: u32, next: u32, reserved: u32, }
}
structure! {
    /// [MS-RPRN] 2.2.1.7.4 JOB_INFO_4
    #[derive(Default)]
    Job4 {
        id: u32,
        printer: Option<WideString>,
        machine: Option<WideString>,
        user: Option<WideString>,
        document: Option<WideString>,
        notify: Option<WideString>,
        datatype: Option<WideString>,
        print_processor: Option<WideString>,
        parameters: Option<WideString>,
        driver: Option<WideString>,
        devmode: UlongPtr,
        status_text: Option<WideString>,
        descriptor: UlongPtr,
        status: u32,
        priority: u32,
        position: u32,
        start_time: u32,
        until_time: u32,
        total_pages: u32,
        size: u32,
        submitted: SystemTime,
        time: u32,
        pages_printed: u32,
        size_high: u32,
    }
}
union! {
    /// The union in [MS-RPRN] 2.2.1.2.5 JOB_CONTAINER
    JobLevel: u32 {
        1 => Level1(Option<Job1>),
        2 => Level2(Option<Job2>),
        3 => Level3(Option<Job3>),
        4 => Level4(Option<Job4>),
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.2.5 JOB_CONTAINER
    JobContainer { level: u32, job: JobLevel, }
}

operation! {
    /// [MS-RPRN] 3.1.4.3.1 RpcSetJob
    2 SetJobRequest { handle: ContextHandle, job: u32, container: Option<JobContainer>, command: u32, }
    => SetJobResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.3.2 RpcGetJob
    3 GetJobRequest { handle: ContextHandle, job: u32, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => GetJobResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.3.3 RpcEnumJobs
    4 EnumJobsRequest {
        handle: ContextHandle,
        first: u32,
        count: u32,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => EnumJobsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.3.4 RpcAddJob
    24 AddJobRequest { handle: ContextHandle, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => AddJobResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.3.5 RpcScheduleJob
    25 ScheduleJobRequest { handle: ContextHandle, job: u32, } => ScheduleJobResponse { } u32
}
