import {random} from '../../../src/tensor/random.ts'
import {drawGlyph, SIDE, scribble} from './glyphs.ts'
import type {Drawings} from './images.ts'

const SEED = 13
const CLASSES = 64

/** Drawings to pre-train on: each class as often, in turns. `from` skips the first, for drawings not seen in training. */
export function pretraining(count: number, from = 0): Drawings {
  const glyphs = Array.from({length: CLASSES}, (_, label) => drawGlyph(random(SEED, `vision-mini/glyph/${label}`)))
  return {
    classes: glyphs.map((_, label) => `glyph${String(label).padStart(2, '0')}`),
    side: SIDE,
    images: Array.from({length: count}, (_, i) => {
      const label = (from + i) % CLASSES
      return {label, grey: scribble(random(SEED, `vision-mini/drawing/${from + i}`), glyphs[label])}
    }),
  }
}
