/// A pattern of names ([MS-FSA] 2.1.4.4).
#[derive(Debug, Clone)]
pub struct Expression;
