/** Two contenders by turns: what slows the machine for a while slows both. */

/**
 * @typedef {object} Sample
 * @property {number} rate requests a second
 * @property {number | undefined} cpu CPU time of the server per request, µs
 */

/**
 * @typedef {object} Contender
 * @property {import('./workerd.mjs').Workerd} workerd
 * @property {(round: number) => Promise<import('./load.mjs').Result>} run
 */

/**
 * @typedef {object} Comparison
 * @property {string} name
 * @property {Sample} ours
 * @property {Sample} peer
 * @property {number} ratio
 * @property {[number, number]} spread the smallest and the largest ratio of one round
 */

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** @param {Contender} contender @param {number} round @returns {Promise<Sample>} */
async function measure({ workerd, run }, round) {
  const before = workerd.cpuSeconds();
  const { requests, seconds } = await run(round);
  const after = workerd.cpuSeconds();
  const cpu =
    before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / requests;
  return { rate: requests / seconds, cpu };
}

/** @param {Sample[]} samples @returns {Sample} */
const medianOf = (samples) => ({
  rate: median(samples.map(({ rate }) => rate)),
  cpu: samples.some(({ cpu }) => cpu === undefined)
    ? undefined
    : median(samples.map(({ cpu }) => cpu ?? 0)),
});

/** @param {Sample} sample */
const told = ({ rate, cpu }) => `${rate.toFixed(0)}/s ${cpu?.toFixed(1) ?? '?'} µs`;

/**
 * @param {string} name
 * @param {Contender} ours
 * @param {Contender} peer
 * @param {number} rounds
 * @returns {Promise<Comparison>}
 */
export async function compare(name, ours, peer, rounds) {
  // Round 0 warms up: code is compiled, shops are looked up, keys are derived.
  await ours.run(0);
  await peer.run(0);
  /** @type {Sample[]} */
  const oursSamples = [];
  /** @type {Sample[]} */
  const peerSamples = [];
  for (let round = 1; round <= rounds; round += 1) {
    // Who was first is second in the next round: a machine that slows down or speeds up favours neither.
    const oursFirst = round % 2 === 1;
    const first = await measure(oursFirst ? ours : peer, round);
    const second = await measure(oursFirst ? peer : ours, round);
    const [one, other] = oursFirst ? [first, second] : [second, first];
    oursSamples.push(one);
    peerSamples.push(other);
    // Where rounds differ, what they have in common may tell why.
    if (process.env.BENCH_SHOW_ROUNDS)
      console.log(`${name} ${round}: ${told(one)}, ${told(other)}`);
  }
  const ratios = oursSamples.map(({ rate }, n) => rate / (peerSamples[n]?.rate ?? Number.NaN));
  const [oursMedian, peerMedian] = [medianOf(oursSamples), medianOf(peerSamples)];
  return {
    name,
    ours: oursMedian,
    peer: peerMedian,
    ratio: oursMedian.rate / peerMedian.rate,
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}
