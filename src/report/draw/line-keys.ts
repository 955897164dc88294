import type {Mark} from 'vega'
import {constants, fields, type PlotSize, texts} from './frame.ts'
import type {Look} from './look.ts'
import type {Spot} from './place-labels.ts'
import {textWidth} from './text-width.ts'

/** The parts of a key besides its name, in font sizes: a gap before it, a sample of its line, and a gap after that. */
const [BEFORE, SAMPLE, AFTER] = [1, 2, 0.4]

/** The width of a key before its name. */
export const sampleWidth = ({fontSize}: Look): number => (SAMPLE + AFTER) * fontSize

/** The width of the keys beside a plot. */
export const keysWidth = (lines: readonly {readonly label: string}[], look: Look): number =>
  BEFORE * look.fontSize +
  sampleWidth(look) +
  Math.max(...lines.map(({label}) => textWidth(label, 0.92 * look.fontSize)))

/** The places of keys right of a plot, each at the height of its line's end, or as near to it as the others let it. */
export const placesBeside = (ends: readonly number[], {width, height}: PlotSize, {fontSize}: Look): Spot[] =>
  spreadApart(ends, {gap: 1.1 * fontSize, height}).map(y => ({x: width + BEFORE * fontSize, y}))

/** The key of a line, with its name in ink, since it would be too pale to read in the colour of its line. */
export const keyAt = <Line extends {readonly colour: string}>({x, y}: Spot, line: Line, look: Look) => ({
  ...line,
  colour: look.ink,
  stroke: line.colour,
  sampleX: x,
  sampleEnd: x + SAMPLE * look.fontSize,
  markX: x + (SAMPLE / 2) * look.fontSize,
  textX: x + sampleWidth(look),
  textY: y,
})

export const pointSize = (radius: number) => ({size: 2.2 * radius ** 2, strokeWidth: radius / 3.5})

/** Draws the data set `keys`: of each line a sample with its dash and, if points have marks, their mark; and its name. */
export const keyMarks = (look: Look, {marked}: {readonly marked: boolean}): Mark[] => [
  {
    type: 'rule',
    from: KEYS,
    interactive: false,
    encode: {
      update: {
        ...fields({x: 'sampleX', x2: 'sampleEnd', y: 'textY', stroke: 'stroke', strokeDash: 'dash', opacity: 'joined'}),
        ...constants({strokeWidth: look.radius / 3}),
      },
    },
  },
  ...(marked ? [markOfKey(look)] : []),
  ...texts(look, KEYS.data),
]

const KEYS = {data: 'keys'}

const markOfKey = ({radius, background}: Look): Mark => ({
  type: 'symbol',
  from: KEYS,
  interactive: false,
  encode: {
    update: {
      ...fields({x: 'markX', y: 'textY', shape: 'shape', stroke: 'stroke'}),
      ...constants({...pointSize(radius), fill: background}),
    },
  },
})

/** Moves heights at least `gap` apart and inside the plot. */
function spreadApart(
  heights: readonly number[],
  {gap, height}: {readonly gap: number; readonly height: number},
): number[] {
  const order = heights.map((_, i) => i).toSorted((a, b) => heights[a] - heights[b])
  const placed = [...heights]
  for (const [k, i] of order.entries()) {
    if (k > 0) placed[i] = Math.max(placed[i], placed[order[k - 1]] + gap)
  }
  for (const [k, i] of [...order.entries()].reverse()) {
    const most = k === order.length - 1 ? height : placed[order[k + 1]] - gap
    placed[i] = Math.min(placed[i], most)
  }
  return placed
}
