// Notifications: asks for them when a shopper wants them, and tells the edge where this browser is reached. Only loaded where the shop
// calls for it; what shows them is push-worker.js.
import { parsed, read, remove, write } from './local.js';
import { post } from './problem.js';
import { newReplica } from './random.js';

/** @typedef {import('./index.d.ts').PushState} State */

/**
 * What this browser has told of itself, on which cart, and what its user had agreed to.
 * @typedef {{ cart: string, endpoint: string, p256dh: string, at: number, wording?: string, page: string }} Told
 */

const TOLD = 'homing.push';

/** @param {string} text base64url */
const bytesOf = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) =>
    letter.charCodeAt(0),
  );

/** @param {ArrayBuffer | null | undefined} one @param {Uint8Array} other */
const isSame = (one, other) => !!one && `${new Uint8Array(one)}` === `${other}`;

/**
 * Nothing is shown by this browser any more: without its worker a subscription ends, and the push service says so when somebody sends.
 * @param {string} scope
 */
const leave = async (scope) => (await navigator.serviceWorker.getRegistration(scope))?.unregister();

/** A worker that has just been fetched takes a moment. @param {ServiceWorkerRegistration} registration */
async function active(registration) {
  const worker = registration.installing || registration.waiting;
  if (registration.active || !worker) return registration;
  await new Promise((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve(undefined);
      if (worker.state === 'redundant') reject(new Error('worker_redundant'));
    });
  });
  return registration;
}

/** @typedef {{ ask(): unknown, stop(): unknown, renew(): unknown }} Calls */

/** Each life of the SDK has its own. @type {WeakMap<object, Calls>} */
const begun = new WeakMap();

/**
 * What the shop calls for.
 * @param {import('./ui/settings.js').Lent} lent
 * @param {unknown} detail settings, which are kept already, or what is to be done now
 */
export function called(lent, detail) {
  const known = begun.get(lent);
  const { ask, stop, renew } = known || notifications(lent);
  if (detail === 'ask') ask();
  else if (detail === 'stop') stop();
  // What has just begun has seen the settings.
  else if (known) renew();
}

