// The card in which everything is shown: a Shadow DOM of its own, so that neither the shop's styles nor its scripts get mixed up
// with it. It lies over the page, moves nothing in it, and takes no focus unless somebody has asked for it.
import { element } from './element.js';
import { settingsOf } from './settings.js';
import { STYLE } from './style.js';
import { wordsOf } from './text.js';

/** @typedef {import('./settings.js').Lent} Lent */
/** @typedef {import('./text.js').Words} Words */

const TAG = 'homing-card';

/** A live region has to be there for a moment before it says something. */
const HEARD_MS = 150;

/** Whether a colour, as computed, is a dark one; undefined where it cannot be seen. @param {string} colour */
function isDark(colour) {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/g) || []).map(Number);
  if (!/^rgb/.test(colour) || alpha < 0.5) return undefined;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 110;
}

/**
 * Light or dark, as the page is at this moment: a shop that is always light has no dark cards, whatever the system likes.
 * @param {string} [theme] the shop's word
 */
function schemeOf(theme) {
  if (theme === 'light' || theme === 'dark') return theme;
  const { body, documentElement } = document;
  const known = [body, documentElement]
    .map((one) => isDark(getComputedStyle(one).backgroundColor))
    .find((dark) => dark !== undefined);
  const isNight =
    matchMedia('(prefers-color-scheme: dark)').matches &&
    getComputedStyle(documentElement).colorScheme.includes('dark');
  return (known ?? isNight) ? 'dark' : 'light';
}

/** @param {ShadowRoot} root */
function dress(root) {
  try {
    // Unlike a style element, this is under no policy's control.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(element('style', {}, STYLE));
  }
}

/** @param {string} path */
function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** What has the focus, through all shadow roots. */
function focused() {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return /** @type {HTMLElement | null} */ (active);
}

export class Card {
  /** What had the focus when somebody asked for this. */
  /** @type {HTMLElement | null} */
  #before = null;
  #end = new AbortController();

  /**
   * @param {string} kind
   * @param {Words} words
   * @param {string} [theme]
   */
  constructor(kind, words, theme) {
    this.kind = kind;
    this.words = words;
    this.theme = theme;
    this.host = document.createElement(TAG);
    this.host.dataset.kind = kind;
    this.root = this.host.attachShadow({ mode: 'open' });
    this.voice = element('div', { class: 'unseen', role: 'status' });
    dress(this.root);
  }

  /**
   * A card of a kind with its words; undefined where another one must not be taken away, or all is forgotten.
   * @param {Lent} lent
   * @param {string} kind
   * @param {boolean} [isAsked] by the shopper
   */
  static async of(lent, kind, isAsked = false) {
    const { texts, theme } = settingsOf(lent.boot);
    const words = await wordsOf(lent, texts);
    if (lent.journal.isOver) return undefined;
    const other = /** @type {HTMLElement | null} */ (
      document.querySelector(`${TAG}:not([data-kind="chat"])`)
    );
    if (other && kind !== 'chat') {
      const isInUse = other === document.activeElement || other.dataset.kind === 'notice';
      if (!isAsked && kind !== 'notice' && isInUse) return undefined;
      // Another module's card closes itself, with its listeners.
      other.dispatchEvent(new Event('homing-close'));
    }
    return new Card(kind, words, theme);
  }

  /**
   * Puts the card over the page.
   * @param {{ role: 'dialog' | 'region', title: string, children: import('./element.js').Child[], onClose?: () => void, focus?: HTMLElement }} content
   */
  show({ role, title, children, onClose, focus }) {
    const { words } = this;
    this.onClose = onClose;
    this.#before = focus ? focused() : null;
    this.title = element('h2', { id: 'title', tabindex: '-1' }, title);
    this.card = element(
      'section',
      { class: 'card', role, 'aria-labelledby': 'title', tabindex: '-1' },
      this.title,
      ...children,
      element(
        'button',
        {
          type: 'button',
          class: 'close',
          'aria-label': words.say('close'),
          onclick: () => this.close(),
        },
        icon('M6 6l12 12M18 6L6 18'),
      ),
    );
    this.place(this.card);
    focus?.focus();
    if (!focus) this.read();
  }

  /** @param {HTMLElement} content */
  place(content) {
    const { signal } = this.#end;
    const { host } = this;
    const page = getComputedStyle(document.documentElement);
    const look = () => host.setAttribute('data-scheme', schemeOf(this.theme));
    host.lang = this.words.tag;
    host.dir = page.direction;
    // The page's own typeface, unless the shop names another.
    if (!page.getPropertyValue('--homing-font')) {
      host.style.setProperty('--homing-font', getComputedStyle(document.body).fontFamily);
    }
    look();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', look, { signal });
    host.addEventListener('homing-close', () => this.close(), { signal });
    document.addEventListener('keydown', (event) => this.#key(event), { signal });
    this.#rise(signal);
    this.root.append(content, this.voice);
    document.body.append(host);
  }

  /** Stays above a keyboard on the screen, which covers what is fixed to the bottom. @param {AbortSignal} signal */
  #rise(signal) {
    const view = window.visualViewport;
    const rise = () => {
      const hidden = view && view.scale === 1 ? innerHeight - view.height - view.offsetTop : 0;
      this.host.style.setProperty('--homing-lift', `${Math.max(0, Math.round(hidden))}px`);
    };
    view?.addEventListener('resize', rise, { signal });
    view?.addEventListener('scroll', rise, { signal });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape' || event.defaultPrevented || this.kind === 'chat') return;
    const active = document.activeElement;
    // What else is open has the first word.
    if (active && active !== document.body && active !== this.host) return;
    event.preventDefault();
    this.close();
  }

  /** Says something to a screen reader. @param {string} words */
  announce(words) {
    this.voice.textContent = '';
    setTimeout(() => {
      this.voice.textContent = words;
    }, HEARD_MS);
  }

  /** Reads out what the card says. */
  read() {
    const texts = this.card?.querySelectorAll('h2,h3,p:not(.wrong),li') || [];
    const sentences = [...texts].map((one) =>
      `${one.textContent}`.replace(/[.:。？！?!]?$/u, (end) => end.replace(':', '.') || '.'),
    );
    this.announce(sentences.join(' '));
  }

  /**
   * Says something instead of what is there; the focus stays in the card if it was there.
   * @param {string} title
   * @param {...(Node | string)} children
   */
  turn(title, ...children) {
    const { card } = this;
    const close = card?.querySelector('.close');
    if (!card || !close) return;
    const hadFocus = this.root.activeElement;
    this.title = element('h2', { id: 'title', tabindex: '-1' }, title);
    card.replaceChildren(this.title, ...children, close);
    if (hadFocus) this.title.focus();
    this.read();
  }

  /** Whether somebody is at it: by keyboard, or with the pointer over it. */
  get isInUse() {
    return !!this.root.activeElement?.matches(':focus-visible') || this.host.matches(':hover');
  }

  /** Closes by itself, but never under the shopper's hands. @param {number} ms */
  closeAfter(ms) {
    const timer = setInterval(() => {
      if (!this.isInUse) this.close();
    }, ms);
    this.#end.signal.addEventListener('abort', () => clearInterval(timer));
  }

  close() {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    const hadFocus = !!this.root.activeElement;
    this.host.remove();
    if (hadFocus && this.#before?.isConnected) this.#before.focus();
    this.onClose?.();
  }
}
