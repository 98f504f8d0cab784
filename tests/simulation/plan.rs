//! What a seed stands for: the pictures, how they are sent, and what goes wrong on the way.

use standin::http::StatusCode;
use standin::{Endpoint, Fault, Strike};
use webwx_image::client::ClientOptions;
use webwx_image::error::{Error, ErrorKind, Place, TOO_OFTEN_WAIT_MS};
use webwx_image::job::{Pace, Pictures};
use webwx_image::retry::{RetryPolicy, Terms};
use webwx_image::upload::{ChunkSize, Concurrency, UploadType};

use crate::big::Big;
use crate::drive::{Chance, File, Format, Line, Source};

/// One bad day.
pub(crate) struct Plan {
    /// What is to be sent.
    pub(crate) errands: Vec<Wish>,
    /// Whether it is sent as one list, to one receiver.
    pub(crate) is_list: bool,
    /// Whether the user calls `upload`, then `send`.
    pub(crate) is_split: bool,
    /// How this end goes about it.
    pub(crate) options: ClientOptions,
    /// How a list is worked through.
    pub(crate) pace: Pace,
    /// The way there and back.
    pub(crate) line: Line,
    /// What the service does wrong.
    pub(crate) strikes: Vec<Strike>,
    /// What else happens, and before which event.
    pub(crate) disturbances: Vec<(u32, Disturbance)>,
    /// A page whose `Math.random()` says the same each time: ids have to be told apart by time alone.
    pub(crate) fixed_random: Option<f64>,
    /// Whether the caller names the session's DeviceID.
    pub(crate) has_device_id: bool,
    /// A file of over 25 MB, which asks webwxcheckupload first.
    pub(crate) big: Option<Big>,
    /// What the user does beside: gets what was received, asks a gateway, sends it on.
    pub(crate) chores: u64,
}

/// A picture and who is to get it.
pub(crate) struct Wish {
    /// The picture.
    pub(crate) source: Source,
    /// Which of the world's contacts.
    pub(crate) contact: usize,
}

/// Something that happens beside the requests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disturbance {
    /// The user aborts a job.
    Abort(usize),
    /// The service forgets all uploads that are not finished.
    Forget,
    /// The clock is set, by so many milliseconds.
    SetClock(i64),
    /// The clock stands still at the very moment of an id that was given out.
    RepeatAMoment,
    /// The page is loaded anew.
    Reload,
    /// The module stops, and another takes its place.
    Stop,
}

/// Every Ret of docs/protocol.md, and one that is not there.
const RETS: [i64; 13] = [1, -1, -2, -14, 1100, 1101, 1102, 1105, 1205, 1200, 1203, 1204, 9999];
const STATUSES: [u16; 9] = [400, 403, 404, 408, 413, 429, 500, 502, 503];
const FORMATS: [Format; 7] =
    [Format::Png, Format::Jpeg, Format::Gif, Format::Png, Format::Jpeg, Format::Gif, Format::Document];

impl Plan {
    /// The bad day of a seed.
    pub(crate) fn new(dice: &mut Chance) -> Self {
        let big = dice.one_in(150).then(|| Big::choose(dice));
        let mut options = options(dice);
        let is_list = big.is_none() && dice.one_in(3);
        let errands = match big {
            Some(_) => {
                // As the upload had them that was begun before this day.
                options.chunk_size = Big::chunk_size();
                options.upload_type = UploadType::default();
                vec![Big::wish()]
            }
            None => wishes(dice, options.chunk_size.get(), is_list),
        };
        let chunks = errands.iter().map(|wish| wish.chunks(options.chunk_size)).max().unwrap_or(1);
        let timeout_ms = u64::from(options.terms.timeout_ms);
        Self {
            strikes: strikes(dice, timeout_ms, chunks, big.is_some()),
            disturbances: disturbances(dice),
            fixed_random: dice.one_in(8).then_some(0.5),
            has_device_id: dice.one_in(4),
            is_split: dice.one_in(3),
            line: Line {
                latency_ms: dice.pick(&[0, 0, 40, 40, 150]),
                is_rough: true,
                dawdle_ms: dice.pick(&[0, 0, 100, 5000]),
            },
            chores: if big.is_none() { dice.pick(&[0, 0, 0, 1, 2]) } else { 0 },
            errands,
            pace: pace(dice),
            is_list,
            options,
            big,
        }
    }

