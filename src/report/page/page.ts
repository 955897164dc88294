import {readFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {methodNamed} from '../../adapters/index.ts'
import {groupBy} from '../../base/group-by.ts'
import {escapeLine} from '../../base/printable.ts'
import {type DrawnFigure, type Figure, kindsOf} from '../draw/figure.ts'
import {fontFile} from '../draw/png.ts'
import {readingGuide} from '../guide.ts'
import type {ReportContent, Section} from '../report.ts'
import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'
import {SCRIPT} from './script.ts'
import {STYLE} from './style.ts'

/** The page may load nothing from anywhere. Vega compiles its expressions, which needs unsafe-eval. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:"

/** The report as one HTML file that needs no other file and no network: tables, and figures with tooltips. */
export async function reportPage(report: ReportContent, drawn: readonly DrawnFigure[]): Promise<string> {
  const {title, facts, sections} = report
  const specs = drawn.map(({id, specs: {print: _, ...screens}}) => [id, screens])
  const font = await readFile(fontFile(), 'base64')
  const vega = join(dirname(createRequire(import.meta.url).resolve('vega')), 'vega.min.js')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>@font-face { font-family: Inter; src: url(data:font/ttf;base64,${font}) }${STYLE}</style>
<header><h1>${escaped(title)}</h1><button id="theme" type="button">light / dark</button></header>
<dl>
${facts.map(({name, text}) => `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`).join('\n')}
</dl>
${contentsText(sections)}
<section id="how-to-read">
<h2>How to read this report</h2>
${readingGuide(report)
  .map(paragraph => `<p>${escaped(paragraph)}</p>`)
  .join('\n')}
</section>
<main>
${sections.map(sectionText).join('\n')}
</main>
<div id="tip" role="status" hidden></div>
<script type="application/json" id="specs">${JSON.stringify(Object.fromEntries(specs)).replaceAll('<', '\\u003c')}</script>
<script>${inScript(await readFile(vega, 'utf8'))}</script>
<script>${SCRIPT}</script>
</html>
`
}

const contentsText = (sections: readonly Section[]): string => `<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ul>
<li><a href="#how-to-read">How to read this report</a></li>
${sections.map(({title}, i) => `<li><a href="#${sectionId(i)}">${escaped(title)}</a></li>`).join('\n')}
</ul>
</nav>`

/** Sections are numbered, because titles may differ only in characters that an anchor cannot have. */
const sectionId = (i: number): string => `section-${i + 1}`

const sectionText = ({title, notes, tables, figures}: Section, i: number): string => `<section id="${sectionId(i)}">
<h2>${escaped(title)}</h2>
${[...notes.map(noteText), ...(figures.length > 0 ? [figuresText(figures)] : []), ...tables.map(tableText)].join('\n')}
</section>`

const noteText = (note: string) => `<p class="note">${escaped(note)}</p>`

const figuresText = (figures: readonly Figure[]) =>
  `<div class="figures">\n${figures.map(figureText).join('\n')}\n</div>`

function figureText(figure: Figure): string {
  const kinds = kindsOf(figure)
  const boxes = kinds.map(
    kind =>
      `<label><input type="checkbox" value="${escaped(kind)}" checked> ${escaped(methodNamed(kind)?.label ?? 'others')}</label>`,
  )
  return `<figure id="${figure.id}" aria-label="${escaped(figure.title)}">
<div class="plot"></div>
${kinds.length > 1 ? `<fieldset aria-label="methods">${boxes.join('')}</fieldset>` : ''}
</figure>`
}

function tableText({id, title, head, rows, notes}: TextTable): string {
  return `<h3 id="${id}-title">${escaped(title)}</h3>
<div class="scroll"><table id="${id}"${head.length > WIDE ? ' class="wide"' : ''} aria-labelledby="${id}-title">
<thead>
${groupRow(head)}<tr>${head.map(({text, align}) => `<th class="${align}">${escaped(text)}</th>`).join('')}</tr>
</thead>
<tbody>
${rows.map(cells => rowText(cells, head)).join('\n')}
</tbody>
</table></div>
${notes.map(noteText).join('\n')}`
}

function groupRow(head: readonly Heading[]): string {
  if (head.every(({group}) => group === undefined)) return ''
  const groups = [...groupBy(head, ({group}) => group)]
  const cells = groups.map(([group = '', columns]) => {
    const kind = group === '' ? '' : ' class="group"'
    return `<th colspan="${columns.length}"${kind}>${escaped(group)}</th>`
  })
  return `<tr>${cells.join('')}</tr>\n`
}

function rowText(cells: readonly TableCell[], head: readonly Heading[]): string {
  const texts = cells.map(({text, tone}, i) => {
    const isLong = i > 0 && head[i].align === 'left' && text.length > LONG
    const classes = [head[i].align, ...(tone ? [tone] : []), ...(isLong ? ['long'] : [])]
    return `<td class="${classes.join(' ')}">${escaped(head[i].align === 'right' ? unbroken(text) : text)}</td>`
  })
  return `<tr${cells[0].first ? ' class="first"' : ''}>${texts.join('')}</tr>`
}

/** Lets a line break before an interval, a difference, its bound or the seeds, but not inside them. */
const unbroken = (text: string): string =>
  text.replaceAll(' ', NBSP).replaceAll(/\u00a0(?=[[(≥]|(?:\d+|one)\u00a0seed)/g, ' ')

const NBSP = '\u00a0'

/** Tables with more columns than this are printed small. */
const WIDE = 8

/** Lists of methods longer than this may take several lines. */
const LONG = 24

const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'}

const escaped = (text: string): string => escapeLine(text).replaceAll(/[&<>"']/g, character => ENTITIES[character])

/** Escapes what would end a script or start a comment in it. */
const inScript = (text: string): string => text.replaceAll(/<(?=\/script|!--|script)/gi, '\\u003c')
