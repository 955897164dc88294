import type {Data, EncodeEntry, Mark, Spec, Axis as VegaAxis} from 'vega'
import {mapValues} from '../../base/collections.ts'
import {FONT, type Look} from './look.ts'
import {type Axis, inverseTicks, type ScoreUnit} from './scales.ts'
import {textWidth, wrapped} from './text-width.ts'

/** The size of the plot, in pixels. */
export interface PlotSize {
  readonly width: number
  readonly height: number
}

/** The keys of a legend: their texts, each after a sample of so many pixels. */
export interface Legend {
  readonly texts: readonly string[]
  readonly sample: number
}

/** The channels of a mark that are constant. */
export const constants = (channels: Readonly<Record<string, unknown>>): EncodeEntry =>
  mapValues(channels, value => ({value}))

/** The channels of a mark that are fields of its data. */
export const fields = (channels: Readonly<Record<string, string>>): EncodeEntry =>
  mapValues(channels, field => ({field}))

/** The space left of a plot, in font sizes. */
const LEFT = 4.8

/** The width of a plot with nothing right of it. */
export const plotWidth = ({width, fontSize}: Look): number => width - (LEFT + 1) * fontSize

/**
 * A figure without its plot: title, subtitle and legend in as many lines as they need, and the plot's rectangle below, which is at
 * least half as high as the look. The keys of the legend are only placed, by the left end and the middle height of each.
 */
export function frameFigure(
  {title, subtitle}: {readonly title: string; readonly subtitle: string},
  legend: Legend,
  look: Look,
) {
  const {width, height, fontSize, background, ink, faint} = look
  const left = LEFT * fontSize
  const keys = legendLayout(legend, look)
  const linesOf = (text: string, size: number, fill: string) =>
    wrapped(text, {fontSize: size, width: width - left - fontSize / 2}).map(line => ({text: line, size, fill}))
  const words = [...linesOf(title, 1.15 * fontSize, ink), ...linesOf(subtitle, 0.92 * fontSize, faint)]
  const below = 1.5 * words.length // the height of the titles, in font sizes
  const top = (below + 0.9 + 1.6 * (keys.at(-1)?.line ?? -1) + 1.6) * fontSize
  const frame: PlotSize = {width: plotWidth(look), height: Math.max(height - top - 3.6 * fontSize, height / 2)}
  const line = ({text, size, fill}: (typeof words)[number], i: number) =>
    fixedMark('text', {x: 0, y: 1.5 * (i + 1) * fontSize - top, text, font: FONT, fontSize: size, fill})
  return {
    frame,
    spec: {
      $schema: 'https://vega.github.io/schema/vega/v6.json',
      width: frame.width,
      height: frame.height,
      padding: {left, top, right: fontSize, bottom: 3.6 * fontSize},
      autosize: 'none' as const,
      background,
    },
    marks: words.map(line),
    keys: keys.map(({x, line}) => ({x, y: (below + 1.4 + 1.6 * line) * fontSize - top})),
  }
}

function legendLayout({texts, sample}: Legend, look: Look) {
  const {fontSize} = look
  const placed: {readonly x: number; readonly line: number}[] = []
  let [x, line] = [0, 0]
  for (const text of texts) {
    const wide = sample + textWidth(text, 0.92 * fontSize)
    if (x > 0 && x + wide > plotWidth(look)) [x, line] = [0, line + 1]
    placed.push({x, line})
    x += wide + 1.4 * fontSize
  }
  return placed
}

/** A mark without data. */
export const fixedMark = (type: 'symbol' | 'text', channels: Readonly<Record<string, unknown>>): Mark => ({
  type,
  encode: {enter: constants(channels)},
})

export interface Axes {
  readonly x: Axis
  readonly y: Axis
  readonly xTitle: string
  readonly yTitle: string
  /** The unit of y, if it is a score. */
  readonly yUnit?: ScoreUnit | undefined
}

export function axes(look: Look, {x, y, xTitle, yTitle, yUnit}: Axes): Pick<Spec, 'scales' | 'axes'> {
  const {fontSize} = look
  const style = axisStyle(look)
  const label = (signal: string) => ({labels: {update: {text: {signal}}}})
  return {
    scales: [
      {name: 'x', type: x.type, domain: [x.low, x.high], range: 'width', zero: false, nice: false},
      {name: 'y', type: y.type, domain: [y.low, y.high], range: 'height', zero: false, nice: false},
    ],
    axes: [
      {
        ...style,
        orient: 'bottom',
        scale: 'x',
        title: xTitle,
        values: [...x.ticks],
        titlePadding: fontSize / 2,
        encode: label(COUNTS[x.type]),
      },
      {
        ...style,
        orient: 'left',
        scale: 'y',
        title: yTitle,
        values: yUnit === 'perplexity' ? inverseTicks(y) : [...y.ticks],
        grid: true,
        domain: false,
        ticks: false,
        titleX: -3.2 * fontSize,
        encode: label(yUnit ? SCORES[yUnit] : "format(datum.value, '~r')"),
      },
    ],
  }
}

const axisStyle = ({fontSize, ink, faint, grid}: Look): Omit<VegaAxis, 'orient' | 'scale'> => ({
  labelFont: FONT,
  titleFont: FONT,
  labelFontSize: 0.92 * fontSize,
  titleFontSize: fontSize,
  titleFontWeight: 'normal',
  labelColor: faint,
  titleColor: ink,
  gridColor: grid,
  tickColor: faint,
  domainColor: faint,
  tickSize: fontSize / 3,
  labelPadding: fontSize / 4,
  labelOverlap: false,
})

/** The texts of ticks that are counts; a logarithmic axis, like that of parameters, spans powers of ten: 5K, 2M. */
const COUNTS: Readonly<Record<Axis['type'], string>> = {
  log: "datum.value < 1000 ? format(datum.value, '~r') : replace(format(datum.value, '~s'), 'k', 'K')",
  linear: "format(datum.value, ',~r')",
}

/** The texts of ticks that are scores. */
const SCORES: Readonly<Record<ScoreUnit, string>> = {
  percent: "format(100 * datum.value, '~r')",
  perplexity: "format(1 / datum.value, ',~r')",
}

/** A data set for Vega without the methods that the signal `hidden` lists. */
export const hideableData = (name: string, values: readonly object[]): Data => ({
  name,
  values: [...values],
  transform: [{type: 'filter', expr: 'indexof(hidden, datum.kind) < 0'}],
})

/** The texts of a data set, whose left ends lie at (textX, textY), each with an outline where lines pass behind it. */
export const texts = (look: Look, data: string): Mark[] => {
  const {fontSize, background} = look
  const mark = (colours: EncodeEntry): Mark => ({
    type: 'text',
    aria: true,
    from: {data},
    interactive: false,
    encode: {
      update: {
        ...fields({x: 'textX', y: 'textY', text: 'label'}),
        ...constants({baseline: 'middle', font: FONT, fontSize: 0.92 * fontSize}),
        ...colours,
      },
    },
  })
  const outline = constants({stroke: background, strokeWidth: fontSize / 3, strokeJoin: 'round'})
  return [{...mark(outline), aria: false}, mark(fields({fill: 'colour'}))] // a screen reader reads each text once
}
