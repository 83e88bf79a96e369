/**
 * One tab at a time, where the browser can see to that. One that refuses storage refuses locks as well.
 * @template T
 * @param {string} name
 * @param {() => T} work
 * @returns {Promise<Awaited<T>>}
 */
export async function alone(name, work) {
  let isBegun = false;
  const once = () => {
    isBegun = true;
    return work();
  };
  try {
    return await navigator.locks.request(name, once);
  } catch (error) {
    if (isBegun) throw error;
    return await work();
  }
}
