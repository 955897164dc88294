import {groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import type {ReportContent} from '../report.ts'
import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'

/** The tables of a report as LaTeX, for a document with the packages booktabs and graphicx. */
export const reportLatex = ({sections}: ReportContent): string =>
  `% \\usepackage{booktabs,graphicx}\n\n${sections.flatMap(({tables = []}) => tables.map(tableText)).join('\n')}`

function tableText({id, title, head, rows, notes = []}: TextTable): string {
  // behind \\ and \midrule a [ would begin an option, and a * be a star
  const line = (texts: readonly string[]) => `${texts.join(' & ').replace(/^(?=\s*[[*])/, '{}')} \\\\`
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

/** The headings that several columns share, with a rule below each. */
function groupLines(head: readonly Heading[]): string[] {
  if (head.every(({group}) => group === undefined)) return []
  const cells: string[] = []
  const rules: string[] = []
  let column = 1
  for (const [group, columns] of groupBy(head, ({group}) => group)) {
    const {length} = columns
    if (group === undefined) cells.push(...columns.map(() => ''))
    else {
      cells.push(`\\multicolumn{${length}}{c}{${escaped(group)}}`)
      rules.push(`\\cmidrule(lr){${column}-${column + length - 1}}`)
    }
    column += length
  }
  return [`${cells.join(' & ')} \\\\`, rules.join('')]
}

const cellText = ({text, tone}: TableCell) => (tone === 'bad' ? `\\textbf{${escaped(text)}}` : escaped(text))

/** What LaTeX writes for its own characters, and for those that pdfLaTeX may lack. */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '$<$',
  '>': '$>$',
  '|': '$|$',
  '–': '--',
  '’': "'",
  '“': '``',
  '”': "''",
  '…': '\\dots{}',
  '†': '$\\dagger$',
  '‡': '$\\ddagger$',
  '·': '$\\cdot$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '−': '$-$',
  '≥': '$\\ge$',
  '≤': '$\\le$',
  '≈': '$\\approx$',
  '≠': '$\\ne$',
  '→': '$\\to$',
  '∞': '$\\infty$',
  '‖': '$\\|$',
  α: '$\\alpha$',
  ε: '$\\varepsilon$',
  θ: '$\\theta$',
  λ: '$\\lambda$',
  Σ: '$\\Sigma$',
  ᵀ: '\\textsuperscript{T}',
  '³': '\\textsuperscript{3}',
  '⁹': '\\textsuperscript{9}',
}

/** Escapes text for LaTeX; characters of names that are not among these are left to the document's input encoding. */
const escaped = (text: string): string =>
  escapeLine(text).replaceAll(/[\\~^<>|&%$#_{}]|[^\0-\x7f]/gu, character =>
    '&%$#_{}'.includes(character) ? `\\${character}` : (CHARACTERS[character] ?? character),
  )