    /// For the trace.
    pub(crate) fn describe(&self) -> String {
        let wishes = self.errands.iter().map(|wish| match &wish.source.info {
            Ok(info) => format!("{} of {} bytes", info.name, info.size),
            Err(error) => format!("what cannot be opened: {error}"),
        });
        let strikes = self.strikes.iter().map(|Strike { endpoint, chunk, times, fault }| {
            let chunk = chunk.map_or_else(String::new, |chunk| format!(" chunk {}", chunk + 1));
            format!("{}{chunk} {times} x {}", endpoint.name(), String::from(fault.clone()))
        });
        let list = |texts: Vec<String>| texts.join(", ");
        format!(
            "{}; a list: {}, in two steps: {}; {:?}; {:?}; random {:?}, big {:?}, chores {}; ordered: {}; to come: {:?}",
            list(wishes.collect()),
            self.is_list,
            self.is_split,
            self.options,
            self.line,
            self.fixed_random,
            self.big,
            self.chores,
            list(strikes.collect()),
            self.disturbances
        )
    }
}

impl Wish {
    fn chunks(&self, chunk_size: ChunkSize) -> u64 {
        self.source.info.as_ref().map_or(1, |info| info.size.div_ceil(chunk_size.get()))
    }
}

fn options(dice: &mut Chance) -> ClientOptions {
    let limit = u32::try_from(dice.up_to(4)).expect("small");
    let (delay, max_delay) = dice.pick(&[(500, 10_000), (500, 10_000), (500, 700), (1, 0), (0, 10_000)]);
    let timeout_ms = dice.pick(&[60_000, 60_000, 60_000, 200]);
    ClientOptions {
        chunk_size: ChunkSize::new(dice.pick(&[35, 64, 100, 255, 1000])).expect("small"),
        concurrency: Concurrency::new(1 + dice.up_to(3)).expect("few"),
        upload_type: UploadType::new(dice.pick(&[2, 2, 1])).expect("one of the two"),
        terms: Terms { retry: RetryPolicy { limit, delay, max_delay }, timeout_ms },
        reports: dice.one_in(4),
    }
}

fn pace(dice: &mut Chance) -> Pace {
    Pace {
        pictures: Pictures::new(dice.pick(&[1, 2, 2])).expect("one or two"),
        min_interval_ms: dice.pick(&[0, 0, 0, 50, 3000]),
        after_too_often_ms: dice.pick(&[TOO_OFTEN_WAIT_MS, TOO_OFTEN_WAIT_MS, 1000, 0]),
    }
}

/// One to three pictures, and up to five in a list. In half of the runs with several they have the same size, so that only their bytes
/// tell them apart; now and then it is the same picture again, or something that cannot be opened.
fn wishes(dice: &mut Chance, chunk_size: u64, is_list: bool) -> Vec<Wish> {
    let count = if is_list { dice.pick(&[0, 1, 2, 3, 3, 4, 5]) } else { dice.pick(&[1, 1, 1, 2, 2, 3]) };
    let (first_size, is_uniform, is_same) = (size(dice, chunk_size), dice.one_in(2), dice.one_in(8));
    let (first_format, first_contact) = (dice.pick(&FORMATS), if dice.one_in(3) { dice.below(3) } else { 0 });
    (0..count)
        .map(|index: u8| {
            let size = if is_uniform { first_size } else { size(dice, chunk_size) };
            let format = if is_uniform { first_format } else { dice.pick(&FORMATS) };
            let file = File::new(format, size, if is_same { 1 } else { index + 1 });
            let source = if dice.one_in(25) { Source::broken(unreadable()) } else { Source::of(&file) };
            let contact = if dice.one_in(3) { dice.below(3) } else { 0 };
            Wish { source, contact: if is_list { first_contact } else { contact } }
        })
        .collect()
}

fn unreadable() -> Error {
    Error::new(ErrorKind::NotAnImage, Place::at("upload"), "the bytes are no picture")
}

