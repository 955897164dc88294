import {groupBy} from '../../base/group-by.ts'
import {escapeLine} from '../../base/printable.ts'
import type {ReportContent} from '../report.ts'
import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'

/** All tables of a report as LaTeX; the document needs the packages booktabs and graphicx. */
export const reportLatex = ({sections}: ReportContent): string =>
  `% \\usepackage{booktabs,graphicx}\n\n${sections.flatMap(({tables}) => tables.map(tableText)).join('\n')}`

function tableText({id, title, head, rows, notes}: TextTable): string {
  const line = (texts: readonly string[]) => `${texts.join(' & ')} \\\\`
  const body = rows.flatMap((cells, i) => [
    ...(i > 0 && cells[0].first ? ['\\addlinespace'] : []),
    line(cells.map(cellText)),
  ])
  return [
    '\\begin{table}',
    '\\centering',
    `\\caption{${escaped([`${title}.`, ...notes].join(' '))}}`,
    `\\label{tab:${id}}`,
    '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `\\begin{tabular}{${head.map(({align}) => align[0]).join('')}}`,
    '\\toprule',
    ...groupLines(head),
    line(head.map(({text}) => escaped(text))),
    '\\midrule',
    ...body,
    '\\bottomrule',
    '\\end{tabular}}',
    '\\end{table}',
    '',
  ].join('\n')
}

/** Headings that several columns share, with a rule below each. */
function groupLines(head: readonly Heading[]): string[] {
  const groups = [...groupBy(head.entries(), ([, {group}]) => group)]
  if (groups.length === 1 && groups[0][0] === undefined) return []
  const cells = groups.flatMap(([group, columns]) =>
    group === undefined ? columns.map(() => '') : [`\\multicolumn{${columns.length}}{c}{${escaped(group)}}`],
  )
  const rules = groups.flatMap(([group, columns]) =>
    group === undefined ? [] : [`\\cmidrule(lr){${columns[0][0] + 1}-${columns.at(-1)![0] + 1}}`],
  )
  return [`${cells.join(' & ')} \\\\`, rules.join('')]
}

const cellText = ({text, tone}: TableCell) => (tone === 'bad' ? `\\textbf{${escaped(text)}}` : escaped(text))

const CHARACTERS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '×': '$\\times$',
  '−': '$-$',
  α: '$\\alpha$',
  '–': '--',
  '<': '$<$',
  '>': '$>$',
  '|': '$|$',
}

/** Text that is text and nothing else; letters that pdflatex may lack are left to the document's input encoding. */
const escaped = (text: string): string =>
  escapeLine(text).replaceAll(/[\\~^±×−α–<>|]|[&%$#_{}]/gu, character => CHARACTERS[character] ?? `\\${character}`)
