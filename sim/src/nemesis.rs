//! Who makes trouble.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::link::{Condition, Link, Weather};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Kill,
    Freeze,
    Cut,
    /// Another node becomes the owner, though nothing is wrong with the present one.
    ChangeOwner,
    /// Nothing can be written for a while.
    FillDisk,
}

impl Temper {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let deeds = [Deed::Kill, Deed::Freeze, Deed::Cut, Deed::ChangeOwner, Deed::FillDisk];
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

    /// Says whether there is no trouble at all.
    pub(crate) fn is_calm(&self) -> bool {
        self.deeds.is_empty() && self.weather == Weather::default()
    }
}

/// Makes trouble for a while.
pub(crate) async fn rage(cluster: Arc<Cluster>, temper: Temper, mut dice: Dice) {
    let began = tokio::time::Instant::now();
    while began.elapsed() < TROUBLE && !temper.deeds.is_empty() {
        sleep(dice.up_to(PAUSE_MAX)).await;
        let Some(link) = cluster.some_link(&mut dice) else { continue };
        match dice.pick(&temper.deeds) {
            Deed::Kill => link.set(Condition::Dead),
            Deed::Freeze => send_away(&cluster, link, Condition::Frozen, &mut dice),
            Deed::Cut => send_away(&cluster, link, Condition::Cut, &mut dice),
            Deed::ChangeOwner => cluster.change_owner().await,
            Deed::FillDisk => fill_disk(&cluster, &mut dice),
        }
    }
    if temper.deeds.contains(&Deed::Freeze) {
        overtake(&cluster, &mut dice).await;
    }
}

/// Has another node take over while what the owner sent is still under way. It comes last: who takes over later
/// reads all again, and nobody would notice what came too late for this one.
async fn overtake(cluster: &Cluster, dice: &mut Dice) {
    let Some(owner) = cluster.owner() else { return };
    owner.link.set(Condition::Frozen);
    sleep(dice.up_to(AWAY_MAX / 2)).await;
    cluster.change_owner().await;
    sleep(dice.up_to(AWAY_MAX / 2)).await;
    owner.link.set(Condition::Up);
}

/// Has a node neither speak nor hear for a while; another one may take over meanwhile.
fn send_away(cluster: &Arc<Cluster>, link: Arc<Link>, condition: Condition, dice: &mut Dice) {
    link.set(condition);
    let (away, is_replaced) = (dice.up_to(AWAY_MAX), dice.says(500));
    let noticed = dice.up_to(away);
    tokio::spawn(async move {
        sleep(away).await;
        link.set(Condition::Up);
    });
    if is_replaced {
        // Not at once: what it has sent by then is still under way when another one has read all.
        let cluster = cluster.clone();
        tokio::spawn(async move {
            sleep(noticed).await;
            cluster.change_owner().await;
        });
    }
}

fn fill_disk(cluster: &Cluster, dice: &mut Dice) {
    cluster.database.fill(true);
    let (away, database) = (dice.up_to(AWAY_MAX), cluster.database.clone());
    tokio::spawn(async move {
        sleep(away).await;
        database.fill(false);
    });
}
