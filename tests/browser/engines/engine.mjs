/**
 * A browser as the tests of all engines drive it: the part of puppeteer that each of them can do.
 *
 * @typedef {object} Engine
 * @property {string} name
 * @property {boolean} keepsProfiles whether a browser that is started again finds what it stored
 * @property {boolean} namesItsOrigin whether a closing page's beacon says where it comes from under every referrer policy; else
 *   `Origin` is `null` where the policy hides the referrer, and the edge refuses it
 * @property {boolean} losesBeacons whether a tab that is closed now and then takes its beacon with it
 * @property {(browser: Browser) => number} [crash] ends the processes that run pages, as a device does that needs their memory;
 *   returns how many. None, where the driver then gives up the browser with its storage
 * @property {(options?: LaunchOptions) => Promise<Browser>} launch
 *
 * @typedef {object} LaunchOptions
 * @property {string} [profile] the folder of a profile that outlives the browser
 * @property {boolean} [isPrivate] storage that ends with the browser, as in a private window
 * @property {Record<string, string | boolean>} [prefs] Firefox's own settings
 * @property {(isCut: boolean) => void} [cut] cuts the line to the storefront, for an engine that cannot be told to be offline
 *
 * @typedef {Pick<import('puppeteer-core').Browser, 'newPage' | 'createBrowserContext' | 'close' | 'version'> & {
 *   process: () => { pid?: number } | null,
 * }} Browser
 */

export {};
