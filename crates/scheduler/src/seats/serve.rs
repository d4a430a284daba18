//! Runs that waited begin, and seats become free.

use std::sync::Arc;

use compasso_runtime::{RuntimeError, StartError};
use compasso_store::{DocumentChange, ExecutionKey, Outcome};
use tracing::{error, warn};

use super::record::Leaving;
use super::withdraw::{Fate, Withdrawal};
use super::{SEAT, Seat, Stage};
use crate::deadlines::{MISSED, MISSED_ERROR, Told};
use crate::limits::{PAGE, RETRY};
use crate::record::{self as records, TickRecord, TickState};
use crate::{Resumed, Scheduler, TargetError, Unstarted};

/// What is recorded of an execution that had to make room.
pub(crate) const STOP_ERROR: &str = "Overlap";
pub(super) const STOP_CAUSE: &str = "another run takes its place";

impl Scheduler {
    /// Reads all seats and begins to give those that become free to the runs that wait.
    pub(crate) async fn begin_seats(&self) -> Result<(), RuntimeError> {
        let (mut after, mut replaced) = (None::<String>, Vec::new());
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(SEAT, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for document in page {
                match records::read::<Seat>(&document) {
                    Ok(seat) => {
                        replaced.extend(self.take_seat_up(&document.key.as_str().into(), &seat));
                    }
                    Err(error) => error!(run = document.key, %error, "seat is set aside"),
                }
            }
        }
        for run in replaced {
            self.give_way(&run);
        }
        let scheduler = self.clone();
        self.inner.runtime.spawn(async move { scheduler.serve_seats().await });
        Ok(())
    }

    /// Takes up a seat that is stored; returns the run whose place another one has since.
    fn take_seat_up(&self, run: &Arc<str>, seat: &Seat) -> Option<Arc<str>> {
        let stage = seat.stage();
        let known = Seat { asked: seat.asked.clone(), ..seat.begun() };
        let replaced = self.inner.seats.change(|table| table.take_up(run.clone(), known, stage));
        match stage {
            Stage::Waits => self.watch_waiting(run, &seat.deadlines),
            Stage::Begins => self.begin_called(run.clone()),
            Stage::Begun => self.follow_seat(run),
        }
        if let Some(leaving) = seat.leaving {
            self.send_away(run, leaving);
        }
        replaced
    }

    async fn serve_seats(&self) {
        let runtime = &self.inner.runtime;
        loop {
            let next = self.inner.seats.lock().next();
            if let Some(run) = next {
                self.begin_called(run);
                continue;
            }
            tokio::select! {
                () = self.inner.seats.stirred.notified() => {}
                () = runtime.stopping() => return,
            }
        }
    }

    /// Begins a run that waited and whose turn has come.
    fn begin_called(&self, run: Arc<str>) {
        let scheduler = self.clone();
        self.inner.runtime.spawn(async move { scheduler.begin_waiting(&run).await });
    }

    /// Begins a run that waited, again and again until that is durable or known to be impossible.
    async fn begin_waiting(&self, run: &Arc<str>) {
        loop {
            match self.try_begin(run).await {
                Ok(None) => break,
                Ok(Some(why)) => {
                    warn!(%run, why, "run that waited cannot begin");
                    return self.keep_failed(run, &why).await;
                }
                Err(error) => warn!(%run, %error, "run that waited is put off"),
            }
            tokio::select! {
                () = self.inner.runtime.stopping() => return,
                () = self.sleep(RETRY) => {}
            }
        }
        self.inner.seats.change(|table| table.begun(run));
        self.follow_seat(run);
    }

    /// Keeps what is known of a run that waited and can never begin.
    async fn keep_failed(&self, run: &Arc<str>, why: &str) {
        let error = (why == MISSED).then(|| MISSED_ERROR.into());
        self.keep_surely(
            run,
            &Withdrawal { error, cause: why.into(), by: None, tick: Fate::Failed },
        )
        .await;
    }

