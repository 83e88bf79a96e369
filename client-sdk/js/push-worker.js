// The service worker that shows notifications. A browser runs it from the shop's own origin alone: a shop serves a copy of it, or a file
// of its own that imports it. Other messages, of a worker that does more than this, are left alone.

const worker = /** @type {any} */ (globalThis);

/** @param {any} data @returns {{ title: string, text: string, url: string, stop: string, tag: string, image?: string } | undefined} */
function shownBy(data) {
  try {
    const shown = data.json();
    return shown.tag && /^https?:/.test(shown.url) ? shown : undefined;
  } catch {
    return undefined;
  }
}

worker.addEventListener('push', (/** @type {any} */ event) => {
  const shown = shownBy(event.data);
  if (!shown) return;
  const { title, text, url, stop, tag, image } = shown;
  event.waitUntil(
    worker.registration.showNotification(title, {
      body: text,
      icon: image,
      // The latest one stands for all.
      tag,
      renotify: true,
      data: { homing: { url, stop } },
      actions: [{ action: 'homing-stop', title: 'Stop reminders' }],
    }),
  );
});

worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  const { homing } = event.notification.data || {};
  if (!homing) return;
  event.notification.close();
  const url = event.action === 'homing-stop' ? homing.stop : homing.url;
  event.waitUntil(worker.clients.openWindow(url));
});

// The page tells the edge of it, when it is there again.
worker.addEventListener('pushsubscriptionchange', (/** @type {any} */ event) => {
  const { oldSubscription, newSubscription } = event;
  const { applicationServerKey } = oldSubscription?.options || {};
  if (newSubscription || !applicationServerKey) return;
  event.waitUntil(
    worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }),
  );
});
