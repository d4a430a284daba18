//! A server that shares a database with others: it works while it is the owner, and stands by while
//! another one is.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use compasso_cluster::{Edge, Here, Member};
use compasso_runtime::{Entropy as _, SystemEntropy};
use compasso_store::NodeIdentity;
use compasso_store_postgres::{Options, PostgresNodes};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use super::absence::{self, is_passing};
use super::agreement;
use super::ended_turns::EndedTurns;
use super::front::{Front, StopRequests};
use super::node_worker::NodeWorker;
use super::reign::{Prepared, Reign, Threads};
use super::setup::Setup;
use crate::host;

/// How long the end of a node takes at most with the last answers, if no script holds it up: the next owner gives them.
const FAREWELL_MAX: Duration = Duration::from_millis(2_500);
/// How long it waits for them in any case.
const LAST_ANSWERS_MIN: Duration = Duration::from_millis(300);
/// How long a node that is asked to stop waits for the end of its engine.
const ENGINE_END_MAX: Duration = Duration::from_secs(1);
/// How long it waits for the database to hear what it says last: its lease runs out by itself.
const LAST_WORD_MAX: Duration = Duration::from_millis(800);
/// How long a node that hands over waits for the answers to what it has begun.
const BEGUN_MAX: Duration = Duration::from_millis(300);
/// After what time a node takes the store again that could not go on with it.
const PAUSE: Duration = Duration::from_secs(1);

/// A node that has not taken part yet.
pub(super) struct Node {
    setup: Arc<Setup>,
    listener: TcpListener,
    database: String,
    nodes: PostgresNodes,
    /// How its engines open the store: what one of them has acknowledged, the node remembers.
    options: Options,
    identity: NodeIdentity,
    requests: StopRequests,
    /// What looks whether the database may lose what it is given.
    looking: PostgresNodes,
    ended_turns: Arc<EndedTurns>,
}

/// Why a node works no longer.
enum Ended {
    /// Somebody asked it to stop.
    Asked,
    /// Another node is the owner, or may be.
    Lost,
    /// It cannot go on.
    Failed(String),
}

impl Node {
    /// Opens the database, and checks that this node may work for those that share it. Waits for a database that
    /// is not there yet; `None` if it was asked to stop meanwhile.
    pub(super) async fn open(
        mut setup: Setup,
        listener: TcpListener,
        database: String,
        advertise: Option<String>,
    ) -> anyhow::Result<Option<Self>> {
        let mut options = Options::default();
        let mut requests = StopRequests::new();
        let open = async || {
            let opened = PostgresNodes::open(&database, &options).await;
            let nodes = opened.context("the store cannot be opened")?;
            agreement::check(&nodes, &setup).await?;
            anyhow::Ok(nodes)
        };
        let Some(nodes) = absence::outlast(&listener, &mut requests, open).await? else {
            setup.telemetry().close().await;
            return Ok(None);
        };
        setup.let_nodes_in();
        let address = advertise.unwrap_or_else(|| reached_at(listener.local_addr().ok()));
        let id = compasso_types::hex(&SystemEntropy.seed()[..4]);
        let identity = NodeIdentity {
            id: id.into(),
            address: address.into(),
            host: host::name().into(),
            build: env!("CARGO_PKG_VERSION").into(),
        };
        options.node = Some(identity.id.clone());
        // Its connections are made anew, by the thread that renews the lease.
        let (renewing, looking) = (nodes.afresh(), nodes.afresh());
        let ended_turns = EndedTurns::begin(nodes, setup.data(), identity.id.clone()).await;
        Ok(Some(Self {
            setup: Arc::new(setup),
            listener,
            database,
            nodes: renewing,
            options,
            identity,
            requests,
            looking,
            ended_turns: Arc::new(ended_turns),
        }))
    }

    /// Takes part until it is asked to stop, or cannot begin at all.
    pub(super) async fn serve(
        self,
        announced: impl Future<Output = Infallible>,
    ) -> anyhow::Result<ExitCode> {
        let Self { setup, listener, database, nodes, options, identity, .. } = self;
        let (mut requests, looking, ended_turns) = (self.requests, self.looking, self.ended_turns);
        tracing::info!(node = &*identity.id, address = &*identity.address, "this node takes part");
        let worker = setup.begin_worker(&identity)?;
        let address = identity.address.clone();
        let member = Member::begin(Arc::new(nodes), identity).context("no thread")?;
        let (here, answers) = watch::channel(None);
        let edge = Edge::new(member.clone(), answers, setup.standby(member.clone()))
            .minding(setup.danger().told());
        let front = Front::open(listener, edge.clone().router());
        let (shared, me) = (setup.clone(), member.clone());
        let marks = ended_turns.clone();
        let mut work = Work {
            setup: shared,
            database,
            options,
            member: me,
            here,
            edge: edge.clone(),
            ended_turns: marks,
        };
        let announced = async {
            edge.ready().await;
            announced.await
        };
        let worked = tokio::select! {
            worked = work.until_asked(&mut requests) => worked,
            never = announced => match never {},
            never = edge.look_around(&address) => match never {},
            never = ended_turns.watch() => match never {},
            never = setup.danger().watch(&looking) => match never {},
        };
        if worked.is_err() {
            last_word(member.resign(None)).await;
        }
        let farewell = farewell(&member, &edge, front, (worker, &mut requests));
        let (said, ()) = tokio::join!(farewell, setup.telemetry().close());
        said?;
        worked.map(|()| ExitCode::SUCCESS)
    }
}

