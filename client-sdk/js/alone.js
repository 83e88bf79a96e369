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

/**
 * The same, but for whoever has the turn already: then nothing is done.
 * @param {string} name
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it was done
 */
export async function unlessBusy(name, work) {
  let isBegun = false;
  try {
    return await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      isBegun = true;
      if (lock) await work();
      return !!lock;
    });
  } catch (error) {
    if (isBegun) throw error;
    await work();
    return true;
  }
}
