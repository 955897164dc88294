import {expect, test} from 'vitest'
import {dashesOf, LOOKS, type Look, SHAPES} from './look.ts'

type Light = readonly [number, number, number]

const linear = (colour: string): Light => {
  const [r, g, b] = [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  const curve = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
  return [curve(r), curve(g), curve(b)]
}

const luminance = ([r, g, b]: Light) => 0.2126 * r + 0.7152 * g + 0.0722 * b

/** WCAG 2. */
const contrast = (a: string, b: string) => {
  const [dark, bright] = [a, b].map(colour => luminance(linear(colour)) + 0.05).toSorted((x, y) => x - y)
  return bright / dark
}

/** Colour vision without red, green or blue receptors: Machado, Oliveira and Fernandes 2009, severity 1. */
const SEEN: Readonly<Record<string, readonly Light[]>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** CIELAB, D65. */
function lab(rgb: Light): Light {
  const [r, g, b] = rgb.map(x => Math.min(Math.max(x, 0), 1))
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116)
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const seen = (colour: string, matrix: readonly Light[]) => {
  const light = linear(colour)
  const [r, g, b] = matrix.map(row => row.reduce((sum, weight, i) => sum + weight * light[i], 0))
  return lab([r, g, b])
}

const far = (a: Light, b: Light) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])

test.each(Object.values(LOOKS))('$name: marks contrast with the background, and text more so', (look: Look) => {
  for (const [kind, colour] of Object.entries(look.colours)) {
    const remedy = look.background === '#ffffff' ? 'darker' : 'lighter'
    expect(contrast(colour, look.background), `${kind} needs a ${remedy} colour than ${colour}`).toBeGreaterThan(3)
  }
  for (const text of [look.ink, look.faint]) expect(contrast(text, look.background)).toBeGreaterThan(4.5)
})

test('the line of the head, whose colour some viewers cannot tell from SVFT’s, has a dash that no other line has', () => {
  const [head, ...others] = dashesOf('head')
  expect([...others, ...dashesOf('svft')]).not.toContainEqual(head)
})

/** Vega's shapes that no method has. */
const FREE = [
  'circle',
  'square',
  'cross',
  'diamond',
  'triangle-up',
  'triangle-down',
  'triangle-right',
  'triangle-left',
  'stroke',
  'arrow',
  'wedge',
].filter(shape => !Object.values(SHAPES).includes(shape))

test.each(Object.keys(SEEN))('two methods differ by colour to all viewers (%s), or at least by shape', who => {
  for (const {colours, name} of Object.values(LOOKS)) {
    const kinds = Object.keys(colours)
    for (const [i, a] of kinds.entries()) {
      for (const b of kinds.slice(i + 1)) {
        const distance = far(seen(colours[a], SEEN[who]), seen(colours[b], SEEN[who]))
        const [least, remedy] = SHAPES[a] === SHAPES[b] ? [20, ` or a free shape (${FREE.join(', ')})`] : [4, '']
        const message = `${name}: ${a} and ${b} look alike; choose other colours${remedy} for one of them`
        expect(distance, message).toBeGreaterThan(least)
      }
    }
  }
})
