//! The seals of one execution in memory. They are made when it is harmed: nothing is wrong with it before.

use bytes::Bytes;

use crate::JournalEntry;
use crate::seal::{Link, Seal};

/// The seals of rows and image, as they were before something was damaged.
#[derive(Debug)]
pub(super) struct Seals {
    links: Vec<Link>,
    /// That of the last row.
    head: Seal,
    image: Seal,
}

impl Seals {
    /// Seals what is whole.
    pub(super) fn of(journal: &[JournalEntry], image: &Bytes) -> Self {
        let mut seals = Self { links: Vec::new(), head: Seal::NONE, image: Seal::of_image(image) };
        for entry in journal {
            seals.append(entry);
        }
        seals
    }

    /// Seals a row that comes after the others.
    pub(super) fn append(&mut self, entry: &JournalEntry) {
        let link = Link::new(self.head, entry);
        self.head = link.seal;
        self.links.push(link);
    }

    /// Seals another image.
    pub(super) fn replace_image(&mut self, image: &Bytes) {
        self.image = Seal::of_image(image);
    }

    /// Loses the seal of a row with it.
    pub(super) fn lose(&mut self, row: usize) {
        self.links.remove(row);
    }

    pub(super) fn link(&self, row: usize) -> Link {
        self.links[row]
    }

    pub(super) fn head(&self) -> Seal {
        self.head
    }

    /// Says whether an image is the one that was sealed.
    pub(super) fn is_of(&self, image: &Bytes) -> bool {
        Seal::of_image(image) == self.image
    }
}
