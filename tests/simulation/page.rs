//! One page of WeChat Web: its clock, its ids, and the client in it.

use standin::World;
use webwx_image::ids::Ids;
use webwx_image::json::FromJson;
use webwx_image::send::OpenSends;
use webwx_image::session::{Session, SessionInit};
use webwx_image::upload;

use crate::ledger::Ledger;

/// The hour at which every run begins, in milliseconds.
pub(crate) const BEGIN_MS: u64 = 1_700_000_000_000;

/// What lives as long as a page does.
pub(crate) struct Page {
    /// Pages of one run, from 0.
    pub(crate) number: u32,
    /// The client that the page uses now.
    pub(crate) client: Client,
    /// How far its clock is from the truth.
    pub(crate) error_ms: i64,
    /// What its clock is set to just before it is looked at again.
    pub(crate) next_look_ms: Option<u64>,
    ids: Ids,
}

/// A `WebWx`: another one has another DeviceID, and knows nothing of the other's sends.
pub(crate) struct Client {
    /// Clients of one run, from 0.
    pub(crate) number: u32,
    pub(crate) session: Session,
    pub(crate) open_sends: OpenSends,
}

impl Client {
    /// The client of that number.
    pub(crate) fn new(number: u32, session: Session) -> Self {
        Self { number, session, open_sends: OpenSends::default() }
    }
}

/// A session of the world's account.
pub(crate) fn session(world: &World, random: f64) -> Session {
    let init = serde_json::to_value(world.session()).expect("plain data");
    let init = SessionInit::from_json(&init.to_string()).expect("the package's session");
    Session::new(&init, random, &[]).expect("a good session")
}

impl Page {
    /// The page of that number.
    pub(crate) fn new(number: u32, client: Client, error_ms: i64) -> Self {
        Self { number, client, error_ms, next_look_ms: None, ids: Ids::default() }
    }

    /// What the page takes for the time.
    fn clock_ms(&mut self, now_ms: u64) -> u64 {
        let honest_ms = BEGIN_MS + now_ms;
        if let Some(moment_ms) = self.next_look_ms.take() {
            let [moment, honest] = [moment_ms, honest_ms].map(|ms| i64::try_from(ms).expect("a time"));
            self.error_ms = moment - honest;
        }
        honest_ms.saturating_add_signed(self.error_ms)
    }

    /// The ids of one upload.
    pub(crate) fn upload_ids(&mut self, now_ms: u64, ledger: &mut Ledger) -> upload::Ids {
        upload::Ids {
            client_media_id: self.media_id(now_ms, ledger),
            spare_media_id: self.media_id(now_ms, ledger),
            file_id: self.ids.file_id(),
        }
    }

    /// Two pages whose clocks disagree may meet in one millisecond: no page can know, so the later one is let off with a second throw.
    fn media_id(&mut self, now_ms: u64, ledger: &mut Ledger) -> u64 {
        loop {
            let clock_ms = self.clock_ms(now_ms);
            let id = self.ids.client_media_id(clock_ms);
            if ledger.media_id_given(id, self.number) {
                return id;
            }
        }
    }

    /// The id of one message.
    pub(crate) fn client_msg_id(&mut self, now_ms: u64, random: f64, ledger: &mut Ledger) -> String {
        loop {
            let clock_ms = self.clock_ms(now_ms);
            let id = self.ids.client_msg_id(clock_ms, random);
            if ledger.client_msg_id_given(&id, self.number) {
                return id;
            }
        }
    }
}
