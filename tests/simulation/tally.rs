//! What happened, counted.

use std::collections::BTreeMap;
use std::fmt;

use standin::Fault;

/// Counts of one run, or of many.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) schedules: u64,
    pub(crate) messages: u64,
    pub(crate) aborts: u64,
    pub(crate) reloads: u64,
    pub(crate) stops: u64,
    pub(crate) forgets: u64,
    pub(crate) clocks: u64,
    pub(crate) mistakes: u64,
    pub(crate) resumes: u64,
    pub(crate) restarts: u64,
    pub(crate) downloads: u64,
    /// Uploads that went on from their checkpoint when the bad day was over.
    pub(crate) healed: u64,
    requests: u64,
    faults: BTreeMap<String, u64>,
    /// How calls ended: `sent`, or an error's code.
    ends: BTreeMap<String, u64>,
}

impl Tally {
    /// A request reached the service.
    pub(crate) fn request(&mut self, fault: Option<&Fault>) {
        self.requests += 1;
        let Some(fault) = fault else { return };
        let name = String::from(fault.clone());
        let name = match fault {
            Fault::Delay(_) | Fault::Redirect(..) => name.split(':').next().unwrap_or_default().to_owned(),
            _ => name,
        };
        *self.faults.entry(name).or_default() += 1;
    }

    /// A call ended.
    pub(crate) fn end(&mut self, how: &str) {
        *self.ends.entry(how.to_owned()).or_default() += 1;
    }

    /// Adds another's counts.
    pub(crate) fn add(&mut self, other: Self) {
        let pairs = [
            (&mut self.schedules, other.schedules),
            (&mut self.messages, other.messages),
            (&mut self.aborts, other.aborts),
            (&mut self.reloads, other.reloads),
            (&mut self.stops, other.stops),
            (&mut self.forgets, other.forgets),
            (&mut self.clocks, other.clocks),
            (&mut self.mistakes, other.mistakes),
            (&mut self.resumes, other.resumes),
            (&mut self.restarts, other.restarts),
            (&mut self.downloads, other.downloads),
            (&mut self.healed, other.healed),
            (&mut self.requests, other.requests),
        ];
        for (mine, its) in pairs {
            *mine += its;
        }
        for (mine, its) in [(&mut self.faults, other.faults), (&mut self.ends, other.ends)] {
            for (name, count) in its {
                *mine.entry(name).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<String, u64>| {
            let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            counts.join(", ")
        };
        writeln!(f, "  requests {}, messages {}, downloads {}", self.requests, self.messages, self.downloads)?;
        writeln!(f, "  faults: {}", list(&self.faults))?;
        writeln!(
            f,
            "  beside them: aborts {}, reloads {}, stops {}, uploads forgotten {}, clocks set {}, wrong checkpoints {}",
            self.aborts, self.reloads, self.stops, self.forgets, self.clocks, self.mistakes
        )?;
        writeln!(f, "  resumed {}, started over {}, resumed at the end {}", self.resumes, self.restarts, self.healed)?;
        write!(f, "  calls ended: {}", list(&self.ends))
    }
}
