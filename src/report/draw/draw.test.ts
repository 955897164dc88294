import {expect, test} from 'vitest'
import {specOf} from './figure.ts'
import {LOOKS} from './look.ts'
import type {Pareto} from './pareto-figure.ts'
import {openRasterizer} from './png.ts'
import {renderSvg} from './svg.ts'
import {textWidth, wrapped} from './text-width.ts'

const figure: Pareto = {
  kind: 'pareto',
  id: 'x',
  title: 'A & B',
  subtitle: 'sub',
  xTitle: 'trained parameters',
  xScale: 'log',
  yTitle: 'accuracy, %',
  yUnit: 'percent',
  points: [
    {
      label: 'LoRA r=1',
      method: 'lora',
      cost: 1000,
      score: 0.5,
      low: 0.45,
      high: 0.55,
      standing: 'frontier',
      tip: ['a'],
    },
    {
      label: 'SVFT <b>',
      method: 'svft',
      cost: 5000,
      score: 0.6,
      low: 0.55,
      high: 0.65,
      standing: 'frontier',
      tip: ['b'],
    },
    {label: 'BOFT', method: 'boft', cost: 5000, score: 0.58, low: 0.5, high: 0.6, standing: 'tied', tip: ['c']},
  ],
  lines: [{label: 'Full: 70.0', score: 0.7, by: 'ours'}],
  paper: [{label: 'LoRA r=1', method: 'lora', cost: 1000, score: 0.52, tip: ['d'], ours: 'LoRA r=1'}],
}

test('a figure labels its marks, lines and axes, and is the same when drawn again', async () => {
  for (const look of Object.values(LOOKS)) {
    const text = await renderSvg(specOf(figure, look))
    for (const word of [
      'A &amp; B',
      'LoRA r=1',
      'SVFT &lt;b&gt;',
      'BOFT',
      'Full: 70.0',
      'trained parameters',
      '1K',
      '5K',
    ]) {
      expect(text).toContain(`>${word}</text>`)
    }
    expect(text).toContain(look.background)
    expect(text).toContain('font-family="Inter, Helvetica, Arial, Liberation Sans,') // Debian has the last
    expect(await renderSvg(specOf(figure, look))).toBe(text)
  }
})

test('a screen reader reads the title and the subtitle of a saved figure, and each label once', async () => {
  const text = await renderSvg(specOf(figure, LOOKS.light))
  const name = 'A &amp; B: sub'
  expect(text).toMatch(new RegExp(`^<svg role="img" aria-label="${name}" [^>]*><title>${name}</title>`))
  const {marks = []} = specOf(figure, LOOKS.light)
  const labels = marks.filter(({type, from}) => type === 'text' && from?.data === 'labels')
  expect(labels.map(({aria}) => aria)).toEqual([false, true])
})

test('only a logarithmic axis abbreviates thousands', async () => {
  const text = await renderSvg(specOf({...figure, xScale: 'linear'}, LOOKS.light))
  expect(text).toContain('>5,000</text>')
  expect(text).not.toContain('K</text>')
})

test('where marks of equal cost stand side by side, the subtitle says so', async () => {
  const {light} = LOOKS
  const [first, ...equal] = figure.points
  const subtitle = /; marks of equal cost stand side by side/
  expect(await renderSvg(specOf(figure, light))).toMatch(subtitle)
  const withCosts = (cost: (own: number, i: number) => number) =>
    specOf({...figure, points: [first, ...equal.map((point, i) => ({...point, cost: cost(point.cost, i)}))]}, light)
  expect(await renderSvg(withCosts((own, i) => own * (1 + i / 10_000)))).toMatch(subtitle)
  expect(await renderSvg(withCosts((own, i) => own * (1 + i / 10)))).not.toMatch(subtitle)
})

test('the interval of a dashed line is a bar at the right edge, and the subtitle says so; without one there is no bar', async () => {
  const [line] = figure.lines
  const lines = [
    {...line, low: 0.4, high: 0.95},
    {...line, label: 'Head: 30.0', score: 0.3, low: 0.2, high: 0.38},
    {...line, label: 'Full, the paper: 71', score: 0.71, by: 'paper' as const},
  ]
  const remark = '; those of dashed lines stand at the right edge'
  const {light} = LOOKS
  const spec = specOf({...figure, lines}, light)
  const bars = spec.data?.find(({name}) => name === 'intervals') as unknown as {
    values: {x: number; low: number; high: number}[]
  }
  expect(bars.values.map(({x}) => Number(spec.width) - x)).toEqual([10, 20])
  for (const {low, high} of bars.values) expect([0 < high, high < low, low < Number(spec.height)]).not.toContain(false)
  const drawn = await renderSvg(spec)
  expect(drawn).toContain(remark)
  expect(drawn.split(`stroke="${light.ink}" stroke-width="1.25"`).length - 1).toBe(4) // two lines, two bars
  expect(await renderSvg(specOf(figure, light))).not.toContain(remark)
})

