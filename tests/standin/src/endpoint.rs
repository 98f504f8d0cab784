//! The services of the world, by the last segment of their address.

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::gateways;
use crate::hosts::{Page, Role};

/// One service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Endpoint {
    /// Takes the chunks of a file.
    #[serde(rename = "webwxuploadmedia")]
    UploadMedia,
    /// Asks whether a big file is there already.
    #[serde(rename = "webwxcheckupload")]
    CheckUpload,
    /// Sends an uploaded image, or forwards a received one.
    #[serde(rename = "webwxsendmsgimg")]
    SendMsgImg,
    /// Sends an uploaded GIF.
    #[serde(rename = "webwxsendemoticon")]
    SendEmoticon,
    /// Sends an uploaded file.
    #[serde(rename = "webwxsendappmsg")]
    SendAppMsg,
    /// Gives the image of a message.
    #[serde(rename = "webwxgetmsgimg")]
    WebGetMsgImg,
    /// Gives the picture of an upload.
    #[serde(rename = "webwxpreview")]
    Preview,
    /// Gives the file of a message.
    #[serde(rename = "webwxgetmedia")]
    GetMedia,
    /// Says who is logged in.
    #[serde(rename = "webwxinit")]
    Init,
    /// Gives the new messages.
    #[serde(rename = "webwxsync")]
    Sync,
    /// Says whether there are new messages.
    #[serde(rename = "synccheck")]
    SyncCheck,
    /// Takes the page's counters.
    #[serde(rename = "reportforweb")]
    ReportForWeb,
    /// The gateway's getMsgImg.
    #[serde(rename = "getMsgImg")]
    GatewayGetMsgImg,
    /// GeWe's downloadImage.
    #[serde(rename = "downloadImage")]
    GeweDownloadImage,
    /// WeChatPadPro's GetMsgBigImg.
    #[serde(rename = "GetMsgBigImg")]
    PadProGetMsgBigImg,
    /// The CdnDownloadImage of iPad services.
    #[serde(rename = "CdnDownloadImage")]
    ToolsCdnDownloadImage,
    /// The picture that the gateway's answer points to.
    #[serde(rename = "gatewayimage")]
    GatewayImage,
}

/// Where the file host keeps the pictures that the gateway points to.
pub(crate) const GATEWAY_IMAGES: &str = "/msgImg/";

impl Endpoint {
    const ALL: [Self; 17] = [
        Self::UploadMedia,
        Self::CheckUpload,
        Self::SendMsgImg,
        Self::SendEmoticon,
        Self::SendAppMsg,
        Self::WebGetMsgImg,
        Self::Preview,
        Self::GetMedia,
        Self::Init,
        Self::Sync,
        Self::SyncCheck,
        Self::ReportForWeb,
        Self::GatewayGetMsgImg,
        Self::GeweDownloadImage,
        Self::PadProGetMsgBigImg,
        Self::ToolsCdnDownloadImage,
        Self::GatewayImage,
    ];

    /// The name in addresses, faults and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::UploadMedia => "webwxuploadmedia",
            Self::CheckUpload => "webwxcheckupload",
            Self::SendMsgImg => "webwxsendmsgimg",
            Self::SendEmoticon => "webwxsendemoticon",
            Self::WebGetMsgImg => "webwxgetmsgimg",
            Self::SendAppMsg => "webwxsendappmsg",
            Self::GetMedia => "webwxgetmedia",
            Self::Preview => "webwxpreview",
            Self::Init => "webwxinit",
            Self::Sync => "webwxsync",
            Self::SyncCheck => "synccheck",
            Self::ReportForWeb => "reportforweb",
            Self::GatewayGetMsgImg => "getMsgImg",
            Self::GeweDownloadImage => "downloadImage",
            Self::PadProGetMsgBigImg => "GetMsgBigImg",
            Self::ToolsCdnDownloadImage => "CdnDownloadImage",
            Self::GatewayImage => "gatewayimage",
        }
    }

    /// The endpoint of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    /// What a gateway answers with JSON.
    pub(crate) fn is_of_gateway(self) -> bool {
        matches!(
            self,
            Self::GatewayGetMsgImg | Self::GeweDownloadImage | Self::PadProGetMsgBigImg | Self::ToolsCdnDownloadImage
        )
    }

    /// What is asked of the file host.
    fn is_for_files(self) -> bool {
        matches!(self, Self::UploadMedia | Self::GetMedia)
    }

    /// What the File Transfer Helper's page asks for; what WeChat Web's has of it, it has from the start.
    fn is_for_sync(self) -> bool {
        matches!(self, Self::Init | Self::Sync | Self::SyncCheck)
    }

    /// What answers at this path of a host with this role.
    pub(crate) fn at(role: &Role, path: &str) -> Option<Self> {
        let is_web = |name: &&str| name.starts_with("webwx") || *name == "synccheck";
        let web = || path.strip_prefix("/cgi-bin/mmwebwx-bin/").filter(is_web).and_then(Self::named);
        match role {
            Role::File(_) if path.starts_with(GATEWAY_IMAGES) => Some(Self::GatewayImage),
            Role::File(_) => web().filter(|endpoint| endpoint.is_for_files()),
            Role::Page(Page { dialect: Dialect::Web, .. }) | Role::Support
                if path == "/cgi-bin/mmsupport-bin/reportforweb" =>
            {
                Some(Self::ReportForWeb)
            }
            Role::Page(Page { dialect: Dialect::Web, .. }) => {
                web().filter(|endpoint| !endpoint.is_for_files() && !endpoint.is_for_sync())
            }
            Role::Page(Page { dialect: Dialect::FileHelper, .. }) => web().filter(|endpoint| !endpoint.is_for_files()),
            Role::Gateway if path == "/getMsgImg" => Some(Self::GatewayGetMsgImg),
            Role::Gateway => gateways::endpoint(path),
            Role::Support => None,
        }
    }
}