    /// Begins a run that waited; returns why it never can.
    async fn try_begin(&self, run: &Arc<str>) -> Result<Option<String>, RuntimeError> {
        let unavailable = RuntimeError::Unavailable;
        let Some(document) = self.inner.runtime.store().document(SEAT, run).await? else {
            return Ok(Some("nothing is known of it".into()));
        };
        let seat: Seat = records::read(&document)?;
        let Some(order) = &seat.order else { return Ok(None) };
        let targets = self.inner.targets.get();
        let targets = targets.ok_or_else(|| unavailable("not ready yet".into()))?;
        let told = self.tell_missed(&Unstarted::Waiting(order), &seat.deadlines).await;
        let told = match told {
            Ok(Told::Numbers(told)) => told,
            Ok(Told::GivesUp) => return Ok(Some(MISSED.to_owned())),
            Err(TargetError::Unavailable(why)) => return Err(unavailable(why)),
            Err(TargetError::Refused(why)) => return Ok(Some(why)),
        };
        let order = match targets.resume(run, order, &told).await {
            Ok(Resumed::Start(order)) => Some(*order),
            Ok(Resumed::GoesOn(open)) => {
                // It counts as under way before it is, so that a crash in between leaves no room.
                self.write_all(vec![seat.called().put(run)]).await?;
                match open.await {
                    Ok(()) => None,
                    Err(TargetError::Unavailable(why)) => return Err(unavailable(why)),
                    Err(TargetError::Refused(why)) => return Ok(Some(why)),
                }
            }
            Err(TargetError::Unavailable(why)) => return Err(unavailable(why)),
            Err(TargetError::Refused(why)) => return Ok(Some(why)),
        };
        let begun = |at| TickRecord {
            execution: Some(run.clone()),
            ..TickRecord::new(at, TickState::Run, self.now())
        };
        let mut changes = vec![seat.begun().put(run)];
        changes.extend(seat.tick.as_ref().map(|tick| tick.put(begun)));
        let Some(order) = order else {
            self.write_all(changes).await?;
            return Ok(None);
        };
        match self.inner.runtime.start_with(order, changes).await {
            Ok(_) => Ok(None),
            Err(StartError::Exists) => Ok(Some("there is another run of this name".into())),
            Err(StartError::Runtime(error)) => Err(error),
            Err(other) => Err(unavailable(other.to_string())),
        }
    }

    /// Waits for the end of a run, and of all that it began, and frees its seat.
    pub(super) fn follow_seat(&self, run: &Arc<str>) {
        let (scheduler, run) = (self.clone(), run.clone());
        self.inner.runtime.spawn(async move {
            let runtime = &scheduler.inner.runtime;
            let key = ExecutionKey(run.clone());
            while let Err(error) = runtime.closed(&key).await {
                tokio::select! {
                    () = runtime.stopping() => return,
                    () = scheduler.sleep(RETRY) => warn!(%run, %error, "run is not seen"),
                }
            }
            scheduler.tell_end(&run).await;
            if scheduler.is_left(&run).await {
                scheduler.free(&run).await;
            }
        });
    }

    /// Returns when nothing of a run that is over goes on; false if it goes on again before that.
    async fn is_left(&self, run: &Arc<str>) -> bool {
        let taken = self.inner.seats.lock().over(run);
        if let (Some(taken), Ok(targets)) = (taken, self.targets()) {
            tokio::select! {
                biased;
                Ok(()) = taken => return false,
                () = self.inner.runtime.stopping() => return false,
                () = targets.quiet(run) => {}
            }
        }
        self.inner.seats.lock().leaves(run)
    }

    /// Tells of the end of a run of a tick, before its seat is free.
    async fn tell_end(&self, run: &Arc<str>) {
        let tick = self.inner.seats.lock().tick(run);
        let (Some(tick), Ok(targets)) = (tick, self.targets()) else { return };
        while let Err(error) = targets.ended(tick.clone()).await {
            tokio::select! {
                () = self.inner.runtime.stopping() => return,
                () = self.sleep(RETRY) => warn!(%run, %error, "its end is told again"),
            }
        }
    }

    /// Frees the seat of a run that is over, or failed to begin for a reason.
    async fn free(&self, run: &Arc<str>) {
        let changes = vec![records::delete(SEAT, run.to_string())];
        while let Err(error) = self.write_all(changes.clone()).await {
            tokio::select! {
                () = self.inner.runtime.stopping() => return,
                () = self.sleep(RETRY) => warn!(%run, %error, "seat is not freed"),
            }
        }
        self.inner.seats.change(|table| table.remove(run));
    }

    /// Makes a run leave; again after a crash.
    pub(super) fn send_away(&self, run: &Arc<str>, leaving: Leaving) {
        let (scheduler, key) = (self.clone(), ExecutionKey(run.clone()));
        self.inner.runtime.spawn(async move {
            let runtime = &scheduler.inner.runtime;
            let (error, cause) = (Some(STOP_ERROR.into()), Some(STOP_CAUSE.into()));
            loop {
                let (error, cause): (Option<Arc<str>>, _) = (Clone::clone(&error), cause.clone());
                let left = match leaving {
                    Leaving::Cancelled => runtime.cancel(&key, error, cause).await.map(drop),
                    Leaving::Terminated => runtime.stop(&key, error, cause).await.map(drop),
                };
                match left {
                    Ok(()) | Err(RuntimeError::NoExecution) => return,
                    Err(error) => warn!(run = %key, %error, "run does not leave"),
                }
                tokio::select! {
                    () = runtime.stopping() => return,
                    () = scheduler.sleep(RETRY) => {}
                }
            }
        });
    }

    /// Writes documents; a conflict says that somebody else was faster.
    pub(crate) async fn write_all(&self, changes: Vec<DocumentChange>) -> Result<(), RuntimeError> {
        let unavailable = |why: String| Err(RuntimeError::Unavailable(why));
        match self.inner.runtime.write(changes).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => Ok(()),
            Outcome::Committed { .. } => unavailable("it was changed meanwhile".into()),
            Outcome::Rejected { reason } => Err(RuntimeError::Rejected(reason)),
            Outcome::Unknown { reason } => unavailable(reason),
            Outcome::Fenced => unavailable("another process took over".into()),
        }
    }
}
