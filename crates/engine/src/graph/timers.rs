//! Timers beside the outermost graph: those that still wait are dropped when what they are about has ended.

use super::beside::Nature;
use crate::scope::Work;
use crate::{Execution, ScopeId};

impl Execution {
    /// Lets the timers about a branch that still wait be dropped.
    pub(super) fn forget_timers(&mut self, about: Option<(ScopeId, u32)>) {
        self.forget_timers_of(|of| of == about);
    }

    /// Lets the timers about branches of the graphs in a block be dropped.
    pub(super) fn forget_timers_inside(&mut self, block: ScopeId) {
        let mut inside = self.descendants(block);
        inside.push(block);
        self.forget_timers_of(|of| of.is_some_and(|(graph, _)| inside.contains(&graph)));
    }

    /// Lets all timers that still wait be dropped.
    pub(super) fn forget_all_timers(&mut self) {
        self.forget_timers_of(|_| true);
    }

    fn forget_timers_of(&mut self, is_about: impl Fn(Option<(ScopeId, u32)>) -> bool) {
        let is_meant = |nature: &Nature| nature.is_timer && is_about(nature.about);
        let Some(beside) = self.beside() else { return };
        let running = beside.running.iter().filter(|(_, nature)| is_meant(nature));
        let scopes: Vec<_> = running.map(|(scope, _)| *scope).collect();
        let idle: Vec<_> = scopes.into_iter().filter(|scope| self.is_waiting(*scope)).collect();
        if let Some(beside) = self.beside_mut() {
            beside.told.retain(|told| !is_meant(&told.nature));
            beside.stale.extend(idle);
        }
    }

    /// Lets a timer be dropped that begins to wait once it was told how the run ended.
    pub(crate) fn forget_late_timer(&mut self, scope: ScopeId) {
        let is_told = self.outcome().is_some_and(|outcome| outcome.is_told);
        if !is_told || !self.goes_by(2) {
            return;
        }
        if let Some(beside) = self.beside_mut()
            && beside.running.get(&scope).is_some_and(|nature| nature.is_timer)
        {
            beside.stale.push(scope);
        }
    }

    /// Returns whether `scope` runs a timer that is to be dropped.
    pub(crate) fn is_stale(&self, scope: ScopeId) -> bool {
        self.beside().is_some_and(|beside| beside.stale.contains(&scope))
    }

    pub(super) fn is_waiting(&self, scope: ScopeId) -> bool {
        let active = self.scope(scope).active();
        active.is_some_and(|active| matches!(active.work, Work::Waiting { .. }))
    }
}
