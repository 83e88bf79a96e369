//! Things of one kind that name each other.

use std::marker::PhantomData;

/// The name of a `T` in its [`Arena`].
pub(crate) struct Id<T>(u32, PhantomData<fn() -> T>);

impl<T> Id<T> {
    pub(crate) fn new(n: usize) -> Self {
        Self(u32::try_from(n).unwrap_or(u32::MAX), PhantomData)
    }

    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> std::fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Things that stay until the world ends.
pub(crate) struct Arena<T>(Vec<T>);

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Arena<T> {
    pub(crate) fn push(&mut self, thing: T) -> Id<T> {
        self.0.push(thing);
        Id::new(self.0.len() - 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = Id<T>> + use<T> {
        (0..self.0.len()).map(Id::new)
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an id is only made by the arena that it is used with"
    )]
    pub(crate) fn at(&self, id: Id<T>) -> &T {
        &self.0[id.0 as usize]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an id is only made by the arena that it is used with"
    )]
    pub(crate) fn at_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.0[id.0 as usize]
    }

    pub(crate) fn get(&self, n: usize) -> Option<&T> {
        self.0.get(n)
    }
}

/// Things that come and go.
pub(crate) struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    pub(crate) fn put(&mut self, thing: T) -> u32 {
        if let Some(n) = self.free.pop()
            && let Some(place) = self.places.get_mut(n as usize)
        {
            *place = Some(thing);
            return n;
        }
        self.places.push(Some(thing));
        u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn get_mut(&mut self, n: u32) -> Option<&mut T> {
        self.places.get_mut(n as usize)?.as_mut()
    }

    pub(crate) fn take(&mut self, n: u32) -> Option<T> {
        let thing = self.places.get_mut(n as usize)?.take();
        if thing.is_some() {
            self.free.push(n);
        }
        thing
    }
}
