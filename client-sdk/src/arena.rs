//! Memory for calls that begin and end with nothing: blocks are laid one behind the other and never reused, until the last
//! one is given back; then all is free again. A general allocator is a quarter of the module.

use std::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size},
    cell::Cell,
    ptr::null_mut,
};

const PAGE: usize = 65_536;

struct Arena {
    /// The first free byte; 0 before the first block.
    next: Cell<usize>,
    /// Blocks that have not been given back.
    living: Cell<usize>,
}

// SAFETY: the module has one thread; a storefront's wasm is built without atomics.
unsafe impl Sync for Arena {}

unsafe extern "C" {
    static __heap_base: u8;
}

// SAFETY: blocks never overlap, since `next` only grows while any of them lives, and lie inside the memory that was grown.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.living.get() == 0 {
            self.next.set(&raw const __heap_base as usize);
        }
        let at = self.next.get().next_multiple_of(layout.align());
        let end = at.saturating_add(layout.size());
        let missing = end
            .saturating_sub(memory_size(0).saturating_mul(PAGE))
            .div_ceil(PAGE);
        if missing > 0 && memory_grow(0, missing) == usize::MAX {
            return null_mut();
        }
        self.next.set(end);
        self.living.set(self.living.get().saturating_add(1));
        at as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.living.set(self.living.get().saturating_sub(1));
        // What came last and goes first leaves no hole.
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }
}

#[global_allocator]
static ARENA: Arena = Arena {
    next: Cell::new(0),
    living: Cell::new(0),
};
