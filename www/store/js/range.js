/**
 * What the shop says about a product; prices, pictures and stock are in the catalogue.
 * @typedef {object} Product
 * @property {string} id
 * @property {string} name
 * @property {string} line     one sentence for the shelf
 * @property {string} about
 * @property {string[]} facts
 * @property {Record<string, string>} swatches   colour of each variant
 * @property {{ name: string, label: string, hint: string, longest: number }} [inscription]
 */

/** @type {Product[]} */
export const range = [
  {
    id: 'mug',
    name: 'Enamel mug',
    line: 'Chips, never breaks.',
    about:
      'Two coats of enamel over pressed steel, fired twice. It goes from camp fire to dishwasher and picks up a dent or two on the way. We can engrave a name on the base, so that it finds its way back to you.',
    facts: ['350 ml, 240 g', 'Enamelled steel', 'Dishwasher and open fire'],
    swatches: { 'mug-blue': '#2d5fb5', 'mug-ochre': '#efb73e', 'mug-green': '#2f6b4a' },
    inscription: {
      name: 'engraving',
      label: 'Engraving on the base',
      hint: 'Up to 14 letters, no charge. Leave it empty for none.',
      longest: 14,
    },
  },
  {
    id: 'teapot',
    name: 'Round teapot',
    line: 'Pours clean, to the last drop.',
    about:
      'A sphere holds heat longest, so this is one: glazed stoneware with a spout cut sharp enough that it never dribbles on the cloth.',
    facts: ['1.1 litres, four cups', 'Glazed stoneware', 'Steel strainer inside'],
    swatches: { 'teapot-rust': '#b5452f', 'teapot-ink': '#20293a', 'teapot-cream': '#f4ead2' },
  },
  {
    id: 'lamp',
    name: 'Loft lamp',
    line: 'A low, warm light to come home to.',
    about:
      'A spun steel dome on a slim stem. The rim hides the bulb at eye level and throws a soft circle on the table: enough to read by, not enough to wake anyone.',
    facts: ['46 cm high, 34 cm wide', 'E27, bulb included', 'Three-step dimmer on the cord'],
    swatches: { 'lamp-mustard': '#efb73e', 'lamp-coral': '#ee6a55' },
  },
  {
    id: 'throw',
    name: 'Wool throw',
    line: 'One sheep’s worth of calm.',
    about:
      'Woven in a mill that has done nothing else since 1891, from wool that was never bleached. Heavy enough to stay where you put it.',
    facts: ['130 × 180 cm', '100 % new wool', 'Air it; it hardly needs washing'],
    swatches: { 'throw-heather': '#6f3d72', 'throw-brick': '#b5452f', 'throw-sage': '#7e9a6f' },
  },
  {
    id: 'vase',
    name: 'Two-neck vase',
    line: 'For the branch and the bloom.',
    about:
      'One neck for something tall, one for something you picked on the way. Thrown as a single piece; the necks never match exactly.',
    facts: ['27 cm high', 'Glazed earthenware', 'Watertight'],
    swatches: { 'vase-sky': '#7fbfdc', 'vase-clay': '#d98a63', 'vase-white': '#f7f6f3' },
  },
  {
    id: 'stool',
    name: 'Perch stool',
    line: 'A seat, a step, a bedside table.',
    about:
      'Three legs, so it stands still on any floor. Turned from solid wood and finished with hard oil; the top wears in, not out.',
    facts: ['45 cm high, 36 cm across', 'Solid oak or black-stained ash', 'Carries 130 kg'],
    swatches: { 'stool-oak': '#d79f62', 'stool-black': '#2c3547' },
  },
  {
    id: 'bag',
    name: 'Market bag',
    line: 'Twelve kilos of Saturday.',
    about:
      'Heavy canvas with straps that run all the way round the bottom. It stands open by itself while you pack it and folds flat when you are done.',
    facts: ['38 × 36 × 16 cm', 'Organic cotton, 480 g/m²', 'Washes at 40 °C'],
    swatches: { 'bag-natural': '#f1e5cb', 'bag-red': '#ee6a55', 'bag-navy': '#1d3f80' },
  },
  {
    id: 'clock',
    name: 'Dovecote clock',
    line: 'Coos on the hour, if you let it.',
    about:
      'A little house for the wall with somebody home. The dove comes out on the hour and stays in at night: there is a switch, and a light sensor for when you forget it.',
    facts: ['31 cm high', 'Lacquered beech', 'One AA cell, about two years'],
    swatches: { 'clock-red': '#b5452f', 'clock-blue': '#2d5fb5', 'clock-white': '#f7f6f3' },
  },
];

/** @param {string | null} id */
export const productById = (id) => range.find((product) => product.id === id);
