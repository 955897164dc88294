import {escapeLine} from '../../base/printable.ts'
import {escapeMarkdown} from '../../base/text/markdown.ts'
import {summaryTitle} from '../provenance.ts'
import {readingGuide} from '../reading-guide.ts'
import type {ReportContent} from '../report.ts'
import type {Section} from '../section.ts'
import {summarySections} from '../summary/sections.ts'
import {fullHeading, type TextTable} from '../tables/text-table.ts'

/** The report as Markdown in GitHub's dialect, with links to the pictures in `figures/`. */
export function reportMarkdown(report: ReportContent): string {
  const {title, facts, sections} = report
  const guide = ['## How to read this report', ...readingGuide(report).map(escaped)]
  return `${[`# ${escaped(title)}`, factsText(facts), ...guide, ...sections.flatMap(sectionText)].join('\n\n')}\n`
}

/** The reproduction summary as Markdown. */
export function summaryMarkdown({facts, entries, summary, rows}: ReportContent): string {
  const heading = `# ${escaped(summaryTitle(entries))}`
  const sections = summarySections(summary, rows).flatMap(sectionText)
  return `${[heading, factsText(facts), ...sections].join('\n\n')}\n`
}

const factsText = (facts: ReportContent['facts']) =>
  facts.map(({name, text}) => `- ${name}: ${escaped(text)}`).join('\n')

function sectionText({title, notes = [], tables = [], figures = []}: Section): string[] {
  return [
    `## ${escaped(title)}`,
    ...notes.map(escaped),
    ...tables.map(tableText),
    ...figures.map(({id, title}) => `![${escaped(title)}](figures/${id}.svg)`),
  ]
}

function tableText({title, head, rows, notes = []}: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const heads = head.map(heading => escaped(fullHeading(heading)))
  const lines = [
    line(heads),
    line(head.map(({align}) => (align === 'left' ? '---' : '--:'))),
    ...rows.map(cells => line(cells.map(({text}) => escaped(text)))),
  ]
  return [`**${escaped(title)}**`, lines.join('\n'), ...notes.map(escaped)].join('\n\n')
}

/** Escapes text for Markdown: no markup, no line end. */
const escaped = (text: string): string => escapeMarkdown(escapeLine(text))
