import { onCart } from './cart.js';
import { contactKnown, tellContact } from './contact.js';
import { element } from './element.js';
import { icon } from './icon.js';

/** Offers to keep the cart when the shopper is about to leave. Never in the way: no overlay, no stolen focus. */
export function startSaveBar() {
  let count = 0;
  onCart((_lines, now) => {
    count = now;
  });
  homing('on', 'exit', () => {
    if (count > 0 && !contactKnown() && !document.querySelector('#save-bar'))
      document.body.append(saveBar());
  });
}

function saveBar() {
  const email = element('input', {
    id: 'save-email',
    type: 'email',
    name: 'email',
    autocomplete: 'email',
    required: true,
    placeholder: 'you@example.com',
  });
  const consent = element('input', { id: 'save-consent', type: 'checkbox', required: true });
  const close = () => bar.remove();
  const form = element(
    'form',
    {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        if (!tellContact(email, consent, 'save-bar-v1')) return;
        bar.replaceChildren(
          element(
            'p',
            { class: 'save-done', role: 'status' },
            icon('tick'),
            ' Your cart is safe. Look for our e-mail.',
          ),
        );
        setTimeout(close, 4000);
      },
    },
    element('label', { for: 'save-email', class: 'unseen' }, 'E-mail address'),
    element(
      'div',
      { class: 'save-row' },
      email,
      element('button', { class: 'button', type: 'submit' }, 'Save my cart'),
    ),
    element(
      'label',
      { class: 'check' },
      consent,
      element(
        'span',
        {},
        'E-mail me a link back to this cart: three messages at most, unsubscribe at any time.',
      ),
    ),
  );
  const bar = element(
    'section',
    {
      id: 'save-bar',
      'aria-labelledby': 'save-title',
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape') close();
      },
    },
    element(
      'div',
      { class: 'save-head' },
      element('h2', { id: 'save-title' }, 'Off already? Take your cart along.'),
      element(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': 'Close, don’t save', onclick: close },
        icon('cross'),
      ),
    ),
    form,
  );
  return bar;
}
