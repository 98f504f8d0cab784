//! What a seed stands for: the pictures, how they are sent, and what goes wrong on the way.

use std::sync::Arc;

use standin::http::StatusCode;
use standin::{Endpoint, Fault, Strike};
use webwx_image::retry::RetryPolicy;
use webwx_image::upload::{FileInfo, UploadConfig};

use crate::big::Big;
use crate::dice::Dice;
use crate::pictures::{File, Format};

/// One bad day.
pub(crate) struct Plan {
    /// What is to be sent.
    pub(crate) errands: Vec<Wish>,
    /// How this end goes about it.
    pub(crate) config: UploadConfig,
    /// How long one request may take.
    pub(crate) timeout_ms: u32,
    /// The longest time on the way, there and back each.
    pub(crate) latency_ms: u64,
    /// What the service does wrong.
    pub(crate) strikes: Vec<Strike>,
    /// What else happens, and before which event.
    pub(crate) disturbances: Vec<(u32, Disturbance)>,
    /// A page whose `Math.random()` says the same each time: ids have to be told apart by time alone.
    pub(crate) fixed_random: Option<f64>,
    /// A file of over 25 MB, which asks webwxcheckupload first.
    pub(crate) big: Option<Big>,
}

/// A picture and who is to get it.
pub(crate) struct Wish {
    /// The picture.
    pub(crate) file: Arc<File>,
    /// What an upload has to know of it.
    pub(crate) info: FileInfo,
    /// Which of the world's contacts.
    pub(crate) contact: usize,
}

/// Something that happens beside the requests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disturbance {
    /// The user aborts what is done for a picture.
    Abort(usize),
    /// The service forgets all uploads that are not finished.
    Forget,
    /// The clock is set, by so many milliseconds.
    SetClock(i64),
    /// The clock is set to the very moment of an id that was given out, just before the next is made.
    RepeatAMoment,
    /// The page is loaded anew.
    Reload,
}

/// Every Ret of docs/protocol.md, and one that is not there.
const RETS: [i64; 13] = [1, -1, -2, -14, 1100, 1101, 1102, 1105, 1205, 1200, 1203, 1204, 9999];
const STATUSES: [u16; 9] = [400, 403, 404, 408, 413, 429, 500, 502, 503];

impl Plan {
    /// The bad day of a seed.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let big = dice.one_in(150).then(|| Big::choose(dice));
        let timeout_ms = dice.pick(&[60_000, 60_000, 60_000, 200]);
        let latency_ms = dice.pick(&[0, 0, 40, 40, 150]);
        let mut config = config(dice);
        let errands = match big {
            Some(_) => {
                // As the upload had them that was begun before this day.
                (config.chunk_size, config.upload_type) = (Big::CHUNK, 1);
                vec![Big::wish()]
            }
            None => wishes(dice, config.chunk_size),
        };
        let chunks = errands.iter().map(|wish| wish.chunks(config.chunk_size)).max().unwrap_or(1);
        Self {
            strikes: strikes(dice, timeout_ms, chunks, big.is_some()),
            disturbances: disturbances(dice, errands.len()),
            fixed_random: dice.one_in(8).then_some(0.5),
            errands,
            config,
            timeout_ms,
            latency_ms,
            big,
        }
    }

    /// For the trace.
    pub(crate) fn describe(&self) -> String {
        let wishes = self.errands.iter().map(|wish| format!("{} of {} bytes", wish.file.name, wish.info.size));
        let strikes = self.strikes.iter().map(|Strike { endpoint, chunk, times, fault }| {
            let chunk = chunk.map_or_else(String::new, |chunk| format!(" chunk {}", chunk + 1));
            format!("{}{chunk} {times} x {}", endpoint.name(), String::from(fault.clone()))
        });
        let list = |texts: Vec<String>| texts.join(", ");
        format!(
            "{}; {:?}; timeout {} ms, latency to {} ms, random {:?}, big {:?}; ordered: {}; to come: {:?}",
            list(wishes.collect()),
            self.config,
            self.timeout_ms,
            self.latency_ms,
            self.fixed_random,
            self.big,
            list(strikes.collect()),
            self.disturbances
        )
    }
}

impl Wish {
    fn chunks(&self, chunk_size: u64) -> u64 {
        self.info.size.div_ceil(chunk_size)
    }
}

fn config(dice: &mut Dice) -> UploadConfig {
    let limit = u32::try_from(dice.up_to(4)).expect("small");
    let (delay, max_delay) = dice.pick(&[(500, 10_000), (500, 10_000), (500, 700), (1, 0), (0, 10_000)]);
    UploadConfig {
        chunk_size: dice.pick(&[35, 64, 100, 255, 1000]),
        concurrency: u32::try_from(1 + dice.up_to(3)).expect("small"),
        upload_type: dice.pick(&[1, 1, 2]),
        retry: RetryPolicy { limit, delay, max_delay },
    }
}