/// A whole number of chunks, a byte less, a byte more, or anything.
fn size(dice: &mut Chance, chunk_size: u64) -> usize {
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
fn strikes(dice: &mut Chance, timeout_ms: u64, chunks: u64, is_big: bool) -> Vec<Strike> {
    const SENDS: [Endpoint; 4] =
        [Endpoint::SendMsgImg, Endpoint::SendMsgImg, Endpoint::SendEmoticon, Endpoint::SendAppMsg];
    let count = dice.pick(&[0, 1, 1, 1, 2, 3, 4, 6, 10]);
    let is_at_send = dice.one_in(4);
    (0..count)
        .map(|_| {
            let endpoint = match dice.up_to(13) {
                0..=8 if is_at_send => dice.pick(&SENDS),
                0..=6 if !is_big => Endpoint::UploadMedia,
                0..=2 => Endpoint::UploadMedia,
                3..=6 => Endpoint::CheckUpload,
                7..=9 => dice.pick(&SENDS),
                10 | 11 => Endpoint::WebGetMsgImg,
                12 => dice.pick(&[
                    Endpoint::GatewayGetMsgImg,
                    Endpoint::GeweDownloadImage,
                    Endpoint::PadProGetMsgBigImg,
                    Endpoint::PadProGetMsgBigImg,
                    Endpoint::ToolsCdnDownloadImage,
                ]),
                _ => dice.pick(&[Endpoint::GatewayImage, Endpoint::ReportForWeb]),
            };
            let has_chunk = endpoint == Endpoint::UploadMedia && !dice.one_in(4);
            let chunk = has_chunk.then(|| if dice.one_in(3) { chunks - 1 } else { dice.up_to(chunks - 1) });
            let times = u32::try_from(dice.pick(&[1_u64, 1, 1, 2, 3, 5])).expect("small");
            Strike { endpoint, chunk, times, fault: fault(dice, endpoint, timeout_ms) }
        })
        .collect()
}

/// Passing faults are as many as the others: a storm of final ones is over with its first.
fn fault(dice: &mut Chance, endpoint: Endpoint, timeout_ms: u64) -> Fault {
    let may_name_media = matches!(endpoint, Endpoint::UploadMedia | Endpoint::CheckUpload);
    let has_ret = !matches!(endpoint, Endpoint::GatewayImage | Endpoint::ReportForWeb);
    match dice.up_to(15) {
        0 | 1 => Fault::Reset,
        2 | 3 => Fault::AcceptThenReset,
        4 | 5 => Fault::Status(StatusCode::from_u16(dice.pick(&STATUSES)).expect("a status")),
        6 => Fault::Html,
        7 => Fault::Empty,
        8 => Fault::Truncate,
        9 => Fault::Delay(dice.pick(&[1, timeout_ms / 2, timeout_ms - 1, timeout_ms])),
        10 => Fault::Delay(timeout_ms + dice.pick(&[1, 500, 100_000])),
        11 if has_ret => Fault::Ret(-1),
        12 if may_name_media => Fault::RetWithForeignMediaId(dice.pick(&[1205, 1205, -1, 1, 1100, 1204])),
        // An answer that promises what was not done: no MediaId, no MsgID, a chunk that is missing later.
        13 if has_ret && endpoint != Endpoint::CheckUpload => Fault::Ret(0),
        14 if !has_ret || dice.one_in(2) => Fault::Redirect(StatusCode::FOUND, "https://elsewhere.example/".to_owned()),
        _ if has_ret => Fault::Ret(dice.pick(&RETS)),
        _ => Fault::Reset,
    }
}

fn disturbances(dice: &mut Chance) -> Vec<(u32, Disturbance)> {
    let count = dice.pick(&[0, 0, 0, 1, 1, 2, 4]);
    let mut disturbances = Vec::new();
    for _ in 0..count {
        let at = u32::try_from(dice.up_to(100)).expect("small");
        let disturbance = match dice.up_to(10) {
            0..=3 => Disturbance::Abort(dice.below(6)),
            4 | 5 => Disturbance::Forget,
            6 | 7 => Disturbance::SetClock(dice.pick(&[-1, -1000, -59_999, -60_000, -3_600_000, 1000, 86_400_000])),
            8 => Disturbance::RepeatAMoment,
            9 => Disturbance::Stop,
            _ => Disturbance::Reload,
        };
        disturbances.push((at, disturbance));
    }
    if disturbances.iter().any(|(_, disturbance)| matches!(disturbance, Disturbance::Stop)) {
        // A module that stopped does not know which times it has given: where the clock is set as well, one may come again.
        let sets = |of: &Disturbance| matches!(of, Disturbance::SetClock(_) | Disturbance::RepeatAMoment);
        disturbances.retain(|(_, disturbance)| !sets(disturbance));
    }
    disturbances.sort_by_key(|(at, _)| *at);
    disturbances
}
