import {parse} from 'csv-parse/sync'
import {expect, test} from 'vitest'
import {exampleRow, reportSources} from '../../../test/support/rows.ts'
import {random} from '../../tensor/random.ts'
import {drawFigure, specOf} from '../draw/figure.ts'
import {LOOKS} from '../draw/look.ts'
import {openRasterizer} from '../draw/png.ts'
import {renderSvg} from '../draw/svg.ts'
import {reportPage, summaryPage} from '../page/page.ts'
import {buildReport, figuresOf, type ReportContent} from '../report.ts'
import {reportCsvFiles} from './csv.ts'
import {reportJson} from './json.ts'
import {reportLatex} from './latex.ts'
import {reportMarkdown, summaryMarkdown} from './markdown.ts'
import {reportText} from './terminal.ts'

/** Characters that no form may contain: C0 but line feeds, DEL, C1, bidirectional controls, separators, noncharacters, lone surrogates. */
const FORBIDDEN = /[^\P{Cc}\n]|\p{Cs}|\p{Bidi_Control}|\p{Noncharacter_Code_Point}|[\u2028\u2029\ufeff]/u

const PIECES = [
  ...[
    '\u0000',
    '\u0007',
    '\b',
    '\t',
    '\n',
    '\u000b',
    '\r',
    '\u001b[2J',
    '\u001b]0;pwn\u0007',
    '\u007f',
    '\u0085',
    '\u009b2J',
  ],
  ...['\u061c', '\u200e', '\u202a', '\u202e', '\u2066', '\u2069', '\u2028', '\u2029', '\ufeff'],
  ...['\ufffe', '\uffff', '\ufdd0', '\u{1fffe}', '\u{10ffff}', '\ud800', '\udc00'],
  ...['</script>', '<!--', ']]>', '&amp;', '&', '"', "'", '`', '|', ',', '\\', '%', '$', '{', '}', '#', '^', '~', '_'],
  ...['=1+1', '@x', '-1', '+1', '://', 'www.', '[a](b)', 'α', '×', 'שלום', '日本', '👩‍🚀', ' '],
]
/** Properties that every object inherits. */
const INHERITED = ['constructor', 'toString']

/** Texts of a few pieces each, which together have every piece. */
function hostileTexts(): string[] {
  const draws = random(1, 'hostile texts')
  const order = [...draws.permutation(PIECES.length)].map(i => PIECES[i])
  const size = 8
  return Array.from({length: Math.ceil(order.length / size)}, (_, i) => order.slice(size * i, size * (i + 1)).join(''))
}

/** Runs of three methods, with `text` in every field that takes text; one method lacks a column. */
function reportOf(text: string): ReportContent {
  const row = (method: string, seed: number) =>
    exampleRow({
      recipe: `${text.replaceAll('/', '')}/${method}`,
      method,
      settings: text,
      set: text,
      params: method.length,
      scores: {...(method === 'lora' ? {} : {[text]: {score: 0.5 + seed / 10, n: 100}}), test: {score: 0.5, n: 50}},
      seed,
      model: text,
      steps: 60,
      version: text,
      commit: text,
      engine: text,
    })
  const rows = ['svft', text, 'lora'].flatMap(method => [1, 2].map(seed => row(method, seed)))
  const losses = rows.map(row => ({row, losses: Array.from({length: 60}, (_, step) => 2 - step / 60)}))
  return buildReport({...reportSources(rows), runs: rows.map(row => ({row, setup: '', machine: text})), losses})
}

test('every form of a report is well formed with hostile names and settings, and shows them as visible text', async () => {
  const png = await openRasterizer()
  for (const text of [...hostileTexts(), ...INHERITED]) {
    const report = reportOf(text)
    const figures = figuresOf(report)
    expect(figures.length, text).toBeGreaterThan(1)
    const pictures = await Promise.all(figures.map(figure => renderSvg(specOf(figure, LOOKS.light))))
    const html = await reportPage(report, figures.map(drawFigure))
    const data = reportJson(report)
    const tables = reportCsvFiles(report)
    const forms = {
      html,
      data,
      ...tables,
      tex: reportLatex(report),
      md: reportMarkdown(report),
      summary: summaryMarkdown(report),
      summaryHtml: await summaryPage(report),
      text: reportText(report, {files: [], width: 80}),
    }
    for (const [name, form] of [...Object.entries(forms), ...pictures.map(picture => ['svg', picture] as const)])
      expect(
        FORBIDDEN.exec(name === 'html' ? withoutVega(form) : form),
        `${name} of ${JSON.stringify(text)}`,
      ).toBeNull()
    expect(JSON.parse(data).entries.map(({settings}: {settings: string}) => settings)).toContain(text)
    expect(parse(tables['scores.csv'], {columns: true})).toHaveLength(5)
    await Promise.all(pictures.map(picture => png(picture, 0.25))) // parses the XML strictly
  }
})

/** Removes the scripts, as the text of a library is not ours. */
const withoutVega = (html: string) => {
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([script]) => script)
  return scripts.reduce((text, script) => text.replace(script, () => ''), html)
}
