import {join} from 'node:path'
import {makeFolder, writeText} from '../../base/files.ts'
import {drawFigure} from '../draw/figure.ts'
import {reportPage, summaryPage} from '../page/page.ts'
import {figuresOf, type ReportContent} from '../report.ts'
import {reportCsvFiles} from './csv.ts'
import {reportJson} from './json.ts'
import {pairsLatex, reportLatex} from './latex.ts'
import {reportMarkdown, summaryMarkdown} from './markdown.ts'
import {type WriteFiguresOptions, writeFigures} from './write-figures.ts'

/** Writes a report into `folder` and returns the paths of its files. @throws Fault 'io' */
export async function writeReport(
  report: ReportContent,
  folder: string,
  {onProgress}: Pick<WriteFiguresOptions, 'onProgress'> = {},
): Promise<string[]> {
  const figures = figuresOf(report).map(drawFigure)
  const pairs = pairsLatex(report)
  const texts = {
    'report.md': reportMarkdown(report),
    'report.html': await reportPage(report, figures),
    'summary.html': await summaryPage(report),
    'summary.md': summaryMarkdown(report),
    'report.json': reportJson(report),
    'tables.tex': reportLatex(report),
    ...(pairs === undefined ? {} : {'pairs.tex': pairs}),
    ...reportCsvFiles(report),
  }
  await makeFolder(folder)
  const files: string[] = []
  for (const [name, text] of Object.entries(texts)) {
    const file = join(folder, name)
    await writeText(file, text)
    files.push(file)
  }
  return [...files, ...(await writeFigures(figures, join(folder, 'figures'), {onProgress}))]
}
