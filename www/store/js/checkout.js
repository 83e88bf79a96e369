import { onCart, totals } from './cart.js';
import { lineName, lineOptions } from './cart-view.js';
import { tellContact } from './contact.js';
import { element, find } from './element.js';
import { money } from './money.js';
import { keepOffer } from './offer.js';
import { startPage } from './page.js';
import { charge } from './payment.js';
import { keepReceipt } from './receipt.js';
import { summary } from './summary.js';

/** @typedef {"contact" | "shipping" | "payment"} Stage */
const stages = /** @type {const} */ (['contact', 'shipping', 'payment']);

const forms = {
  contact: find('#contact', HTMLFormElement),
  shipping: find('#shipping', HTMLFormElement),
  payment: find('#payment', HTMLFormElement),
};
const email = find('#email', HTMLInputElement);
const consent = find('#consent', HTMLInputElement);
const pay = find('#pay', HTMLButtonElement);
const declined = find('#declined', HTMLElement);

/** @type {import("./cart.js").Line[]} */
let lines = [];
let started = false;
let ordered = false;

const delivery = () => String(new FormData(forms.shipping).get('delivery') ?? 'post');

/** Works out the price and says how long that took, as a shop with a carrier's price list would. */
function price() {
  const before = performance.now();
  const sums = totals(lines, delivery());
  find('#sums', HTMLElement).replaceChildren(summary(sums));
  pay.textContent = `Pay ${money(sums.due)}`;
  return { sums, ms: Math.max(1, Math.round(performance.now() - before)) };
}

/** @param {Stage} stage */
function go(stage) {
  for (const name of stages) {
    const here = name === stage;
    const passed = stages.indexOf(name) < stages.indexOf(stage);
    find('.stage-body', HTMLElement, forms[name]).hidden = !here;
    forms[name].classList.toggle('is-passed', passed);
    forms[name].classList.toggle('is-here', here);
    const step = find(`[data-step="${name}"]`, HTMLElement);
    if (here) step.setAttribute('aria-current', 'step');
    else step.removeAttribute('aria-current');
    find('.stage-edit', HTMLButtonElement, forms[name]).hidden = !passed;
    find('.stage-brief', HTMLElement, forms[name]).textContent = passed ? brief(name) : '';
  }
  homing('checkout', stage === 'payment' ? { stage: 'price', ms: price().ms } : stage);
}

/** @param {Stage} stage */
function brief(stage) {
  const said = new FormData(forms[stage]);
  if (stage === 'contact') return String(said.get('email'));
  return [said.get('name'), said.get('street'), `${said.get('postcode')} ${said.get('city')}`].join(
    ', ',
  );
}

/** @param {Stage} stage */
function goAndFocus(stage) {
  go(stage);
  const heading = find('h2', HTMLElement, forms[stage]);
  heading.focus({ preventScroll: true });
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  forms[stage].scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' });
}

/** @param {import("./cart.js").Totals} sums */
function finish(sums) {
  const order = `DC-${Date.now().toString(36).toUpperCase()}`;
  ordered = true;
  homing('order', { order });
  homing('flush');
  keepReceipt({
    order,
    sums,
    lines: lines
      .filter((line) => line.total_minor > 0)
      .map((line) => ({
        name: lineName(line),
        options: lineOptions(line).join(' · '),
        quantity: line.held.quantity,
        image: line.variant?.image ?? 'img/mark.svg',
      })),
  });
  keepOffer(null);
  location.assign('thanks.html');
}

/** @param {SubmitEvent} event */
async function onPay(event) {
  event.preventDefault();
  if (pay.disabled) return;
  pay.disabled = true;
  declined.hidden = true;
  const { sums } = price();
  pay.textContent = 'Asking the bank…';
  homing('checkout', 'payment_started');
  const answer = await charge(sums.due, String(new FormData(forms.payment).get('card')));
  if (answer.paid) {
    homing('checkout', { stage: 'payment_succeeded', ms: answer.ms });
    finish(sums);
    return;
  }
  homing('checkout', { stage: 'payment_failed', code: answer.code, ms: answer.ms });
  pay.disabled = false;
  pay.textContent = `Pay ${money(sums.due)}`;
  declined.hidden = false;
  declined.focus();
}

for (const field of [email, consent]) {
  field.addEventListener('change', () => tellContact(email, consent, 'checkout-v1'));
}
forms.contact.addEventListener('submit', (event) => {
  event.preventDefault();
  tellContact(email, consent, 'checkout-v1');
  goAndFocus('shipping');
});
forms.shipping.addEventListener('submit', (event) => {
  event.preventDefault();
  goAndFocus('payment');
});
forms.shipping.addEventListener('change', () => price());
forms.payment.addEventListener('submit', onPay);
for (const name of stages) {
  find('.stage-edit', HTMLButtonElement, forms[name]).addEventListener('click', () =>
    goAndFocus(name),
  );
}

onCart((now, count) => {
  if (ordered) return;
  lines = now;
  find('#waiting', HTMLElement).hidden = true;
  const buyable = count > 0 && totals(lines).goods > 0;
  find('#empty', HTMLElement).hidden = buyable;
  find('#full', HTMLElement).hidden = !buyable;
  find('#brief', HTMLElement).replaceChildren(
    ...lines.map((line) =>
      element(
        'li',
        {},
        element('img', {
          src: line.variant?.image ?? 'img/mark.svg',
          alt: '',
          width: 800,
          height: 800,
        }),
        element(
          'span',
          {},
          `${line.held.quantity} × ${lineName(line)}`,
          element('span', { class: 'quiet' }, ` ${lineOptions(line).join(' · ')}`),
        ),
        element('span', { class: 'price' }, line.total_minor ? money(line.total_minor) : '–'),
      ),
    ),
  );
  price();
  if (buyable && !started) {
    started = true;
    homing('checkout', 'started');
    go('contact');
  }
});

startPage();
