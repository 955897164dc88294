import {compact, groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import type {ReportContent} from '../report.ts'
import type {Section} from '../section.ts'
import {pairTable} from '../tables/pair-table.ts'
import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'
import {withUniqueIds} from '../unique-ids.ts'
import {layOut} from './latex-layout.ts'

/** The tables of a report as LaTeX, for a document with the packages that its first line names. */
export const reportLatex = ({sections}: ReportContent): string => latexOf(sections)

/** The differences and p-values of all pairs of methods as LaTeX; undefined if none were compared. */
export function pairsLatex({entries, comparisons}: ReportContent): string | undefined {
  const tables = comparisons
    .filter(({pairs}) => pairs.length > 0)
    .map(compared => {
      const own = entries.filter(({suite}) => suite === compared.suite)
      return pairTable(own, compared)
    })
  return tables.length > 0 ? latexOf(withUniqueIds([{title: '', tables}])) : undefined
}

function latexOf(sections: readonly Section[]): string {
  const tables = sections.flatMap(({tables = []}) => tables.flatMap(tableTexts))
  const text = tables.join('\n')
  return compact([
    '% \\usepackage[T1]{fontenc}\\usepackage{array,booktabs,graphicx,rotating}',
    BEYOND_LATIN.test(text) && '% Compile with XeLaTeX or LuaLaTeX: pdfLaTeX lacks some characters of this file.',
    `\\extrafloats{${tables.length}}\\maxdeadcycles=${100 + tables.length}`, // as many as may wait for a page
    '',
    text,
  ]).join('\n')
}

/** What fonts of the encoding T1 lack. */
const BEYOND_LATIN = /[^\0-\u017f]|[ĦħĸĿŀŉŦŧſ]/

/** A table, in parts that each fit on a page. */
function tableTexts(table: TextTable): string[] {
  const {columns, isSideways, parts} = layOut(table)
  const title = table.title.replace(/^Table (\d+)\. (.*)$/, '$2 (table $1 of the paper)') // LaTeX has numbers of its own
  return parts.map((rows, i) =>
    partText(table, {
      rows,
      columns,
      environment: isSideways ? 'sidewaystable' : 'table',
      caption:
        i === 0 ? [`${title}.`, ...(table.notes ?? [])].join(' ') : `${title}, part ${i + 1} of ${parts.length}.`,
      label: i === 0 ? table.id : `${table.id}-part-${i + 1}`,
    }),
  )
}

interface TablePart {
  readonly rows: TextTable['rows']
  readonly columns: string
  readonly environment: string
  readonly caption: string
  readonly label: string
}

function partText({head}: TextTable, {rows, columns, environment, caption, label}: TablePart): string {
  // behind \\ and \midrule a [ would begin an option, and a * be a star
  const line = (texts: readonly string[]) => `${texts.join(' & ').replace(/^(?=\s*[[*])/, '{}')} \\\\`
  const body = rows.flatMap((cells, i) =>
    compact([i > 0 && cells[0].first && '\\addlinespace', line(cells.map(cellText))]),
  )
  return [
    `\\begin{${environment}}`,
    '\\centering',
    `\\caption{${escaped(caption)}}`,
    `\\label{tab:${label}}`,
    '\\setlength{\\tabcolsep}{4pt}',
    '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `\\begin{tabular}{${columns}}`,
    '\\toprule',
    ...groupLines(head),
    line(head.map(({text}) => escaped(text))),
    '\\midrule',
    ...body,
    '\\bottomrule',
    '\\end{tabular}}',
    `\\end{${environment}}`,
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

function cellText({text, tone}: TableCell): string {
  const whole = escaped(text)
    .replaceAll(/\[([^\s[\]]+), ([^\s[\]]+)\]/g, '[$1,~$2]') // no line begins within an interval,
    .replaceAll('$\\ge$ ', '$\\ge$~') // or behind ≥
  return tone === 'bad' ? `\\textbf{${whole}}` : whole
}

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
  '′': '$^{\\prime}$',
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
  β: '$\\beta$',
  γ: '$\\gamma$',
  ε: '$\\varepsilon$',
  θ: '$\\theta$',
  λ: '$\\lambda$',
  Σ: '$\\Sigma$',
  ᵀ: '\\textsuperscript{T}',
  ᵣ: '\\textsubscript{r}',
  '₀': '\\textsubscript{0}',
  '²': '\\textsuperscript{2}',
  '³': '\\textsuperscript{3}',
  '⁹': '\\textsuperscript{9}',
}

/** Escapes text for LaTeX; characters of names that are not among these are left to the document's input encoding. */
const escaped = (text: string): string =>
  escapeLine(text).replaceAll(/[\\~^<>|&%$#_{}]|[^\0-\x7f]/gu, character =>
    '&%$#_{}'.includes(character) ? `\\${character}` : (CHARACTERS[character] ?? character),
  )
