//! In what the two pages that speak the services differ (docs/protocol.md, "File Transfer Helper"). What a host's dialect is,
//! [`Origin::dialect`](super::Origin::dialect) alone decides; what follows from it, this file says.

/// A way of speaking the services of WeChat Web.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// WeChat Web.
    #[default]
    Web,
    /// The File Transfer Helper.
    FileHelper,
}

impl Dialect {
    /// The dialect of a name that [`Dialect::name`] gives.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Web, Self::FileHelper].into_iter().find(|dialect| dialect.name() == name)
    }

    /// The name in a session.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::FileHelper => "filehelper",
        }
    }

    /// What each request calls the page: `mmweb_appid`, in a header of a POST and in the query of a GET.
    pub(crate) const fn app_id(self) -> Option<&'static str> {
        match self {
            Self::Web => None,
            Self::FileHelper => Some("wx_webfilehelper"),
        }
    }

    /// The one receiver that the page has.
    pub(crate) const fn receiver(self) -> Option<&'static str> {
        match self {
            Self::Web => None,
            Self::FileHelper => Some("filehelper"),
        }
    }

    /// `lang` of a session that says nothing of it; empty for none.
    pub(crate) const fn lang(self) -> &'static str {
        match self {
            Self::Web => "zh_CN",
            Self::FileHelper => "",
        }
    }

    /// Whether an upload's form has the `pass_ticket` decoded, and not as the page keeps it.
    pub(crate) const fn decodes_ticket(self) -> bool {
        matches!(self, Self::Web)
    }

    /// Whether the page sends `reportforweb` counters.
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Web)
    }
}
