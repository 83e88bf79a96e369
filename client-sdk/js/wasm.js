// The module's door. Texts go in, one comes out; wasm-bindgen's own glue for that is three times as large, because it is made for
// objects as well. The calls are those that it makes (its version is pinned, and a test compares both).

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Nothing but texts and numbers goes through: the module's table of objects stays empty. */
const imports = { './homing_bg.js': { __wbindgen_init_externref_table() {} } };

/**
 * Some servers name the type of a module wrongly.
 * @param {Response} response
 */
async function instantiate(response) {
  if (!response.ok) throw new Error(`wasm_http_${response.status}`);
  const copy = response.clone();
  const { instance } = await WebAssembly.instantiateStreaming(response, imports).catch(async () =>
    WebAssembly.instantiate(await copy.arrayBuffer(), imports),
  );
  return instance;
}

/** @param {Promise<Response> | undefined} asked */
export async function loadWasm(asked) {
  const response = await asked;
  if (!response) throw new Error('wasm_missing');
  /** @type {any} */
  const wasm = (await instantiate(response)).exports;
  const bytes = (/** @type {number} */ at, /** @type {number} */ length) =>
    new Uint8Array(wasm.memory.buffer, at >>> 0, length);

  /** A text in the module's memory, which takes it over. @param {string} text */
  const give = (text) => {
    const encoded = encoder.encode(text);
    const at = wasm.__wbindgen_malloc(encoded.length, 1);
    // A place of its own: the memory may have grown.
    bytes(at, encoded.length).set(encoded);
    return [at, encoded.length];
  };

  /**
   * @param {'apply' | 'fork' | 'settle'} name
   * @param {string[]} texts
   * @param {number} number
   * @returns {string}
   */
  return (name, texts, number) => {
    const [at, length] = wasm[name](...texts.flatMap(give), number);
    const text = decoder.decode(bytes(at, length));
    wasm.__wbindgen_free(at, length, 1);
    return text;
  };
}
