// Keys that somebody types in are kept nowhere: the page forgets them with the tab.
/** @type {any} */ (window).SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  persistAuthorization: false,
  // The validator's badge would load from elsewhere.
  validatorUrl: null,
});
