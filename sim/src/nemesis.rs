//! Who makes trouble.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::cluster::{Cluster, Node};
use crate::dice::Dice;
use crate::link::{Condition, Weather};

/// How long there is trouble.
const TROUBLE: Duration = Duration::from_secs(25);
/// The longest pause between two troubles.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The longest that a node is frozen or cut off.
const AWAY_MAX: Duration = Duration::from_secs(8);

/// Which kinds of trouble a simulation has: not all of them in each, so that rare ones are not
/// drowned by others.
#[derive(Clone, Debug)]
pub(crate) struct Temper {
    pub(crate) weather: Weather,
    deeds: Vec<Deed>,
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Kill,
    Freeze,
    Cut,
    TakeOver,
}

impl Temper {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let deeds = [Deed::Kill, Deed::Freeze, Deed::Cut, Deed::TakeOver];
        let deeds = deeds.into_iter().filter(|_| dice.says(500)).collect();
        let mut rate = |most: usize| if dice.says(500) { dice.below(most) as u16 } else { 0 };
        let weather = Weather {
            slow: rate(200),
            request_lost: rate(60),
            answer_lost: rate(60),
            refused: rate(60),
        };
        Self { weather, deeds }
    }
}

/// Makes trouble for a while.
pub(crate) async fn rage(cluster: Arc<Cluster>, temper: Temper, mut dice: Dice) {
    let began = tokio::time::Instant::now();
    while began.elapsed() < TROUBLE && !temper.deeds.is_empty() {
        sleep(dice.up_to(PAUSE_MAX)).await;
        let Some(owner) = cluster.owner() else { continue };
        match dice.pick(&temper.deeds) {
            Deed::Kill => owner.link.set(Condition::Dead),
            Deed::Freeze => send_away(&cluster, owner, Condition::Frozen, &mut dice).await,
            Deed::Cut => send_away(&cluster, owner, Condition::Cut, &mut dice).await,
            Deed::TakeOver => {
                cluster.take_over().await;
            }
        }
    }
}

/// Has a node neither speak nor hear for a while; another one may take over meanwhile.
async fn send_away(cluster: &Cluster, node: Arc<Node>, condition: Condition, dice: &mut Dice) {
    node.link.set(condition);
    let (away, is_replaced) = (dice.up_to(AWAY_MAX), dice.says(500));
    tokio::spawn(async move {
        sleep(away).await;
        node.link.set(Condition::Up);
    });
    if is_replaced {
        cluster.take_over().await;
    }
}
