//! Why a request is refused: a Ret code and a sentence that names the field.

/// A refusal in the words of BaseResponse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) ret: i64,
    pub(crate) why: String,
}

impl Refusal {
    /// A parameter is missing, or not what it has to be.
    pub(crate) const PARAMETER: i64 = 1;
    /// `Content` is missing in a send.
    pub(crate) const SYSTEM: i64 = -1;
    /// `webwx_data_ticket` or `pass_ticket` is not the session's.
    pub(crate) const TICKET: i64 = -14;
    /// Uin, Sid or Skey is not the session's.
    pub(crate) const LOGGED_OUT: i64 = 1101;
    /// A cookie is missing, or not the session's.
    pub(crate) const COOKIE: i64 = 1102;
    /// The receiver is nobody this account may write to.
    pub(crate) const TARGET: i64 = 1204;

    pub(crate) fn new(ret: i64, why: impl Into<String>) -> Self {
        Self { ret, why: why.into() }
    }

    pub(crate) fn parameter(why: impl Into<String>) -> Self {
        Self::new(Self::PARAMETER, why)
    }
}

/// `Ok` when `holds`, else Ret 1 with that reason.
pub(crate) fn require(holds: bool, why: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::parameter(why())) }
}
