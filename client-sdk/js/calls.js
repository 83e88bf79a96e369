// What a storefront's calls are about, by name: what needs no command of the journal.

/** Calls that say nothing of a shopper, and hold however often all begins anew. */
export const LASTING = ['on', 'off', 'platform'];

/** What a shop has to say about what is shown. */
export const SHOWN = ['prompt', 'banner', 'chat', 'texts', 'undo', 'push'];
