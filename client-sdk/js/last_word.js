// What a page says when it may never be seen again.

/**
 * A beacon does not say which page it is from where the shop's referrer policy hides that, and the edge takes nothing from nowhere;
 * a fetch always says it. But Firefox drops a fetch when its tab is closed.
 * @param {string} url
 * @param {string} body
 * @param {string} [less] for where too much is under way already
 */
export function lastWord(url, body, less) {
  if (/Firefox/.test(navigator.userAgent)) {
    if (!navigator.sendBeacon(url, body) && less) navigator.sendBeacon(url, less);
    return;
  }
  const send = (/** @type {string} */ some) =>
    fetch(url, { method: 'POST', body: some, keepalive: true, credentials: 'omit' });
  send(body).catch(() => {
    if (less) send(less).catch(() => {});
  });
}