/// Ends what a node does beside its engine. Others take over now; requests that still come here are sent on to them.
async fn farewell(
    member: &Member,
    edge: &Edge,
    front: Front,
    (worker, requests): (Option<NodeWorker>, &mut StopRequests),
) -> anyhow::Result<()> {
    let began = Instant::now();
    if let Some(worker) = worker {
        worker.end(member, requests).await;
    }
    member.succeeded().await;
    edge.end();
    let left = FAREWELL_MAX.saturating_sub(began.elapsed()).max(LAST_ANSWERS_MIN);
    let answered = front.close().last_answers(left).await;
    last_word(member.leave()).await;
    answered
}

/// Has the database hear what is said last, if that does not take long.
async fn last_word(said: impl Future<Output = ()>) {
    if timeout(LAST_WORD_MAX, said).await.is_err() {
        tracing::warn!(
            "the database does not hear that this node ends; its lease runs out by itself"
        );
    }
}

/// Where other nodes reach a server that listens there.
fn reached_at(listens: Option<SocketAddr>) -> String {
    match listens {
        Some(address) if address.ip().is_unspecified() => {
            format!("{}:{}", host::name(), address.port())
        }
        Some(address) => address.to_string(),
        None => host::name(),
    }
}

/// The engine of a node, over and over.
struct Work {
    setup: Arc<Setup>,
    database: String,
    options: Options,
    member: Member,
    here: watch::Sender<Option<Here>>,
    edge: Edge,
    ended_turns: Arc<EndedTurns>,
}

impl Work {
    /// Works whenever this node is the owner, until it is asked to stop.
    ///
    /// # Errors
    /// It cannot begin, and there is no other node to do so.
    async fn until_asked(&mut self, requests: &mut StopRequests) -> anyhow::Result<()> {
        let mut has_worked = false;
        loop {
            let prepared = tokio::select! {
                prepared = self.prepare() => prepared,
                () = self.asked(requests) => {
                    self.let_go(&Ended::Asked).await;
                    return Ok(());
                }
            };
            let (ended, leftovers) = match self.begin(prepared, requests).await {
                Ok(reign) => {
                    has_worked = true;
                    self.work(reign, requests).await
                }
                Err(NotBegun::Ended(ended)) => (ended, None),
                Err(NotBegun::Failed(error))
                    if !has_worked && self.is_alone() && !is_passing(&error) =>
                {
                    return Err(error);
                }
                Err(NotBegun::Failed(error)) => (Ended::Failed(format!("{error:#}")), None),
            };
            self.let_go(&ended).await;
            if matches!(ended, Ended::Asked) {
                // What still runs ends with the process.
                return Ok(());
            }
            if let Some(leftovers) = leftovers {
                leftovers.end().await;
            }
        }
    }

    /// Gets ready to work, and waits until this node is the owner.
    async fn prepare(&self) -> anyhow::Result<Prepared> {
        let open = || Prepared::open(self.database.clone(), self.options.clone());
        let prepared = open().await;
        self.member.standing().wait_for(|standing| standing.owns).await?;
        match prepared {
            Ok(prepared) => Ok(prepared),
            // The database is back now.
            Err(_) => open().await,
        }
    }

    async fn begin(
        &self,
        prepared: anyhow::Result<Prepared>,
        requests: &mut StopRequests,
    ) -> Result<Reign, NotBegun> {
        let prepared = prepared.map_err(NotBegun::Failed)?;
        let begin = async {
            let marks = self.ended_turns.marks().await;
            prepared.begin(self.setup.clone(), self.member.clone(), marks).await
        };
        tokio::select! {
            begun = begin => begun.map_err(NotBegun::Failed),
            () = self.lost() => Err(NotBegun::Ended(Ended::Lost)),
            () = self.asked(requests) => Err(NotBegun::Ended(Ended::Asked)),
        }
    }

    /// Works until that ends; nothing is stored any more when it returns.
    async fn work(&self, reign: Reign, requests: &mut StopRequests) -> (Ended, Option<Threads>) {
        let here = reign.here();
        self.here.send_replace(Some(here.clone()));
        let ended = tokio::select! {
            () = self.lost() => Ended::Lost,
            why = reign.failed() => Ended::Failed(why.to_owned()),
            () = self.asked(requests) => Ended::Asked,
        };
        self.here.send_replace(None);
        let is_owner = !matches!(ended, Ended::Lost);
        if matches!(ended, Ended::Asked) {
            reign.end_polls();
            // What waits for something else to happen takes longer than that.
            let _ = timeout(BEGUN_MAX, here.answered()).await;
        }
        let patience = if matches!(ended, Ended::Asked) { ENGINE_END_MAX } else { Duration::MAX };
        // What it still writes after that is fenced off.
        let leftovers = timeout(patience, reign.end()).await.ok();
        if is_owner {
            // That has answered all who waited, and their answers are good while this node is the owner.
            let _ = timeout(BEGUN_MAX, here.answered()).await;
        }
        (ended, leftovers)
    }

    /// Lets others take the store.
    async fn let_go(&self, ended: &Ended) {
        match ended {
            Ended::Asked => {
                tracing::info!("stopping");
                last_word(self.member.resign(None)).await;
            }
            Ended::Lost => {}
            Ended::Failed(why) => {
                tracing::error!(why, "this node cannot go on and lets others try");
                self.member.resign(Some(PAUSE)).await;
            }
        }
    }

    /// Waits until this node is asked to stop; it is not ready from then on.
    async fn asked(&self, requests: &mut StopRequests) {
        requests.next().await;
        self.edge.stop();
    }

    /// Waits until this node is the owner no longer.
    async fn lost(&self) {
        if self.member.standing().wait_for(|standing| !standing.owns).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn is_alone(&self) -> bool {
        self.member.standing().borrow().is_alone(self.member.id())
    }
}

/// An engine that does not work.
enum NotBegun {
    Ended(Ended),
    Failed(anyhow::Error),
}
