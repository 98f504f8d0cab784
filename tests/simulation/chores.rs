//! What the user does beside: looks at what was sent, sends it on, sends it again, asks a gateway.

use webwx_image::download::{self, Expectation, Size};
use webwx_image::error::Error;
use webwx_image::gateway::{Gateway, GetMsgImg, Gewe, GivenId, PadPro, Tools, Wish};
use webwx_image::ids::MsgId;
use webwx_image::job::{Download, Forward, GetPicture, Locate};
use webwx_image::json::FromJson;
use webwx_image::message::{Kind, Message};
use webwx_image::upload::UploadedMedia;

use crate::calls::{info, receiver};
use crate::rules::{GetWatch, JobWatch, Letter, MessageWatch, Way, msg_type};
use crate::run::{Run, Who};
use crate::user::{Ask, Chore, Setback, Wanted};

/// No user tries for ever.
const MOST_CALLS: u32 = 4;

impl Run<'_> {
    /// Something with what was received.
    pub(crate) fn plan_chore(&mut self) {
        let index = self.dice.below(3);
        let message = self.driver.world.messages()[index].clone();
        self.plan_with(&message);
    }

    /// Something with what was just sent.
    pub(crate) fn plan_more(&mut self, errand: usize, media: Option<UploadedMedia>) {
        if self.rules.is_healed || self.plan.big.is_some() {
            return;
        }
        let (to, file) = (self.errands[errand].to.clone(), info(&self.errands[errand].source).clone());
        if let Some(media) = media.filter(|_| self.dice.one_in(8)) {
            // To somebody else and to the same again, at once: each is a message of its own.
            let others = self.driver.world.contacts().to_vec();
            for to in [self.dice.below(others.len()), self.dice.below(others.len())].map(|index| others[index].clone())
            {
                self.add_chore(Ask::Send { media: Box::new(media.clone()), info: Box::new(file.clone()), to }, 0);
            }
        }
        let messages = self.driver.world.messages().iter();
        let sent = |message: &&standin::Message| {
            message.client_msg_id.is_some() && message.picture.md5 == file.md5.as_str() && message.to_user_name == to
        };
        let message = messages.clone().rfind(sent).expect("the one just sent").clone();
        if self.dice.one_in(3) && msg_type(&file) != 49 {
            self.plan_with(&message);
        }
    }

    fn plan_with(&mut self, message: &standin::Message) {
        let parsed = Message::parse(&message.content).expect("not too long");
        let is_image = matches!(parsed.kind, Kind::Image(_));
        let md5 = message.picture.md5.clone();
        let ask = match self.dice.up_to(5) {
            0 if matches!(parsed.kind, Kind::Image(_) | Kind::Opaque) => {
                let others = self.driver.world.contacts();
                let to = others[self.dice.below(others.len())].clone();
                // Own pictures of one length have one content: the service takes the first that has it.
                let mut messages = self.driver.world.messages().iter();
                let first = messages.find(|other| other.content == message.content).expect("it is one");
                Ask::Forward { content: parsed.content, to, md5: first.picture.md5.clone() }
            }
            1 | 2 if is_image => {
                let digits = MsgId::new(&message.msg_id).expect("digits");
                let msg_id = match message.msg_id.parse() {
                    Ok(number) if self.dice.one_in(2) => GivenId::Number(number),
                    _ => GivenId::Text(digits),
                };
                self.ask_gateway(message, msg_id)
            }
            _ => {
                let size = self.dice.pick(&[Wanted::Full, Wanted::Full, Wanted::Thumbnail, Wanted::Big]);
                let is_another = size != Wanted::Thumbnail && self.dice.one_in(8);
                let of =
                    if is_another { other_than(&self.driver.world.messages()[..3], &md5) } else { &message.content };
                let parsed = Message::parse(of).expect("not too long");
                let says = !matches!(parsed.kind, Kind::Opaque) && (is_another || self.dice.one_in(2));
                let expect = says.then(|| serde_json::to_string(&parsed).expect("plain data"));
                let msg_id = MsgId::new(&message.msg_id).expect("digits");
                Ask::Get { msg_id, size, md5, expect, is_another }
            }
        };
        let in_ms = self.dice.up_to(300);
        self.add_chore(ask, in_ms);
    }

    /// A picture by way of a gateway, in any form.
    fn ask_gateway(&mut self, message: &standin::Message, msg_id: GivenId) -> Ask {
        let (content, from_user, to_user) = (message.content.clone(), "a".to_owned(), "b".to_owned());
        let mut md5 = message.picture.md5.clone();
        let old = |kind| GetMsgImg {
            w_id: "w".into(),
            msg_id: msg_id.clone(),
            from_user: from_user.clone(),
            to_user: to_user.clone(),
            content: content.clone(),
            kind,
        };
        let has_file = content.contains("cdnmidimgurl");
        let sizes = self.dice.pick(&[&[][..], &[Size::Normal], &[Size::Hd, Size::Normal]]).to_vec();
        let (wish, sizes) = match self.dice.up_to(6) {
            0 => (Wish::NewerGetMsgImg(old(None)), sizes),
            1 | 2 => {
                // GeWe has the content alone: own pictures of one length have one, and it takes the first that has it.
                let mut messages = self.driver.world.messages().iter();
                let first = messages.find(|other| other.content == content).expect("it is one");
                md5.clone_from(&first.picture.md5);
                (Wish::Gewe(Gewe { app_id: "a".into(), content, path: None }), sizes)
            }
            3 | 4 => (Wish::PadPro(PadPro { msg_id, from_user, to_user, content }), sizes),
            5 if has_file => (Wish::Tools(Tools { wxid: "w".into(), content }), sizes),
            _ => (Wish::GetMsgImg(old(self.dice.pick(&[None, Some(0), Some(1)]))), Vec::new()),
        };
        let only_where = sizes.is_empty() && matches!(wish, Wish::GetMsgImg(_)) && self.dice.one_in(4);
        Ask::Gateway { wish: Box::new(wish), sizes, md5, only_where }
    }

    fn add_chore(&mut self, ask: Ask, in_ms: u64) {
        self.chores.push(Chore { ask, calls: 0 });
        self.call_later(Who::Chore(self.chores.len() - 1), in_ms);
    }

    /// The user makes the call of a chore, for the first time or again.
    pub(crate) fn call_chore(&mut self, chore: usize) {
        self.chores[chore].calls += 1;
        let (terms, now_ms) = (self.plan.options.terms, self.driver.now_ms);
        let owner = self.user.owner.clone();
        let job = match self.chores[chore].ask.clone() {
            Ask::Send { media, info, to } => self.begin_send(&media, &info, to),
            Ask::Forward { content, to, md5 } => {
                let (peer, client) = (receiver(&to), self.user.client.clone());
                let random = self.dice.fraction();
                let forward = owner.lend(now_ms, random, |cx| Forward::new(cx, &client, &content, &peer));
                let job = self.driver.start(&owner, forward.expect("good input"), Vec::new());
                let (client, page) = self.user.of;
                let letter = Letter { client, page, what: content, to, md5, msg_type: 3 };
                let watch = MessageWatch::new(&mut self.rules.ledger, terms, (job, 0), letter);
                self.rules.begin(job, JobWatch::Message(Box::new(watch)));
                job
            }
            Ask::Get { msg_id, size, md5, expect, is_another } => {
                self.rules.tally.downloads += 1;
                let size = Size::from(size);
                let request = download::request(&self.user.client.session, &msg_id, size);
                let expect = expect.map(|json| Expectation::from_json(&json).expect("its own JSON"));
                let job = self.driver.start(&owner, Download::new(request, size, expect, terms), Vec::new());
                let md5 = (size != Size::Thumbnail).then_some(md5);
                let watch = GetWatch::new(terms, Way::Direct, md5, is_another);
                self.rules.begin(job, JobWatch::Get(Box::new(watch)));
                job
            }
            Ask::Gateway { wish, sizes, md5, only_where } => {
                self.rules.tally.downloads += 1;
                let gateway = Gateway::new(None, self.driver.world.gateway_authorization()).expect("a token");
                let order = gateway.order((*wish).clone(), &sizes).expect("good input");
                let way = match &*wish {
                    Wish::PadPro(_) | Wish::Tools(_) => Way::InAnswers,
                    _ => Way::ByGateway,
                };
                let (job, way) = if only_where {
                    let job = Locate::new(&gateway, *wish, terms).expect("good input");
                    (self.driver.start(&owner, job, Vec::new()), Way::Located)
                } else {
                    let job = GetPicture::preferring(&gateway, *wish, &sizes, terms).expect("good input");
                    (self.driver.start(&owner, job, Vec::new()), way)
                };
                let watch = GetWatch::new(terms, way, Some(md5), false).with_more(order.sizes.len() - 1);
                self.rules.begin(job, JobWatch::Get(Box::new(watch)));
                job
            }
        };
        self.calls.insert(job, Who::Chore(chore));
        self.trace.say(now_ms, || format!("chore {chore}: {job} for it"));
    }

    /// A chore's call is over.
    pub(crate) fn chore_ended(&mut self, chore: usize, error: Option<&Error>) {
        match error {
            None => self.rules.tally.end(self.chores[chore].ask.name()),
            Some(error) => self.chore_set_back(chore, Some(error), error.kind().code()),
        }
    }

    /// What passes is tried again, and so is a message of which nobody knows whether it is out: for the same client it is the same.
    pub(crate) fn chore_set_back(&mut self, chore: usize, error: Option<&Error>, how: &'static str) {
        let is_worth_it = error.is_none_or(|error| error.retryable() || error.message_may_be_out() == Some(true));
        match error {
            Some(error) => self.count(&Setback::Failed(error), || format!("chore {chore}")),
            None => self.rules.tally.end(how),
        }
        if !self.rules.is_healed && is_worth_it && self.chores[chore].calls < MOST_CALLS && !self.dice.one_in(4) {
            let in_ms = 500 + self.dice.up_to(5000);
            self.call_later(Who::Chore(chore), in_ms);
        }
    }
}

/// The content of another message than that with this picture.
fn other_than<'m>(messages: &'m [standin::Message], md5: &str) -> &'m str {
    let other = messages.iter().find(|message| message.picture.md5 != md5);
    &other.expect("there are several").content
}

impl Ask {
    /// How a good end is counted.
    fn name(&self) -> &'static str {
        match self {
            Self::Send { .. } => "sent again",
            Self::Forward { .. } => "forwarded",
            Self::Get { .. } => "downloaded",
            Self::Gateway { only_where: true, .. } => "located",
            Self::Gateway { .. } => "downloaded by a gateway",
        }
    }
}

impl From<Wanted> for Size {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Full => Self::Full,
            Wanted::Thumbnail => Self::Thumbnail,
            Wanted::Big => Self::Big,
        }
    }
}
