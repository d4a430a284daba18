//! A server, from its settings to its end: alone on a file, or a node of those that share a database.

mod absence;
mod agreement;
mod alone;
mod clock;
mod danger;
mod ended_turns;
mod front;
mod node;
mod node_worker;
mod reign;
mod roll;
mod setup;

use std::path::Path;
use std::process::ExitCode;

use compasso_aws::Environment;

pub(crate) use self::front::{StopRequests, bind, url};
pub(crate) use self::setup::ARTIFACTS;

use self::alone::Alone;
use self::front::Announcement;
use self::node::Node;
use self::setup::Setup;
use crate::cli::Serve;
use crate::client::{Client, Identity, TOKEN};
use crate::settings::File;

/// A server that has opened its store and its port and not yet answered anything.
pub(crate) struct Server {
    kind: Kind,
    client: Client,
    announcement: Announcement,
}

enum Kind {
    Alone(Box<Alone>),
    Node(Box<Node>),
}

impl Server {
    /// Opens store and port; `None` if it was asked to stop while it waited for its database. Settings are looked
    /// for in `directory`, then in the data directory.
    pub(crate) async fn open(
        options: Serve,
        config: Option<&Path>,
        directory: &Path,
        json: bool,
    ) -> anyhow::Result<Option<Self>> {
        let places: Vec<&Path> =
            [Some(directory), options.data.as_deref()].into_iter().flatten().collect();
        let file = File::load(config, &places)?;
        let token = std::env::var(TOKEN).ok();
        let identity = Identity::of_server(&file, &Environment::of_process())?;
        let database = file.store(options.store.clone());
        let advertise = file.advertise(options.advertise.clone());
        let (setup, listener) = Setup::new(file, options).await?;
        let identity = identity.calling_itself(setup.own_secret()).bearing(token.as_deref());
        let client = Client::new(setup.url(), identity)?;
        let announcement = Announcement::new(setup.url(), json);
        let kind = match database {
            None => Kind::Alone(Box::new(Box::pin(Alone::open(&setup, listener)).await?)),
            Some(address) => match Box::pin(Node::open(setup, listener, address, advertise)).await?
            {
                Some(node) => Kind::Node(Box::new(node)),
                None => return Ok(None),
            },
        };
        Ok(Some(Self { kind, client, announcement }))
    }

    /// Returns a client of it, in its first account: with a key or a token if there is one, otherwise as
    /// whoever is on this machine, or with the rights of an author.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Answers until it is asked to stop, and closes in order. It says that it is ready once
    /// `prepared` is done, and answers already before.
    pub(crate) async fn serve(
        self,
        prepared: impl Future<Output = ()>,
    ) -> anyhow::Result<ExitCode> {
        let announced = self.announcement.after(prepared);
        // What lasts as long as the process need not move through all that waits for it.
        match self.kind {
            // Before anybody can know that it is ready: a request to stop must find its receiver.
            Kind::Alone(alone) => Box::pin(alone.serve(StopRequests::new(), announced)).await,
            Kind::Node(node) => Box::pin(node.serve(announced)).await,
        }
    }
}
