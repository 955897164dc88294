import {readFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {methodNamed} from '../../adapters/index.ts'
import {compact} from '../../base/collections.ts'
import {type DrawnFigure, type Figure, methodsByKind} from '../draw/figure.ts'
import {fontFile} from '../draw/png.ts'
import {summaryTitle} from '../provenance.ts'
import {readingGuide} from '../reading-guide.ts'
import type {ReportContent} from '../report.ts'
import type {Section} from '../section.ts'
import {summarySections} from '../summary/sections.ts'
import {escaped, noteText, tableText} from './html.ts'
import {SCRIPT} from './script.ts'
import {STYLE} from './style.ts'

/** The pages may load nothing from anywhere. Vega compiles its expressions, which needs unsafe-eval; the summary runs no script. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:"
const SUMMARY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

/** The report as one HTML file that loads no other file and needs no network: tables, and figures with tooltips. */
export async function reportPage(report: ReportContent, drawn: readonly DrawnFigure[]): Promise<string> {
  const {title, facts, sections} = report
  const specs = drawn.map(({id, specs: {print: _, ...screens}}) => [id, screens])
  return `${await documentHead(title, POLICY)}
<header><h1>${escaped(title)}</h1><a href="summary.html">summary.html: reproduction summary</a><button id="theme" type="button">light / dark</button></header>
<main>
${factsText(facts)}
${contentsText(sections)}
<section id="how-to-read">
<h2>How to read this report</h2>
${readingGuide(report).map(paragraph).join('\n')}
</section>
${sections.map(sectionText(noteText)).join('\n')}
</main>
<div id="tip" role="status" hidden></div>
<script type="application/json" id="specs">${JSON.stringify(Object.fromEntries(specs)).replaceAll('<', '\\u003c')}</script>
<script>${inScript(await readVega())}</script>
<script>${SCRIPT}</script>
</html>
`
}

/** The reproduction summary as one HTML file that loads no other file, needs no network and runs no script. */
export async function summaryPage({facts, entries, summary, rows}: ReportContent): Promise<string> {
  const title = summaryTitle(entries)
  return `${await documentHead(title, SUMMARY_POLICY)}
<header><h1>${escaped(title)}</h1><a href="report.html">report.html: tables and figures</a></header>
<main>
${factsText(facts)}
${summarySections(summary, rows).map(sectionText(paragraph)).join('\n')}
</main>
</html>
`
}

/** Vega as one script for browsers. */
export const readVega = (): Promise<string> => readFile(join(dirname(resolve('vega')), 'vega.min.js'), 'utf8')

/** The head of an HTML document, with the style sheet and its fonts, and the policy unless a server sends one. */
export async function documentHead(title: string, policy?: string): Promise<string> {
  const fonts = await Promise.all([fontFace(400, fontFile()), fontFace(600, SEMIBOLD)])
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
${policy === undefined ? '' : `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`}<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${fonts.join('\n')}${STYLE}</style>`
}

const fontFace = async (weight: number, file: string): Promise<string> =>
  `@font-face { font-family: Inter; font-weight: ${weight}; src: url(data:font/ttf;base64,${await readFile(file, 'base64')}) }`

const {resolve} = createRequire(import.meta.url)

/** The font of headings; browsers would smear the regular one to make it bold. */
const SEMIBOLD = resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf')

const factsText = (facts: ReportContent['facts']): string => `<dl>
${facts.map(({name, text}) => `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`).join('\n')}
</dl>`

const paragraph = (text: string): string => `<p>${escaped(text)}</p>`

const contentsText = (sections: readonly Section[]): string => `<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ul>
<li><a href="#how-to-read">How to read this report</a></li>
${sections.map(({title}, i) => `<li><a href="#${sectionId(i)}">${escaped(title)}</a></li>`).join('\n')}
</ul>
</nav>`

/** Sections are numbered, because titles may differ only in characters that an anchor cannot have. */
const sectionId = (i: number): string => `section-${i + 1}`

const sectionText =
  (noteHtml: (note: string) => string) =>
  ({title, notes = [], tables = [], figures = []}: Section, i: number): string =>
    `<section id="${sectionId(i)}">
<h2>${escaped(title)}</h2>
${compact([...notes.map(noteHtml), figures.length > 0 && figuresText(figures), ...tables.map(tableText)]).join('\n')}
</section>`

const figuresText = (figures: readonly Figure[]) =>
  `<div class="figures">\n${figures.map(figureText).join('\n')}\n</div>`

function figureText(figure: Figure): string {
  const boxes = [...methodsByKind(figure)].map(([kind, methods]) => {
    const labels = methods.map(method => methodNamed(method)?.label ?? method)
    return `<label><input type="checkbox" value="${escaped(kind)}" checked> ${escaped(labels.join(', '))}</label>`
  })
  return `<figure id="${figure.id}" aria-label="${escaped(figure.title)}">
<div class="plot"></div>
<noscript><p>${escaped(figure.title)}: the figure is drawn by JavaScript; <a href="figures/${figure.id}.svg">figures/${figure.id}.svg</a> is the same.</p></noscript>
${boxes.length > 1 ? `<fieldset aria-label="methods">${boxes.join('')}</fieldset>` : ''}
</figure>`
}

/** Escapes what would end a script or start a comment in it. */
const inScript = (text: string): string => text.replaceAll(/<(?=\/script|!--|script)/gi, '\\u003c')
