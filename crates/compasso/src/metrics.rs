//! Figures of the runtime, of queues, leases, workers and pools, for `GET /metrics`.

use compasso_dispatch::{Figures, LeaseCounts};
use compasso_runtime::Runtime;
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

/// Returns the figures of the runtime in the text form of Prometheus.
pub(crate) fn of_runtime(runtime: &Runtime) -> String {
    let mut text = Exposition::default();
    let (load, admitted, (commits, time)) = (runtime.load(), runtime.admitted(), runtime.commits());
    text.family("compasso_build_info", "gauge", "The release that runs.");
    text.sample("compasso_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let is_short = u64::from(admitted.shortage.starts.is_some());
    let holds_tasks = u64::from(admitted.shortage.tasks.is_some());
    for (name, help, number) in [
        ("compasso_executions_in_memory", "Executions in memory.", load.executions as u64),
        ("compasso_inputs", "Inputs that wait, or are decided or stored.", load.inputs as u64),
        ("compasso_tasks", "Tasks that run here or wait for room.", load.tasks as u64),
        ("compasso_starts", "Starts under way.", admitted.under_way as u64),
        ("compasso_starts_max", "Starts that may be under way.", admitted.limit as u64),
        ("compasso_starts_callers", "Callers with starts under way.", admitted.callers as u64),
        ("compasso_shortage", "1 while disk or memory are short, and nothing starts.", is_short),
        ("compasso_tasks_held", "1 while the disk is short, and no task is begun.", holds_tasks),
    ] {
        text.family(name, "gauge", help);
        text.sample(name, &[], number);
    }
    let refused = "compasso_starts_refused_total";
    text.family(refused, "counter", "Starts that were refused, to be tried again.");
    text.sample(refused, &[("reason", "load")], admitted.refused);
    text.sample(refused, &[("reason", "shortage")], admitted.refused_short);
    let seconds = "compasso_commit_seconds";
    text.family(seconds, "summary", "How long commits took.");
    text.sample(&format!("{seconds}_sum"), &[], time.as_secs_f64());
    text.sample(&format!("{seconds}_count"), &[], commits);
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
