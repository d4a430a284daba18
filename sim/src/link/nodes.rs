//! What a node asks about the others.

use std::time::Duration;

use compasso_store::{Answer, Epoch, NodeIdentity, Nodes, Roll};

use super::Link;

impl Nodes for Link {
    fn join<'a>(&'a self, node: &'a NodeIdentity) -> Answer<'a, ()> {
        self.ask_of_nodes(async {
            self.database.join(node);
            Ok(())
        })
    }

    fn renew<'a>(&'a self, node: &'a NodeIdentity, lease: Duration) -> Answer<'a, Roll> {
        self.ask_of_nodes(async move { Ok(self.database.renew(node, lease, self.ahead())) })
    }

    fn acknowledged(&self) -> u64 {
        // This database counts no commits.
        0
    }

    fn take<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Epoch>> {
        self.ask_of_nodes(self.database.take(id, self.ahead()))
    }

    fn hand_over<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        self.ask_of_nodes(self.database.hand_over(id))
    }

    fn stand_aside<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, ()> {
        self.ask_of_nodes(async { Ok(()) })
    }

    fn leave<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        self.ask_of_nodes(async {
            self.database.leave(id);
            Ok(())
        })
    }

    fn agree<'a>(&'a self, _: &'a str, value: &'a str) -> Answer<'a, String> {
        self.ask_of_nodes(async { Ok(value.to_owned()) })
    }
}