test('marks that overlap do not hide each other: hollow ones are drawn last, and are not filled', () => {
  const [frontier, ...others] = figure.points
  const [, hollow] = others
  const points = [{...hollow, cost: frontier.cost * 1.02, score: frontier.score}, frontier, ...others]
  const {data} = specOf({...figure, points: points.map((point, i) => ({...point, label: `${i}`}))}, LOOKS.light)
  const drawn = data?.find(({name}) => name === 'points')
  expect(drawn).toMatchObject({values: [{label: '1'}, {label: '2'}, {label: '0', ground: 0}, {label: '3', ground: 1}]})
})

test('a long title is wrapped, and is never cut', async () => {
  const title = 'points/commonsense of LLaMA-3-8B and its siblings: training loss'
  const subtitle = '10,042 items, 20 seeds; bars are 95 % confidence intervals'
  for (const look of Object.values(LOOKS)) {
    const texts = [...(await renderSvg(specOf({...figure, title, subtitle}, look))).matchAll(/>([^<]*)<\/text>/g)]
    const joined = texts.map(([, text]) => text).join(' ')
    expect(joined).not.toContain('…')
    for (const words of [title, subtitle])
      expect(joined.replaceAll(' ', ''), look.name).toContain(words.replaceAll(' ', ''))
  }
  const lines = wrapped(title, {fontSize: 8, width: 150})
  expect(lines.map(line => textWidth(line, 8)).every(wide => wide <= 150)).toBe(true)
  expect(lines.length).toBeGreaterThan(1)
})

test('a single point, or points with equal scores, can be drawn', async () => {
  const [point] = figure.points
  for (const points of [[point], [point, {...point, label: 'x', cost: 2000}]]) {
    const text = await renderSvg(specOf({...figure, points, lines: [], paper: []}, LOOKS.light))
    expect(text).not.toMatch(/NaN|Infinity/)
    expect(text.includes('Pareto frontier')).toBe(points.length > 1) // one point is no line
  }
})

test('a PNG has the requested size and density, and no text is wider than estimated', async () => {
  const before = process.env.FONTCONFIG_FILE
  const png = await openRasterizer()
  const {default: sharp} = await import('sharp')
  const picture = await sharp(await png(await renderSvg(specOf(figure, LOOKS.light)), 2)).metadata()
  expect([picture.width, picture.height, picture.density]).toEqual([1440, 920, 192])
  for (const text of [
    'LoRA r=8',
    'SVFT random d=16',
    'Q,K,V,U,D,G,O d=8',
    'MWmw@%',
    'iljt.,;',
    '± − ×',
    'Full, 820,352 trained: 94.8',
  ]) {
    const escaped = text.replaceAll('&', '&amp;')
    const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="60"><rect width="600" height="60" fill="#fff"/><text x="20" y="40" font-family="Inter" font-size="20">${escaped}</text></svg>`
    const {info} = await sharp(await png(drawn, 1))
      .trim()
      .toBuffer({resolveWithObject: true})
    expect(info.width, text).toBeLessThanOrEqual(textWidth(text, 20) + 2)
    expect(info.width, text).toBeGreaterThan(0.75 * textWidth(text, 20))
  }
  expect(process.env.FONTCONFIG_FILE, 'as the program set it').toBe(before)
})

test('long labels that differ only in their middle stay apart, in lines and in arrows to the paper', () => {
  const [start, end] = ['recipe-of-a-method-with-', '-and-more-settings-at-its-end']
  const [a, b] = ['1e-2', '1e-3'].map(middle => `${start}${middle}${end}`)
  const [point, other] = figure.points
  const points = [
    {...point, label: a},
    {...other, label: b},
  ]
  const [mark] = figure.paper
  const drawn = JSON.stringify(specOf({...figure, points, paper: [{...mark, label: 'paper', ours: b}]}, LOOKS.light))
  expect(new Set(drawn.match(/recipe-of-a[^"\\]*/g)).size).toBe(2)
  const axis = {title: 'x', scale: 'linear'} as const
  const path = [
    {x: 1, y: 1},
    {x: 2, y: 2},
  ]
  const lines = [a, b].map(label => ({label, method: 'lora', points: path}))
  const {data} = specOf({kind: 'lines', id: 'x', title: '', subtitle: '', x: axis, y: axis, lines}, LOOKS.light)
  const keys = data?.find(({name}) => name === 'keys')
  expect(new Set(JSON.stringify(keys).match(/"label":"[^"]*/g)).size).toBe(2)
})
