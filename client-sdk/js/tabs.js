/** @typedef {'change' | 'reset' | 'denied'} Word what became of the journal */

/**
 * Tells the other tabs that the journal has changed, and hears it from them.
 * @param {(word: Word) => void} heard
 */
export function tabs(heard) {
  /** @type {BroadcastChannel | undefined} */
  let channel;
  const open = () => {
    if (channel || !('BroadcastChannel' in window)) return;
    channel = new BroadcastChannel('homing');
    channel.onmessage = ({ data }) => heard(data);
  };
  open();
  return {
    /** @param {Word} word */
    tell: (word) => channel?.postMessage(word),
    open,
    /** An open channel keeps a page out of the back/forward cache. */
    close: () => {
      channel?.close();
      channel = undefined;
    },
  };
}
