//! A file of over 25 MB: long to upload, so most runs begin where the service has it already, or nearly.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use standin::{Config, World};
use webwx_image::client::{Client, ClientOptions};
use webwx_image::job::{Event, Opened, Upload};
use webwx_image::session::Receiver;
use webwx_image::upload::{ChunkSize, FileInfo};

use crate::drive::{
    Chance, Driver, File, Format, Happened, JobId, Moment, Owner, Page, Reaction, Source, Watch, session,
};
use crate::plan::Wish;

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

/// Stops where an upload has so many chunks.
struct Until {
    next_chunk: u32,
    checkpoint: Option<String>,
}

impl Watch for Until {
    fn told(&mut self, _: Moment, _: JobId, event: &Event) -> Reaction {
        match event {
            Event::Checkpoint { checkpoint, .. } if checkpoint.next_chunk == self.next_chunk => {
                self.checkpoint = Some(serde_json::to_string(checkpoint).expect("plain data"));
                Reaction::Abort
            }
            _ => Reaction::GoOn,
        }
    }
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let file = Arc::new(File::new(Format::Jpeg, 26_214_401, 9));
    let info = file.info();
    let new = World::new(Config { journal: false, ..Config::default() });
    let (begun, checkpoint) = uploaded(&new, &file, &info, Big::CHUNKS - 2);
    let (known, _) = uploaded(&new, &file, &info, u32::MAX);
    Shelf { file, info, new, known, begun, checkpoint: checkpoint.expect("it goes up chunk by chunk") }
});

/// The world after an upload, the day before, of so many chunks; and the checkpoint that it left.
fn uploaded(world: &World, file: &Arc<File>, info: &FileInfo, next_chunk: u32) -> (World, Option<String>) {
    let owner = Owner::on(Page::new(0, -86_400_000));
    let to = Receiver::new(world.peer()).expect("a name");
    let client = Rc::new(Client { session: session(world, |_| {}), options: ClientOptions::default() });
    let opened = Opened { file: info.clone(), resume: None, md5_ms: 9 };
    let upload = owner.lend(0, 0.3, |cx| Upload::new(cx, &client, 0, opened, to, None)).expect("good input");
    let mut driver = Driver::new(world.clone(), 1);
    driver.start(&owner, upload, vec![Source::known(Arc::clone(file), info.clone())]);
    let mut until = Until { next_chunk, checkpoint: None };
    while let Some(happened) = driver.step(&mut until) {
        if let Happened::Aborted(_) = happened {
            break;
        }
    }
    (driver.world, until.checkpoint)
}

impl Big {
    const CHUNKS: u32 = 51;

    /// The real size of a chunk.
    pub(crate) fn chunk_size() -> ChunkSize {
        ChunkSize::default()
    }

    /// The long ways are rare.
    pub(crate) fn choose(dice: &mut Chance) -> Self {
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
        Wish { source: Source::known(Arc::clone(&SHELF.file), SHELF.info.clone()), contact: 0 }
    }
}