/** @param {import('./ui/settings.js').Lent} lent @returns {Calls} */
function notifications(lent) {
  const { boot, journal, listeners } = lent;
  const { endpoint, key } = boot.config;
  const isPossible =
    'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
  /** @type {Promise<unknown>} */
  let turn = Promise.resolve();

  const settings = () => boot.config.push || {};

  /** @returns {Told | undefined} */
  const told = () => parsed(read(TOLD));

  /** @param {State['state']} state @param {unknown} [error] */
  const tell = (state, error) => {
    const reason = error ? String(/** @type {any} */ (error).message || error) : undefined;
    listeners.emit('push', { state, reason }, { state, reason });
  };

  /** How things stand where this browser takes none. */
  const rest = () => tell(Notification.permission === 'denied' ? 'denied' : 'possible');

  /** Somewhere of its own: whatever other worker the shop has stays in charge of its pages. */
  const place = () => {
    const { worker = '/homing-push.js' } = settings();
    const url = new URL(worker, location.href);
    return { url, scope: new URL('homing-push/', url).pathname };
  };

  /** This browser's subscription under the key that the edge signs with. */
  async function subscription() {
    const { url, scope } = place();
    const registration = await active(await navigator.serviceWorker.register(url, { scope }));
    const answer = await fetch(`${endpoint}/v1/push`, { credentials: 'omit' });
    const { key: signer } = await answer.json();
    if (!signer) throw new Error('push_not_configured');
    const applicationServerKey = bytesOf(signer);
    const { pushManager } = registration;
    const known = await pushManager.getSubscription();
    // Under another key nothing would be taken from the edge any more.
    if (known && !isSame(known.options.applicationServerKey, applicationServerKey))
      await known.unsubscribe();
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  }

  /** On a cart that is not this browser's any more nobody is to be reached here. @param {Told} earlier */
  function withdraw({ cart, endpoint: reached }) {
    const event = {
      id: `${newReplica()}-1`,
      t: 'push',
      at: Date.now(),
      push: { endpoint: reached },
    };
    const body = { v: 1, key, cart, sent_at: Date.now(), events: [event] };
    // Where that is not heard, the push service says so when somebody sends.
    return post(`${endpoint}/v1/collect`, JSON.stringify(body), true).catch(() => {});
  }

  /**
   * Says where this browser is reached, on the cart that it has now; once.
   * @param {PushSubscription} found
   * @param {Pick<Told, 'at' | 'wording' | 'page'>} answer
   * @param {Told} [earlier]
   */
  async function say(found, { at, wording, page }, earlier) {
    const { endpoint: reached = '', keys: { p256dh = '', auth = '' } = {} } = found.toJSON();
    const { cart } = journal.book;
    const isKnown =
      earlier?.cart === cart &&
      earlier.endpoint === reached &&
      earlier.p256dh === p256dh &&
      earlier.at === at;
    if (isKnown) return;
    const isElsewhere = earlier && (earlier.cart !== cart || earlier.endpoint !== reached);
    if (isElsewhere) await withdraw(earlier);
    // All may have been forgotten meanwhile.
    if (journal.isOver) return leave(place().scope);
    const push = { endpoint: reached, p256dh, auth };
    await journal.write(
      /** @type {any} */ ({ t: 'push', at, push, consent: { push: true, wording, page } }),
    );
    write(TOLD, JSON.stringify({ cart, endpoint: reached, p256dh, at, wording, page }));
  }

  /** Looks whether what was told still holds: permission may have been taken back, and services move subscriptions. */
  async function renew() {
    if (!isPossible) return tell('unsupported');
    const earlier = told();
    if (!earlier) {
      // Left by somebody whom this browser has forgotten.
      await leave(place().scope);
      return rest();
    }
    if (Notification.permission !== 'granted') {
      remove(TOLD);
      await withdraw(earlier);
      return rest();
    }
    // What a link brought speaks for nobody before a person has touched it.
    if (!journal.book.link) await say(await subscription(), earlier, earlier);
    tell('on');
  }

  async function ask() {
    if (!isPossible) return tell('unsupported');
    // Browsers refuse it, and remember that, where nobody has asked for it.
    if (navigator.userActivation?.isActive === false) return tell('possible', 'gesture_missing');
    if ((await Notification.requestPermission()) !== 'granted') return rest();
    const { wording } = settings();
    const answer = { at: Date.now(), wording, page: location.pathname };
    await say(await subscription(), answer, told());
    tell('on');
  }

  async function stop() {
    const earlier = told();
    if (!isPossible || !earlier) return;
    remove(TOLD);
    const { wording } = earlier;
    const consent = { push: false, wording, page: location.pathname };
    const push = { endpoint: earlier.endpoint };
    await journal.write(/** @type {any} */ ({ t: 'push', at: Date.now(), push, consent }));
    const { scope } = place();
    const registration = await navigator.serviceWorker.getRegistration(scope);
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
    await leave(scope);
    rest();
  }

  /** One after the other; what fails is told, and tried again when it is asked for. @param {() => unknown} work */
  const queue = (work) => {
    turn = turn.then(work).catch((error) => tell('failed', error));
    return turn;
  };

  queue(renew);
  const { over } = boot;
  boot.over = () => {
    over?.();
    // What is forgotten here must not be shown to whoever comes next.
    if (isPossible) leave(place().scope).catch(() => {});
  };
  // A cart that goes on under another name is another cart to the edge.
  listeners.on('status', ({ cart }) => {
    const earlier = told();
    if (earlier && earlier.cart !== cart && !journal.book.link) queue(renew);
  });

  const mine = {
    // At once: a browser counts how long ago the click was.
    ask: () => ask().catch((error) => tell('failed', error)),
    stop: () => queue(stop),
    renew: () => queue(renew),
  };
  begun.set(lent, mine);
  return mine;
}
