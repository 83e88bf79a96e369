/** What visitors of the tests' storefront see. */

/** As large before the parser has come to its text as after it: a page that moves by itself says nothing of the SDK. */
const BUTTON = '<button style="width: 60px; height: 24px; vertical-align: top">Buy</button>';

/**
 * The page of a shop that uses nothing but the snippet; `seen` holds what listeners heard.
 * @param {string} key
 * @param {string} attributes of the html element
 * @param {import('../fixtures/platforms/session.mjs').Platform} [platform]
 * @param {string} [snippet] further attributes of the script tag
 * @param {string} [body] what the page shows
 */
export const shopPage = (
  key,
  attributes,
  platform,
  snippet = '',
  body = '',
) => `<!doctype html><html ${attributes.includes('lang=') ? '' : 'lang="en"'}${attributes}><title>Shop</title>${platform?.head ?? ''}
<script>
  window.homing = window.homing || function () { (homing.q = homing.q || []).push(arguments) };
  window.seen = { change: [], status: [], restored: [], placed: [], exit: [], warning: [], push: [] };
  for (const name in seen) homing('on', name, (value) => seen[name].push(value));
</script>
<script async src="/sdk/v1/homing.js" data-key="${key}" ${platform?.snippet ?? ''} ${snippet}></script>
<body style="height: 3000px">${BUTTON}${body}`;
