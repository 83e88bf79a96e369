/** What scripts/build-sdk.mjs puts into the script tag's file: where the other files are, as seen from it. */
declare const DIRECTORY: string;
