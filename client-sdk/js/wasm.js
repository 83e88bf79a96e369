// The module's door. Texts go in, one comes out; wasm-bindgen's own glue for that is three times as large, because it is made for
// objects as well. The calls are those that it makes (its version is pinned, and a test compares both).

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * What the module does: texts and a number in, a text out.
 * @typedef {(name: 'apply' | 'fork' | 'settle', texts: string[], number: number) => string} Call
 */

/**
 * @param {any} wasm the module's exports
 * @returns {Call}
 */
export function callsOf(wasm) {
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

  return (name, texts, number) => {
    // Where the answer is written: address and length.
    const place = wasm.__wbindgen_add_to_stack_pointer(-16);
    wasm[name](place, ...texts.flatMap(give), number);
    const [at = 0, length = 0] = new Int32Array(wasm.memory.buffer, place, 2);
    wasm.__wbindgen_add_to_stack_pointer(16);
    const text = decoder.decode(bytes(at, length));
    wasm.__wbindgen_free(at, length, 1);
    return text;
  };
}

/**
 * Some servers name the type of a module wrongly.
 * @param {Response} response
 */
export async function loadWasm(response) {
  const copy = response.clone();
  const { instance } = await WebAssembly.instantiateStreaming(response).catch(async () =>
    WebAssembly.instantiate(await copy.arrayBuffer()),
  );
  return callsOf(instance.exports);
}
