// The package's declarations keep the contract, in both directions: what they offer satisfies it, and whoever writes to
// the contract can be given anything of theirs. They may offer more, and the second half then says where.
import type * as contract from "./contract.js";
import type * as declared from "webwx-image";

declare const ours: typeof declared;
declare const promised: typeof contract;
ours satisfies typeof contract;
promised satisfies typeof declared;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : ["not in the package", B]) : ["not in the contract", A];

/** Each type by itself, since one that no value mentions is held by nothing above. */
export const same: [
  Same<declared.BytesSource, contract.BytesSource>,
  Same<declared.CdnFile, contract.CdnFile>,
  Same<declared.Checkpoint, contract.Checkpoint>,
  Same<declared.ClientOptions, contract.ClientOptions>,
  Same<declared.DownloadOptions, contract.DownloadOptions>,
  Same<declared.DownloadedImage, contract.DownloadedImage>,
  Same<declared.EmojiMessage, contract.EmojiMessage>,
  Same<declared.ErrorCode, contract.ErrorCode>,
  Same<declared.Gateway, contract.Gateway>,
  Same<declared.GatewayOptions, contract.GatewayOptions>,
  Same<declared.GetMsgImgRequest, contract.GetMsgImgRequest>,
  Same<declared.ImageInfo, contract.ImageInfo>,
  Same<declared.ImageMessage, contract.ImageMessage>,
  Same<declared.ImageVariant, contract.ImageVariant>,
  Same<declared.InitInput, contract.InitInput>,
  Same<declared.JobOptions, contract.JobOptions>,
  Same<declared.Md5, contract.Md5>,
  Same<declared.Message, contract.Message>,
  Same<declared.OpaqueMessage, contract.OpaqueMessage>,
  Same<declared.OtherMessage, contract.OtherMessage>,
  Same<declared.Progress, contract.Progress>,
  Same<declared.RetryOptions, contract.RetryOptions>,
  Same<declared.SendOutcome, contract.SendOutcome>,
  Same<declared.SendReceipt, contract.SendReceipt>,
  Same<declared.Session, contract.Session>,
  Same<declared.TextMessage, contract.TextMessage>,
  Same<declared.UploadMediaRequestInit, contract.UploadMediaRequestInit>,
  Same<declared.UploadOptions, contract.UploadOptions>,
  Same<declared.UploadedMedia, contract.UploadedMedia>,
  Same<declared.WebWx, contract.WebWx>,
  Same<declared.WebwxError, contract.WebwxError>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true];
