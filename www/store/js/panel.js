import { onCart } from './cart.js';
import { contactKnown, forgetContact } from './contact.js';
import { element } from './element.js';
import { icon } from './icon.js';
import { browserPart, isHeld, isRefused } from './panel-browser.js';
import { edgePart } from './panel-edge.js';
import { guide } from './panel-guide.js';
import { watchEdge } from './sandbox.js';

const MEMORY = 'demo.panel';

/** Whether the drawer was open on the page before. */
function wasOpen() {
  try {
    return sessionStorage.getItem(MEMORY) === 'open';
  } catch {
    return false;
  }
}

/**
 * The drawer that shows what Homing knows: in this browser from the snippet's status, at the edge from the
 * sandbox endpoint. It stands beside the shop, not over it, so that one can shop and watch.
 */
export function startPanel() {
  const steps = guide();
  const browser = browserPart();
  const edge = edgePart();
  /** @type {HomingStatus | null} */
  let status = null;
  let open = false;

  const badge = element('span', { class: 'panel-badge', hidden: true });
  const toggle = element(
    'button',
    {
      type: 'button',
      id: 'panel-toggle',
      'aria-expanded': 'false',
      'aria-controls': 'panel',
      onclick: () => setOpen(!open),
    },
    element('span', { class: 'lamp' }),
    element(
      'span',
      {},
      element('span', { class: 'wide' }, 'What '),
      'Homing',
      element('span', { class: 'wide' }, ' knows'),
    ),
    badge,
  );
  const heading = element('h2', { tabindex: -1 }, 'What Homing knows');
  const drawer = element(
    'aside',
    {
      id: 'panel',
      'aria-label': 'What Homing knows',
      hidden: true,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape') setOpen(false, true);
      },
    },
    element(
      'header',
      { class: 'panel-head' },
      heading,
      element(
        'button',
        {
          type: 'button',
          class: 'icon-button',
          'aria-label': 'Close the panel',
          onclick: () => setOpen(false, true),
        },
        icon('cross'),
      ),
    ),
    element(
      'div',
      { class: 'panel-body', tabindex: 0, role: 'region', 'aria-label': 'Readings' },
      steps.node,
      edge.plan,
      ...browser.nodes,
      edge.log,
    ),
  );
  document.body.append(toggle, drawer);

  const lookNow = watchEdge(
    () => (open && !demoLine.cut ? (status?.cart ?? null) : null),
    (answer) => {
      if ('trouble' in answer) {
        edge.showTrouble(answer.trouble);
        return;
      }
      steps.show({
        known: answer.state.bound,
        mailed: (answer.state.plan?.deliveries ?? []).some(
          ({ state, due_at }) => state === 'sent' && due_at >= steps.since(),
        ),
      });
      edge.show(answer.state, steps.has('restored'));
    },
  );

  /**
   * @param {boolean} next
   * @param {boolean} [toButton]   gives the focus back to the button
   */
  function setOpen(next, toButton = false) {
    open = next;
    drawer.hidden = !open;
    toggle.hidden = open;
    toggle.setAttribute('aria-expanded', String(open));
    document.body.classList.toggle('with-panel', open);
    try {
      sessionStorage.setItem(MEMORY, open ? 'open' : 'closed');
    } catch {
      // The drawer starts closed on the next page.
    }
    if (open) lookNow();
    if (toButton) toggle.focus();
  }

  function show() {
    browser.show(status);
    if (demoLine.cut) edge.showTrouble('The connection is cut: these are the last readings.');
    const pending = (status?.journal ?? []).filter((entry) => !entry.acked).length;
    badge.hidden = pending === 0;
    badge.textContent = isHeld(status) ? 'waits for your first click' : `${pending} waiting`;
    toggle.firstElementChild?.setAttribute(
      'class',
      demoLine.cut || status?.online === false ? 'lamp lamp-off' : 'lamp lamp-on',
    );
    const told = (status?.journal ?? []).map(({ t }) => t);
    const turn = told.findLast((t) => ['add', 'fork', 'order'].includes(t));
    // What is put into the cart after an order begins the next way.
    if (turn && turn !== 'order' && steps.has('ordered')) steps.reset();
    steps.show({
      added: turn === 'add',
      known: told.includes('identify') || contactKnown(),
      ordered: turn === 'order',
    });
  }

  homing('on', 'status', (now) => {
    const other = now.cart !== status?.cart;
    status = now;
    show();
    if (other) lookNow();
  });
  homing('on', 'restored', ({ status: outcome }) => {
    steps.show({ restored: outcome === 'ok' });
  });
  onCart((_lines, count) => {
    if (!isRefused()) {
      steps.show({ added: count > 0 });
      return;
    }
    // What is forgotten has no readings, and what was done with it was not done.
    status = null;
    forgetContact();
    demoLine.forget();
    steps.reset();
    show();
    edge.forget();
  });
  for (const change of ['offline', 'online']) {
    window.addEventListener(change, () => {
      show();
      lookNow();
    });
  }
  show();
  setOpen(wasOpen());
  return {
    /** @param {boolean} focused   moves the focus into the drawer */
    open(focused) {
      setOpen(true);
      if (focused) heading.focus();
    },
  };
}
