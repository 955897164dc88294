import {summaryTitle} from '../provenance.ts'
import type {ReportContent} from '../report.ts'
import type {SummarySection} from '../summary/section.ts'
import {summarySections} from '../summary/sections.ts'
import {escaped, tableText} from './html.ts'
import {documentHead} from './page.ts'

/** The page runs no script and loads nothing from anywhere. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

/** The reproduction summary as one HTML file that needs no other file and no network. */
export async function summaryPage({facts, entries, summary, rows}: ReportContent): Promise<string> {
  const sections = summarySections(summary, rows)
  const title = summaryTitle(entries)
  return `${await documentHead(title, POLICY)}
<header><h1>${escaped(title)}</h1><a href="report.html">report.html: tables and figures</a></header>
<dl>
${facts.map(({name, text}) => `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`).join('\n')}
</dl>
<main>
${sections.map(sectionText).join('\n')}
</main>
</html>
`
}

const sectionText = ({title, notes, tables}: SummarySection, i: number): string => `<section id="section-${i + 1}">
<h2>${escaped(title)}</h2>
${[...notes.map(note => `<p>${escaped(note)}</p>`), ...tables.map(tableText)].join('\n')}
</section>`
