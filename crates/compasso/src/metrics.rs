//! Figures of queues, leases, workers and pools, for `GET /metrics`.

use compasso_dispatch::{Figures, LeaseCounts};
use compasso_telemetry::Exposition;

/// Most queues that are told apart; the metrics of further ones are left out.
const QUEUES_MAX: usize = 1_000;

/// Returns the figures of dispatch in the text form of Prometheus.
pub(crate) fn of_dispatch(figures: &Figures) -> String {
    let mut text = Exposition::default();
    queues(&mut text, figures);
    leases(&mut text, figures.leases);
    workers(&mut text, figures);
    pools(&mut text, figures);
    text.into_text()
}

fn queues(text: &mut Exposition, figures: &Figures) {
    type Figure = fn(&compasso_dispatch::QueueView, f64) -> f64;
    let metrics: [(&str, &str, Figure); 4] = [
        ("compasso_queue_waiting", "Tasks that wait in a queue.", |it, _| it.waiting as f64),
        ("compasso_queue_running", "Tasks of a queue that are out.", |it, _| it.running as f64),
        ("compasso_queue_workers", "Workers that could run them.", |it, _| it.workers as f64),
        ("compasso_queue_oldest_seconds", "How long the oldest waits.", |_, age| age),
    ];
    for (name, help, figure) in metrics {
        text.family(name, "gauge", help);
        for (queue, age) in figures.queues.iter().take(QUEUES_MAX) {
            let tags: Vec<&str> = queue.tags.iter().map(|tag| &**tag).collect();
            let labels = [
                ("account", &*queue.account),
                ("kind", queue.kind),
                ("handler", queue.handler.as_deref().unwrap_or_default()),
                ("tags", &tags.join(",")),
            ];
            text.sample(name, &labels, figure(queue, age.as_secs_f64()));
        }
    }
}

fn leases(text: &mut Exposition, LeaseCounts { given, refused, lost }: LeaseCounts) {
    for (name, help, number) in [
        ("compasso_leases_given_total", "Leases that workers were given.", given),
        ("compasso_leases_refused_total", "Calls with a lease that was over.", refused),
        ("compasso_leases_lost_total", "Leases whose workers fell silent or left.", lost),
    ] {
        text.family(name, "counter", help);
        text.sample(name, &[], number);
    }
}

fn workers(text: &mut Exposition, figures: &Figures) {
    type Figure = fn(&compasso_dispatch::WorkerCounts) -> u64;
    let metrics: [(&str, &str, Figure); 3] = [
        ("compasso_workers", "Workers.", |it| it.workers as u64),
        ("compasso_worker_slots", "Tasks that workers run at once.", |it| it.slots),
        ("compasso_worker_slots_used", "Tasks that workers have.", |it| it.running as u64),
    ];
    for (name, help, figure) in metrics {
        text.family(name, "gauge", help);
        for (state, counts) in &figures.workers {
            text.sample(name, &[("state", state)], figure(counts));
        }
    }
}

fn pools(text: &mut Exposition, figures: &Figures) {
    type Figure = fn(&compasso_dispatch::PoolView) -> u32;
    let metrics: [(&str, &str, Figure); 2] = [
        ("compasso_pool_slots", "Slots of a pool.", |it| it.size),
        ("compasso_pool_slots_used", "Slots of a pool that tasks hold.", |it| it.used),
    ];
    for (name, help, figure) in metrics {
        text.family(name, "gauge", help);
        for pool in &figures.pools {
            text.sample(name, &[("pool", &pool.name)], figure(pool));
        }
    }
}
