//! The shapes of the answers, with the keys in the order of the wire.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::endpoint::Endpoint;
use crate::exchange::Response;
use crate::gateway::GatewayForm;
use crate::gateways;
use crate::refusal::Refusal;

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BaseResponse {
    ret: i64,
    err_msg: String,
}

impl From<Refusal> for BaseResponse {
    fn from(refusal: Refusal) -> Self {
        Self { ret: refusal.ret, err_msg: refusal.why }
    }
}

/// What webwxuploadmedia answers; the default is the answer to a middle chunk.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UploadAnswer {
    pub(crate) base_response: BaseResponse,
    pub(crate) media_id: String,
    pub(crate) start_pos: u64,
    #[serde(rename = "CDNThumbImgHeight")]
    pub(crate) thumb_height: u32,
    #[serde(rename = "CDNThumbImgWidth")]
    pub(crate) thumb_width: u32,
}

/// What webwxcheckupload answers.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CheckAnswer {
    pub(crate) base_response: BaseResponse,
    pub(crate) media_id: String,
    #[serde(rename = "AESKey")]
    pub(crate) aes_key: String,
    pub(crate) signature: String,
    pub(crate) encry_file_name: String,
}

/// What the three that send answer.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendAnswer {
    pub(crate) base_response: BaseResponse,
    #[serde(rename = "MsgID")]
    pub(crate) msg_id: String,
    #[serde(rename = "LocalID")]
    pub(crate) local_id: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BareAnswer {
    pub(crate) base_response: BaseResponse,
}

/// The JSON with which an endpoint refuses; `media_id` is empty but where a fault puts one beside the Ret.
pub(crate) fn refused(endpoint: Endpoint, refusal: Refusal, media_id: String, form: GatewayForm) -> Response {
    match endpoint {
        Endpoint::UploadMedia => {
            json(&UploadAnswer { base_response: refusal.into(), media_id, ..UploadAnswer::default() })
        }
        Endpoint::CheckUpload => {
            json(&CheckAnswer { base_response: refusal.into(), media_id, ..CheckAnswer::default() })
        }
        Endpoint::SendMsgImg | Endpoint::SendEmoticon | Endpoint::SendAppMsg => {
            json(&SendAnswer { base_response: refusal.into(), ..SendAnswer::default() })
        }
        Endpoint::GatewayGetMsgImg => form.refused(&refusal),
        Endpoint::GeweDownloadImage | Endpoint::PadProGetMsgBigImg | Endpoint::ToolsCdnDownloadImage => {
            gateways::refused(endpoint, form, &refusal)
        }
        Endpoint::Init
        | Endpoint::Sync
        | Endpoint::SyncCheck
        | Endpoint::WebGetMsgImg
        | Endpoint::GetMedia
        | Endpoint::Preview
        | Endpoint::ReportForWeb
        | Endpoint::GatewayImage => json(&BareAnswer { base_response: refusal.into() }),
    }
}

/// JSON under the content type of the real service, `text/plain`.
pub(crate) fn json(value: &impl Serialize) -> Response {
    typed("text/plain", to_json(value))
}

/// JSON that says so.
pub(crate) fn application_json(value: &impl Serialize) -> Response {
    typed("application/json", to_json(value))
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Every value that comes here is made of strings, numbers and lists: writing it cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

pub(crate) fn typed(content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An HTML page as a front server gives it: whatever the status, it is no answer of the endpoint.
pub(crate) fn html(status: StatusCode, title: &str) -> Response {
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = typed("text/html", page);
    *response.status_mut() = status;
    response
}

/// 200 with no bytes.
pub(crate) fn empty() -> Response {
    Response::new(Bytes::new())
}
