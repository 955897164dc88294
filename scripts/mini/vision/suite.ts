import {random} from '../../../src/tensor/random.ts'
import {drawGlyph, SIDE, scribble} from './glyphs.ts'
import type {Drawings} from './images.ts'

const SEED = 13
const CLASSES = 64

/**
 * Draws that many images of each class, class by class. `from` skips as many, for images that training does not see.
 */
export function pretraining(perClass: number, from = 0): Drawings {
  const glyphs = Array.from({length: CLASSES}, (_, label) => drawGlyph(random(SEED, `vision-mini/glyph/${label}`)))
  return {
    classes: glyphs.map((_, label) => `glyph${String(label).padStart(2, '0')}`),
    side: SIDE,
    images: glyphs.flatMap((glyph, label) =>
      Array.from({length: perClass}, (_, i) => {
        const grey = scribble(random(SEED, `vision-mini/drawing/${label}/${from + i}`), glyph)
        return {label, grey}
      }),
    ),
  }
}
