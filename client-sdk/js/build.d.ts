/** What scripts/build-sdk.mjs puts into the script tag's file: where the other files are, as seen from it. */
declare const DIRECTORY: string;
/** In a file that is loaded with `integrity`, digests of what it loads: the runtime, the module, and the list of all others. */
declare const PINS: Record<string, string> | undefined;
