// The viewer has colours for the dark, and takes them where this class is.
const dark = matchMedia('(prefers-color-scheme: dark)');
const colour = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', colour);
colour();

// Keys that somebody types in are kept nowhere: the page forgets them with the tab.
/** @type {any} */ (window).SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  persistAuthorization: false,
  // The validator's badge would load from elsewhere.
  validatorUrl: null,
});
