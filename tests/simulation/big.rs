//! A file of over 25 MB: long to upload, so most runs begin where the service has it already, or nearly.

use std::sync::{Arc, LazyLock};

use standin::{Config, World};
use webwx_image::ids::Ids;
use webwx_image::upload::{self, Action, FileInfo, Upload, UploadConfig};

use crate::dice::Dice;
use crate::page::{BEGIN_MS, session};
use crate::pictures::{File, Format};
use crate::plan::Wish;
use crate::wire;

/// What the service knows of the file when the run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Big {
    /// All of it: webwxcheckupload gives a MediaId.
    Known,
    /// All but its last two chunks, from an upload that left a checkpoint.
    Begun,
    /// Nothing.
    New,
}

/// The file with its facts, and the worlds that know it.
struct Shelf {
    file: Arc<File>,
    info: FileInfo,
    new: World,
    known: World,
    begun: World,
    checkpoint: String,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let file = Arc::new(File::new(Format::Jpeg, 26_214_401, 9));
    let info = file.info();
    let mut world = World::new(Config { journal: false, ..Config::default() });
    let new = world.clone();
    let session = session(&world, 0.3);
    let (mut ids, now_ms) = (Ids::default(), BEGIN_MS - 86_400_000);
    let upload_ids = upload::Ids {
        client_media_id: ids.client_media_id(now_ms),
        spare_media_id: ids.client_media_id(now_ms),
        file_id: ids.file_id(),
    };
    let peer = world.peer().to_owned();
    let mut upload =
        Upload::new(&session, info.clone(), &peer, UploadConfig::default(), upload_ids, None).expect("good input");
    let mut begun = None;
    while let Action::Send(sent) = upload.next_action() {
        let outcome = world.handle(&wire::to_standin(&sent.request, &file.bytes));
        let answer = wire::to_answer(&sent.request, outcome.reply).map(|answer| wire::to_text(&answer));
        upload.handle(sent.id, &answer, 0.5);
        if upload.checkpoint().next_chunk == Big::CHUNKS - 2 {
            begun = Some((world.clone(), serde_json::to_string(&upload.checkpoint()).expect("plain data")));
        }
    }
    let (begun, checkpoint) = begun.expect("it goes up chunk by chunk");
    Shelf { file, info, new, known: world, begun, checkpoint }
});

impl Big {
    /// The real size of a chunk.
    pub(crate) const CHUNK: u64 = upload::LARGEST_CHUNK;
    const CHUNKS: u32 = 51;

    /// The long ways are rare.
    pub(crate) fn choose(dice: &mut Dice) -> Self {
        match dice.up_to(31) {
            0 => Self::New,
            1..=4 => Self::Begun,
            _ => Self::Known,
        }
    }

    /// A world of its own.
    pub(crate) fn world(self) -> World {
        match self {
            Self::Known => SHELF.known.clone(),
            Self::Begun => SHELF.begun.clone(),
            Self::New => SHELF.new.clone(),
        }
    }

    /// The checkpoint of the upload that was begun.
    pub(crate) fn checkpoint(self) -> Option<String> {
        (self == Self::Begun).then(|| SHELF.checkpoint.clone())
    }

    /// The file, to the peer.
    pub(crate) fn wish() -> Wish {
        Wish { file: Arc::clone(&SHELF.file), info: SHELF.info.clone(), contact: 0 }
    }
}
