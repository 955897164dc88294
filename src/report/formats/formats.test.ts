import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {exampleRow, reportSources} from '../../../test/support/rows.ts'
import {drawFigure} from '../draw/figure.ts'
import {reportPage, summaryPage} from '../page/page.ts'
import {buildReport, figuresOf, type ReportContent} from '../report.ts'
import {cells, left, right} from '../tables/text-table.ts'
import {reportCsvFiles} from './csv.ts'
import {reportJson} from './json.ts'
import {pairsLatex, reportLatex} from './latex.ts'
import {reportMarkdown} from './markdown.ts'
import {reportText} from './terminal.ts'

const EVIL = '=x</script><b>|`a`_[l](u)https://x.y www.x.y a@x.y$\\%&#{}~^"\u001b[2J'

const SUITE = 's"><i onload=x>}\\input{y}'

const row = exampleRow({
  recipe: `${SUITE}/${EVIL.replaceAll('/', '')}`,
  method: EVIL,
  settings: EVIL,
  scores: {test: {score: 0.5, n: 100}},
  model: EVIL,
})

const report: ReportContent = buildReport(reportSources([row, {...row, recipe: `${SUITE}/b`}]))

test('Markdown escapes HTML, links and the borders of cells', () => {
  const text = reportMarkdown(report)
  const line = text.split('\n').find(line => line.includes('script'))!
  expect(text).not.toContain('<b>')
  expect(line.replaceAll('\\|', '').split('|')).toHaveLength(7)
  expect(line).toContain('\\`a\\`\\_\\[l\\](u)')
  expect(text).not.toMatch(/:\/\/|www\.|@/)
})

test('HTML escapes text in tables and in scripts, and the page loads nothing', async () => {
  const text = await reportPage(report, figuresOf(report).map(drawFigure))
  expect(text.includes('<b>')).toBe(false)
  expect(text.includes('<i ')).toBe(false)
  expect(text.includes('\u001b')).toBe(false)
  expect(text.match(/<\/script/gi)).toHaveLength(3)
  expect(text.includes('&lt;b&gt;')).toBe(true)
  const [, specs] = /id="specs">(.*?)<\/script>/s.exec(text)!
  expect(
    Object.values<{light: {data: {values: {tip: string}[]}[]}}>(JSON.parse(specs))[0].light.data[0].values[0].tip,
  ).toContain('</script>')
  expect(text.includes("default-src 'none'")).toBe(true)
  expect(
    /<[^>]+(src|href)="(?!data:|#|summary\.html")/.exec(text.replaceAll(/<(script|noscript).*?<\/\1>/gs, '')),
  ).toBeNull()
})

test('the pages of the report and of its summary link to each other', async () => {
  expect(await reportPage(report, [])).toContain('<a href="summary.html">')
  expect(await summaryPage(report)).toContain('<a href="report.html">')
})

test('a page has everything between its header and its scripts in main', async () => {
  const pages = [await reportPage(report, []), await summaryPage(report)]
  for (const page of pages) expect(page).toMatch(/<\/header>\n<main>.*<\/section>\n<\/main>\n(<div id="tip"|<\/html>)/s)
})

test('the report says once, as Markdown and as a page, when its wall-clock times compare methods', async () => {
  const said = /are wall-clock times\. They compare methods only if the machine was otherwise idle/g
  for (const text of [reportMarkdown(report), await reportPage(report, [])]) expect(text.match(said)).toHaveLength(1)
})

