import type {Random} from '../../../src/tensor/random.ts'

/** Height and width of a drawing, in pixels. */
export const SIDE = 28

type Point = readonly [x: number, y: number]

/** A quadratic curve, given by three points in [0, 1]². */
type Stroke = readonly [Point, Point, Point]

/** A class of drawings: three strokes. */
export type Glyph = readonly Stroke[]

export const drawGlyph = (random: Random): Glyph => Array.from({length: 3}, () => drawStroke(random))

const drawStroke = (random: Random): Stroke => {
  const point = (): Point => [0.15 + 0.7 * random.uniform(), 0.15 + 0.7 * random.uniform()]
  return [point(), point(), point()]
}

/**
 * Draws a glyph with an unsteady hand, bytes (SIDE, SIDE): jittered points; rotated, scaled, slanted and shifted; with one
 * stroke that does not belong to it, light on dark, with noise.
 */
export function scribble(random: Random, glyph: Glyph): Uint8Array {
  const place = placement(random)
  const strokes = [...glyph.map(stroke => trembling(random, stroke)), drawStroke(random)]
  const distractor = strokes.length - 1
  const width = 0.9 + 0.5 * random.uniform() // pixels
  const ink = new Float64Array(SIDE * SIDE)
  for (const [i, stroke] of strokes.entries()) trace(ink, stroke.map(place), i === distractor ? 0.6 * width : width)

  const ground = 0.1 + 0.1 * random.uniform()
  const light = 0.8 + 0.2 * random.uniform()
  return Uint8Array.from(ink, covered => {
    const shade = ground + (light - ground) * covered + 0.05 * random.normal()
    return Math.round(255 * Math.min(1, Math.max(0, shade)))
  })
}

const trembling = (random: Random, stroke: Stroke) =>
  stroke.map(([x, y]): Point => [x + 0.03 * random.normal(), y + 0.03 * random.normal()])

/** Maps the unit square of a glyph to pixels. */
function placement(random: Random): (point: Point) => Point {
  const between = (low: number, high: number) => low + (high - low) * random.uniform()
  const angle = between(-0.3, 0.3)
  const scale = between(0.8, 1.2)
  const slant = between(-0.2, 0.2)
  const [right, down] = [between(-0.08, 0.08), between(-0.08, 0.08)]
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)]
  return ([px, py]) => {
    const [x, y] = [px - 0.5 + slant * (py - 0.5), py - 0.5]
    return [SIDE * (0.5 + right + cos * x - sin * y), SIDE * (0.5 + down + sin * x + cos * y)]
  }
}

/** Covers the pixels near the curve: fully within its width, fading over one pixel outside. */
function trace(ink: Float64Array, [a, b, c]: readonly Point[], width: number): void {
  for (let i = 0; i <= DOTS; i++) {
    const t = i / DOTS
    const x = (1 - t) ** 2 * a[0] + 2 * t * (1 - t) * b[0] + t ** 2 * c[0]
    const y = (1 - t) ** 2 * a[1] + 2 * t * (1 - t) * b[1] + t ** 2 * c[1]
    for (let row = Math.max(0, Math.floor(y - 2)); row < Math.min(SIDE, y + 2); row++) {
      for (let column = Math.max(0, Math.floor(x - 2)); column < Math.min(SIDE, x + 2); column++) {
        const away = Math.hypot(column + 0.5 - x, row + 0.5 - y)
        const at = row * SIDE + column
        ink[at] = Math.max(ink[at], Math.min(1, Math.max(0, width + 0.5 - away)))
      }
    }
  }
}

/** Samples points of a curve, less than a pixel apart. */
const DOTS = 40
