// How it looks: quiet, in the page's own typeface, and as the shop's variables want it.
export const STYLE = `
:host {
  all: initial !important;
  display: block !important;
  position: fixed !important;
  z-index: var(--homing-z, 2147483000) !important;
  inset-block-end: calc(var(--homing-gap, 20px) + var(--homing-bottom, 0px) + env(safe-area-inset-bottom, 0px) + var(--homing-lift, 0px)) !important;
  inset-inline-start: var(--homing-gap, 20px) !important;
  inline-size: min(var(--homing-width, 25rem), calc(100vw - 2 * var(--homing-gap, 20px))) !important;
  --ink: var(--homing-ink, #1b1f27);
  --quiet: var(--homing-quiet, #565e6c);
  --surface: var(--homing-surface, #fff);
  --line: var(--homing-line, #e3e6eb);
  --edge: var(--homing-edge, #7d8592);
  --accent: var(--homing-accent, #1b1f27);
  --on-accent: var(--homing-on-accent, #fff);
  --bad: var(--homing-danger, #b3261e);
  --wash: var(--homing-wash, #f3f4f6);
  --round: var(--homing-radius, 16px);
  color-scheme: light;
}
:host([data-scheme="dark"]) {
  --ink: var(--homing-ink, #f2f4f7);
  --quiet: var(--homing-quiet, #aeb6c3);
  --surface: var(--homing-surface, #1b2029);
  --line: var(--homing-line, #333a46);
  --edge: var(--homing-edge, #818b9b);
  --accent: var(--homing-accent, #f2f4f7);
  --on-accent: var(--homing-on-accent, #171b23);
  --bad: var(--homing-danger, #ff9c91);
  --wash: var(--homing-wash, #262c37);
  color-scheme: dark;
}
:host([data-kind="chat"]) {
  inline-size: auto !important;
  inset-inline: auto var(--homing-gap, 20px) !important;
}
* { box-sizing: border-box; margin: 0; padding: 0; }
[hidden] { display: none !important; }
.card {
  position: relative;
  max-block-size: calc(100vh - 2 * var(--homing-gap, 20px));
  max-block-size: calc(100dvh - 2 * var(--homing-gap, 20px) - var(--homing-lift, 0px));
  overflow: auto;
  overscroll-behavior: contain;
  padding: 1.375rem;
  border: 1px solid var(--line);
  border-radius: var(--round);
  background: var(--surface);
  color: var(--ink);
  box-shadow: var(--homing-shadow, 0 1px 2px rgb(10 14 22 / 0.06), 0 12px 40px rgb(10 14 22 / 0.16));
  font: 400 1rem/1.5 var(--homing-font, system-ui, sans-serif);
  font-size: 16px;
  text-align: start;
  overflow-wrap: anywhere;
  animation: rise 0.32s cubic-bezier(0.2, 0.8, 0.2, 1);
}
.card:focus { outline: none; }
@keyframes rise { from { opacity: 0; transform: translateY(14px); } }
h2 {
  padding-inline-end: 2.25rem;
  font: 650 1.1875em/1.3 var(--homing-font-title, var(--homing-font, inherit));
  letter-spacing: -0.011em;
  text-wrap: balance;
}
h2:focus { outline: none; }
h2 + * { margin-block-start: 0.375rem; }
h3 { margin-block-start: 1.25rem !important; font: inherit; font-weight: 600; }
h3 + ul { margin-block-start: 0.625rem !important; }
.offer { margin-block-start: 0.875rem; }
.quiet, .note { color: var(--quiet); }
.note { font-size: 0.875em; }
form { display: grid; gap: 0.875rem; margin-block-start: 1.125rem !important; }
.field { display: grid; gap: 0.375rem; }
.field > label { font-size: 0.875em; font-weight: 600; }
input:not([type="checkbox"]) {
  inline-size: 100%;
  min-block-size: 2.875rem;
  padding: 0 0.875rem;
  border: 1px solid var(--edge);
  border-radius: calc(var(--round) * 0.625);
  background: transparent;
  color: inherit;
  font: inherit;
}
input::placeholder { color: var(--quiet); opacity: 1; }
[aria-invalid="true"] { border-color: var(--bad) !important; box-shadow: inset 0 0 0 1px var(--bad); }
.wrong { color: var(--bad); font-size: 0.875em; }
.check { display: grid; grid-template-columns: auto 1fr; gap: 0 0.75rem; font-size: 0.875em; line-height: 1.45; cursor: pointer; }
.check input { inline-size: 1.25rem; block-size: 1.25rem; margin-block-start: 0.06rem; accent-color: var(--accent); cursor: pointer; }
.check span { min-block-size: 1.5rem; padding-block-start: 0.05rem; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin-block-start: 1.125rem !important; }
form .row { margin-block-start: 0.25rem !important; }
.row.column { flex-direction: column; align-items: stretch; }
button, .button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: 0.5rem;
  min-block-size: 2.75rem;
  padding: 0.375rem 1.125rem;
  border: 1px solid transparent;
  border-radius: calc(var(--round) * 0.625);
  background: none;
  color: inherit;
  font: inherit;
  font-weight: 600;
  text-decoration: none;
  cursor: pointer;
  transition: background 0.15s, opacity 0.15s;
}
.main { background: var(--accent); color: var(--on-accent); }
.main:hover { opacity: 0.88; }
.plain { border-color: var(--edge); }
.plain:hover, .bare:hover, .close:hover { background: var(--wash); }
.bare { color: var(--quiet); font-weight: 500; }
.close {
  position: absolute;
  inset-block-start: 0.75rem;
  inset-inline-end: 0.75rem;
  inline-size: 2.75rem;
  padding: 0;
  color: var(--quiet);
}
.close svg, .tick svg { inline-size: 1.125rem; block-size: 1.125rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
ul { display: grid; gap: 0.625rem; margin-block-start: 0.875rem !important; list-style: none; }
li { display: grid; grid-template-columns: auto 1fr; gap: 0 0.75rem; align-items: start; }
li > :only-child { grid-column: 1 / -1; }
li img { inline-size: 3rem; block-size: 3rem; border-radius: calc(var(--round) * 0.5); background: var(--wash); object-fit: cover; }
li a { color: inherit; text-underline-offset: 0.2em; }
li .quiet { font-size: 0.875em; }
del { color: var(--quiet); }
strong { font-weight: 650; }
.code { padding: 0.0625rem 0.5rem; border: 1px dashed var(--edge); border-radius: 0.375rem; font-weight: 600; }
.pictures { display: flex; gap: 0.5rem; margin-block-start: 0.875rem !important; }
.pictures img { inline-size: 3.5rem; block-size: 3.5rem; border-radius: calc(var(--round) * 0.5); background: var(--wash); object-fit: cover; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.pill {
  border: 1px solid var(--line);
  border-radius: 99px;
  background: var(--surface);
  color: var(--ink);
  box-shadow: var(--homing-shadow, 0 1px 2px rgb(10 14 22 / 0.06), 0 8px 24px rgb(10 14 22 / 0.14));
  font: 600 16px/1.4 var(--homing-font, system-ui, sans-serif);
}
.pill:hover { background: var(--wash); }
@media (max-width: 30rem) {
  :host { --homing-gap: 12px; }
  :host(:not([data-kind="chat"])) { inline-size: auto !important; inset-inline: 12px !important; }
  .row .main { flex: 1 1 auto; }
}
@media (prefers-reduced-motion: reduce) {
  * { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  button, .button { border-color: ButtonText; }
}
`;