test('LaTeX writes every special character as a command', () => {
  const text = reportLatex(report)
  expect(text).toContain('\\$\\textbackslash{}\\%\\&\\#\\{\\}\\textasciitilde{}\\textasciicircum{}')
  expect(text).toContain('[95 \\% confidence interval].') // a caption is sentences
  expect(text).not.toMatch(/(?<!\\)[#]/)
  expect(text).not.toContain('\\input')
  expect(text).toContain('\\toprule')
})

test('pairs of methods are tables of LaTeX too, with names of their own; without a pair there are none', () => {
  const alike = ['s/a', 's-a'].flatMap(suite =>
    ['x', 'y'].map(name => ({...row, recipe: `${suite}/${name}`, settings: name})),
  )
  const text = pairsLatex(buildReport(reportSources(alike)))
  expect(text?.match(/\\label\{.*\}/g)).toEqual(['\\label{tab:s-a-test-p-values}', '\\label{tab:s-a-test-p-values-2}'])
  expect(text).toMatch(/ & 0\.0 \[\$-\$13\.9,~\+13\.9\] & 1\.0 & 1\.0 \\\\\n/)
  expect(pairsLatex(buildReport(reportSources([row])))).toBeUndefined()
})

test('LaTeX begins no row with a bracket or a star, which would be the option or star of the command before it', () => {
  const table = {id: 'x', title: 'x', head: [left('[a]')], rows: [cells('[b]'), cells('*c'), cells(' [d]'), cells('e')]}
  const text = reportLatex({...report, sections: [{title: '', tables: [table]}]})
  expect(text).toContain('\\toprule\n{}[a] \\\\\n\\midrule\n{}[b] \\\\\n{}*c \\\\\n{} [d] \\\\\ne \\\\\n')
})

test('LaTeX numbers tables itself, has room for all that wait for a page, and says which characters pdfLaTeX lacks', () => {
  const tables = ['Table 1. 日本', 'x'].map(title => ({id: title, title, head: [left('a')], rows: [cells('b')]}))
  const lines = reportLatex({...report, sections: [{title: '', tables}]}).split('\n')
  expect(lines).toContain('\\caption{日本 (table 1 of the paper).}')
  expect(lines).toContain('\\extrafloats{2}\\maxdeadcycles=102')
  expect(lines[1]).toMatch(/^% Compile with XeLaTeX or LuaLaTeX/)
})

test('a table of several pages has its notes once, and a name for each page', () => {
  const rows = Array.from({length: 90}, (_, i) => cells(String(i)))
  const table = {id: 'x', title: 'Long', head: [left('a')], rows, notes: ['A note.']}
  const text = reportLatex({...report, sections: [{title: '', tables: [table]}]})
  expect(text.match(/\\(caption|label)\{.*\}/g)).toEqual([
    '\\caption{Long. A note.}',
    '\\label{tab:x}',
    ...[2, 3].flatMap(part => [`\\caption{Long, part ${part} of 3.}`, `\\label{tab:x-part-${part}}`]),
  ])
})

test('LaTeX has a command for every character beyond ASCII that texts of svft have', async () => {
  const texts = await charactersOf('src/report', 'src/paper', 'src/results', 'src/statistics', 'src/adapters')
  for (const known of '≥≈∞⁹†±−×α’') expect(texts).toContain(known)
  const table = {id: 'x', title: texts, head: [left(texts)], rows: [cells(texts)], notes: [texts]}
  expect(reportLatex({...report, sections: [{title: '', tables: [table]}]})).toMatch(/^[\n -~]+$/)
  expect(reportLatex(buildReport(reportSources(paperRows([1, 2]))))).toMatch(/^[\n -~]+$/)
})

/** The characters beyond ASCII in the sources below folders, without comments and tests. */
async function charactersOf(...folders: readonly string[]): Promise<string> {
  const found = new Set<string>()
  for (const folder of folders) {
    const names = await readdir(join(ROOT, folder), {recursive: true})
    for (const name of names.filter(name => /(?<!\.test)\.ts$/.test(name) && !name.endsWith('latex.ts'))) {
      const source = await readFile(join(ROOT, folder, name), 'utf8')
      const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      for (const character of code.match(/[^\0-\x7f]/gu) ?? []) found.add(character)
    }
  }
  return [...found].join('')
}

const ROOT = join(import.meta.dirname, '../../..')

test('CSV has no formulas or control characters, and JSON can be parsed', () => {
  const {'scores.csv': scores} = reportCsvFiles(report)
  expect(scores).toContain("'=x")
  expect(scores).not.toContain('\u001b')
  expect(JSON.parse(reportJson(report)).entries).toHaveLength(2)
})

test('a comparison in CSV has its metric, by which a difference of perplexities is one of their inverses', () => {
  const perplexity = (recipe: string, score: number) =>
    exampleRow({recipe, scores: {test: {score, n: 100, metric: 'inverse-perplexity', se: 0.01}}})
  const rows = [perplexity('s/a', 0.5), perplexity('s/b', 0.4)]
  const {'comparisons.csv': csv} = reportCsvFiles(buildReport(reportSources(rows)))
  const [head, line] = csv.split('\n').map(line => line.split(','))
  const {metric, difference} = Object.fromEntries(head.map((name, i) => [name, line[i]]))
  expect([metric, difference]).toEqual(['inverse-perplexity', '10'])
})

test('a table too wide for the terminal is printed up to the columns that fit, and the others are named with the file that has them', () => {
  const head = ['Method', '#Params', 'gsm8k (n=500)', 'Step, ms'].map((text, i) => (i === 0 ? left : right)(text))
  const table = {id: 'x', title: 'x', head, rows: [cells('SVFT plain', '3,612', '49.8', '44')], notes: ['A note.']}
  const textOf = (width?: number) =>
    reportText(
      {...report, sections: [{title: '', notes: [], tables: [table], figures: []}]},
      {files: ['out/report.md'], width},
    )
  const whole = ['x', 'Method      #Params  gsm8k (n=500)  Step, ms', 'SVFT plain    3,612           49.8        44']
  expect(textOf().split('\n')).toEqual([...whole, 'A note.', '', 'out/report.md'])
  expect(textOf(44)).toBe(textOf())
  expect(textOf(43).split('\n')).toEqual([
    ...whole.map(line => line.slice(0, 34)),
    'Not shown, see out/report.md: Step, ms.',
    'A note.',
    '',
    'out/report.md',
  ])
  expect(textOf(5)).toContain('SVFT plain\nNot shown, see out/report.md: #Params; gsm8k (n=500); Step, ms.')
})

test('a terminal lists the files of a report, and counts its figures', () => {
  const files = ['out/report.md', 'out/figures/a.svg', 'out/figures/a.png']
  expect(reportText({...report, sections: []}, {files, width: undefined})).toBe('out/report.md\nout/figures: 2 files')
})

test('a terminal shows the pairwise differences of a full suite, with lists of methods in several lines', () => {
  const methods = Array.from({length: 12}, (_, i) => `SVFT random d=${8 + i}`)
  const table = {
    id: 'x-pairs',
    title: 'x: significant pairwise differences',
    head: ['Method', 'Score', 'Significantly better than', 'Significantly worse than'].map(
      (text, i) => ({text, align: i === 1 ? 'right' : 'left'}) as const,
    ),
    rows: methods.map((method, i) =>
      [method, '50.0', methods.slice(i + 1).join(', '), methods.slice(0, i).join(', ')].map(text => ({text})),
    ),
    notes: [],
  }
  const section = {title: '', notes: [], tables: [table], figures: []}
  const lines = reportText({...report, sections: [section]}, {files: [], width: 140}).split('\n')
  expect(Math.max(...lines.map(({length}) => length))).toBeLessThanOrEqual(140)
  for (const method of methods) expect(lines.filter(line => line.startsWith(`${method} `))).toHaveLength(1)
  expect(lines.join(' ').split('SVFT random')).toHaveLength(1 + 12 + 12 * 11)
})
