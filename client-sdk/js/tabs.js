/**
 * Tells the other tabs that the journal has changed, and hears it from them.
 * @param {() => void} heard
 */
export function tabs(heard) {
  /** @type {BroadcastChannel | undefined} */
  let channel;
  const open = () => {
    if (channel || !('BroadcastChannel' in window)) return;
    channel = new BroadcastChannel('homing');
    channel.onmessage = heard;
  };
  open();
  return {
    tell: () => channel?.postMessage(0),
    open,
    /** An open channel keeps a page out of the back/forward cache. */
    close: () => {
      channel?.close();
      channel = undefined;
    },
  };
}