/// One to three pictures. In half of the runs with several they have the same size, so that only their bytes tell them apart; now and
/// then it is the same picture again.
fn wishes(dice: &mut Dice, chunk_size: u64) -> Vec<Wish> {
    let count = dice.pick(&[1, 1, 1, 2, 2, 3]);
    let (first_size, is_uniform, is_same) = (size(dice, chunk_size), dice.one_in(2), dice.one_in(8));
    let first_format = dice.pick(&[Format::Png, Format::Jpeg, Format::Gif]);
    (0..count)
        .map(|index: u8| {
            let size = if is_uniform { first_size } else { size(dice, chunk_size) };
            let format = if is_uniform { first_format } else { dice.pick(&[Format::Png, Format::Jpeg, Format::Gif]) };
            let file = Arc::new(File::new(format, size, if is_same { 1 } else { index + 1 }));
            Wish { info: file.info(), file, contact: if dice.one_in(3) { dice.below(3) } else { 0 } }
        })
        .collect()
}

/// A whole number of chunks, a byte less, a byte more, or anything.
fn size(dice: &mut Dice, chunk_size: u64) -> usize {
    let chunks = dice.pick(&[1, 1, 2, 2, 3, 3, 4, 5, 6, 8]);
    let size = match dice.up_to(3) {
        0 => chunks * chunk_size,
        1 => chunks * chunk_size - 1,
        2 => chunks * chunk_size + 1,
        _ => (chunks - 1) * chunk_size + 1 + dice.up_to(chunk_size - 1),
    };
    // Some bytes behind the head of the longest picture: they are what makes one differ from another.
    usize::try_from(size).expect("small").max(165)
}

/// Faults at every service; on some days most of them at the send, which is one request among many.
fn strikes(dice: &mut Dice, timeout_ms: u32, chunks: u64, is_big: bool) -> Vec<Strike> {
    let count = dice.pick(&[0, 1, 1, 1, 2, 3, 4, 6, 10]);
    let is_at_send = dice.one_in(4);
    (0..count)
        .map(|_| {
            let endpoint = match dice.up_to(11) {
                0..=8 if is_at_send => dice.pick(&[Endpoint::SendMsgImg, Endpoint::SendMsgImg, Endpoint::SendEmoticon]),
                0..=6 if !is_big => Endpoint::UploadMedia,
                0..=2 => Endpoint::UploadMedia,
                3..=6 => Endpoint::CheckUpload,
                7 | 8 => Endpoint::SendMsgImg,
                9 => Endpoint::SendEmoticon,
                _ => Endpoint::WebGetMsgImg,
            };
            let has_chunk = endpoint == Endpoint::UploadMedia && !dice.one_in(4);
            let chunk = has_chunk.then(|| if dice.one_in(3) { chunks - 1 } else { dice.up_to(chunks - 1) });
            let times = u32::try_from(dice.pick(&[1_u64, 1, 1, 2, 3, 5])).expect("small");
            Strike { endpoint, chunk, times, fault: fault(dice, endpoint, timeout_ms) }
        })
        .collect()
}

/// Passing faults are as many as the others: a storm of final ones is over with its first.
fn fault(dice: &mut Dice, endpoint: Endpoint, timeout_ms: u32) -> Fault {
    let may_name_media = matches!(endpoint, Endpoint::UploadMedia | Endpoint::CheckUpload);
    let timeout_ms = u64::from(timeout_ms);
    match dice.up_to(15) {
        0 | 1 => Fault::Reset,
        2 | 3 => Fault::AcceptThenReset,
        4 | 5 => Fault::Status(StatusCode::from_u16(dice.pick(&STATUSES)).expect("a status")),
        6 => Fault::Html,
        7 => Fault::Empty,
        8 => Fault::Truncate,
        9 => Fault::Delay(dice.pick(&[1, timeout_ms / 2, timeout_ms - 1, timeout_ms])),
        10 => Fault::Delay(timeout_ms + dice.pick(&[1, 500, 100_000])),
        11 => Fault::Ret(-1),
        12 if may_name_media => Fault::RetWithForeignMediaId(dice.pick(&[1205, 1205, -1, 1, 1100, 1204])),
        // An answer that promises what was not done: no MediaId, no MsgID, a chunk that is missing later.
        13 if endpoint != Endpoint::CheckUpload => Fault::Ret(0),
        14 if dice.one_in(2) => Fault::Redirect(StatusCode::FOUND, "https://elsewhere.example/".to_owned()),
        _ => Fault::Ret(dice.pick(&RETS)),
    }
}

fn disturbances(dice: &mut Dice, errands: usize) -> Vec<(u32, Disturbance)> {
    let count = dice.pick(&[0, 0, 0, 1, 1, 2, 4]);
    let mut disturbances = Vec::new();
    for _ in 0..count {
        let at = u32::try_from(dice.up_to(70)).expect("small");
        let disturbance = match dice.up_to(10) {
            0..=3 => Disturbance::Abort(dice.below(errands)),
            4 | 5 => Disturbance::Forget,
            6 | 7 => Disturbance::SetClock(dice.pick(&[-1, -1000, -59_999, -60_000, -3_600_000, 1000, 86_400_000])),
            8 => {
                // Set wrong by an hour, and right again: some moments come twice.
                disturbances.push((at / 2, Disturbance::SetClock(-3_600_000)));
                Disturbance::RepeatAMoment
            }
            _ => Disturbance::Reload,
        };
        disturbances.push((at, disturbance));
    }
    disturbances.sort_by_key(|(at, _)| *at);
    disturbances
}
