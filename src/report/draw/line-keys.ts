import type {Mark} from 'vega'
import {constants, fields, type PlotSize, texts} from './frame.ts'
import type {Look} from './look.ts'
import {textWidth} from './text-width.ts'

/** A line with the height of its end, in pixels. */
interface EndedLine {
  readonly label: string
  readonly colour: string
  readonly endY: number
}

/** What stands before a name, in font sizes: a gap, a sample of the line, and another gap. */
const BEFORE = {gap: 1, sample: 2, nameGap: 0.4}
const [SAMPLE, MIDDLE, NAME] = [BEFORE.gap, BEFORE.gap + BEFORE.sample / 2, BEFORE.gap + BEFORE.sample + BEFORE.nameGap]

/** The width of the keys beside a plot. */
export const keysWidth = (lines: readonly {readonly label: string}[], {fontSize}: Look): number =>
  NAME * fontSize + Math.max(...lines.map(({label}) => textWidth(label, 0.92 * fontSize)))

/** The keys right of a plot, each at the height of its line's end, or as near to it as the others let it. */
export function keysBeside<Line extends EndedLine>(
  lines: readonly Line[],
  {width, height}: PlotSize,
  {fontSize, ink}: Look,
) {
  const heights = spreadApart(
    lines.map(({endY}) => endY),
    {gap: 1.1 * fontSize, height},
  )
  return lines.map((line, i) => ({
    ...line,
    colour: ink, // a name in the colour of its line would be too pale to read
    stroke: line.colour,
    sampleX: width + SAMPLE * fontSize,
    sampleEnd: width + (SAMPLE + BEFORE.sample) * fontSize,
    markX: width + MIDDLE * fontSize,
    textX: width + NAME * fontSize,
    textY: heights[i],
  }))
}

/** The size of the marks of points. */
export const pointSize = (radius: number) => ({size: 2.2 * radius ** 2, strokeWidth: radius / 3.5})

interface KeyData {
  readonly data: string
  /** Whether points have marks. */
  readonly marked: boolean
}

/** Draws keys: a sample of the line with its dash and the mark of its points, and its name. */
export const keyMarks = (look: Look, {data, marked}: KeyData): Mark[] => [
  {
    type: 'rule',
    from: {data},
    interactive: false,
    encode: {
      update: {
        ...fields({x: 'sampleX', x2: 'sampleEnd', y: 'textY', stroke: 'stroke', strokeDash: 'dash', opacity: 'joined'}),
        ...constants({strokeWidth: look.radius / 3}),
      },
    },
  },
  ...(marked ? [markOfKey(look, data)] : []),
  ...texts(look, data),
]

const markOfKey = ({radius, background}: Look, data: string): Mark => ({
  type: 'symbol',
  from: {data},
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
