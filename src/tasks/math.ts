import {mathEqual} from './math-equal.ts'
import {MARKER} from './metamath.ts'
import type {Scorer} from './task.ts'
import {strip} from './white-space.ts'

/**
 * MATH, Hendrycks et al. 2021: competition problems whose answers are LaTeX, scored as MetaMath's eval_math.py does.
 * The answer stands behind the last marker, up to a point that ends its line.
 */
export const math: Scorer<string> = {
  extract(text) {
    const at = text.lastIndexOf(MARKER)
    if (at === -1) return undefined
    const [line] = text.slice(at + MARKER.length).split('.\n', 1)
    return strip(strip(line).replace(/\.$/, ''))
  },
  correct: mathEqual,
}
